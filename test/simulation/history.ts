import type { EtcdClient, Watcher } from 'etcd-kit';

/** The revision of a store that nothing was written to. */
const EMPTY_REVISION = 1n;

/** One change, as the store has it. */
export interface Change {
  readonly type: 'put' | 'delete';
  readonly key: string;
  readonly value: string | undefined;
  readonly revision: bigint;
}

/** Keys and their values as the store had them from a revision on. */
export interface State {
  readonly revision: bigint;
  readonly entries: ReadonlyMap<string, string>;
}

/**
 * Everything that the store has ever been, in its order: read by a client that has no faults of its own,
 * while it happens, so that compactions may follow.
 */
export class History {
  readonly changes: Change[] = [];
  readonly #watcher: Watcher<string>;
  readonly #listeners: ((change: Change) => void)[] = [];

  constructor(observer: EtcdClient) {
    this.#watcher = observer.all().watch({ startRevision: 1n });
    this.#read().catch(() => {});
  }

  /** The revision up to which everything is known. */
  get revision(): bigint {
    return this.changes.at(-1)?.revision ?? EMPTY_REVISION;
  }

  /** Calls back for each change, when it is known. */
  onChange(listener: (change: Change) => void): void {
    this.#listeners.push(listener);
  }

  /** The changes of keys with a prefix. */
  of(prefix: string): readonly Change[] {
    return this.changes.filter(({ key }) => key.startsWith(prefix));
  }

  /**
   * The states of keys with a prefix, one for each revision that changed them, in their order. The entries are
   * those of the moment: the next state changes them.
   */
  *states(prefix: string): Generator<State, undefined> {
    const entries = new Map<string, string>();
    const changes = this.of(prefix);
    for (const [index, { revision, key, value }] of changes.entries()) {
      if (value === undefined) entries.delete(key);
      else entries.set(key, value);
      if (changes[index + 1]?.revision !== revision) yield { revision, entries };
    }
  }

  async close(): Promise<void> {
    await this.#watcher.cancel();
  }

  async #read(): Promise<void> {
    for await (const event of this.#watcher) {
      const { type, key, revision } = event;
      const value = event.type === 'put' ? event.kv.value : undefined;
      const change: Change = { type, key, value, revision };
      this.changes.push(change);
      for (const listener of this.#listeners) listener(change);
    }
  }
}
