import type { EtcdClient } from '../../src/index.js';

/** A change of a key. */
export interface Change {
  readonly key: string;
  /** The value that was put; `undefined` for a deletion. */
  readonly value: string | undefined;
  /** It was put where there was none. */
  readonly isNew: boolean;
}

/** What one revision changed. */
export interface Revision {
  readonly revision: bigint;
  readonly changes: readonly Change[];
}

/** Reads all that ever happened in a store, up to the revision that it has now. */
export async function readStoreHistory(client: EtcdClient): Promise<readonly Revision[]> {
  const { header } = await client.all().limit(1).all();
  const history: Revision[] = [];
  await using watcher = client.all().watch({ startRevision: 1n });
  for await (const { revision, events } of watcher.batches()) {
    const changes = events.map((event) => ({
      key: event.key,
      value: event.type === 'put' ? event.kv.value : undefined,
      isNew: event.type === 'put' && event.isCreate,
    }));
    history.push({ revision, changes });
    if (revision >= header.revision) break;
  }
  return history;
}

/** Returns what happened below a prefix, which is left out of the keys. */
export function historyWithin(history: readonly Revision[], prefix: string): readonly Revision[] {
  return history.flatMap(({ revision, changes }) => {
    const within = changes
      .filter(({ key }) => key.startsWith(prefix))
      .map((change) => ({ ...change, key: change.key.slice(prefix.length) }));
    return within.length === 0 ? [] : [{ revision, changes: within }];
  });
}
