import type { StmTransaction } from '../../src/concurrency/index.js';
import type { EtcdClient } from '../../src/index.js';

/** Keys that the transactions read and write. */
const DATA = 'data/';
/** A record for each transaction that was committed, written by itself. */
const LOG = 'log/';
const KEYS = ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => DATA + name);

/** What a transaction saw: the value of each key, `null` for a missing one, and the whole of the range. */
interface Seen {
  readonly keys: Record<string, string | null>;
  readonly range: readonly (readonly [string, string])[] | null;
}

/**
 * A random transaction that leaves a record of what it saw, in the same commit as its writes. So the store
 * itself tells which transactions there were, and at which revision.
 */
export async function randomTransaction(
  tx: StmTransaction,
  client: EtcdClient,
  id: string,
  random: () => number,
): Promise<void> {
  const pick = (): string => KEYS[Math.floor(random() * KEYS.length)] as string;
  const keys: Seen['keys'] = {};
  for (const key of [pick(), pick()]) keys[key] = (await tx.get(key))?.value ?? null;
  const range =
    random() < 0.5
      ? (await tx.all(client.prefix(DATA))).map(({ key, value }) => [key, value] as const)
      : null;
  const key = pick();
  if (random() < 0.3) tx.delete(key);
  else tx.put(key, id);
  tx.put(pick(), `${id} too`);
  tx.put(LOG + id, JSON.stringify({ keys, range } satisfies Seen));
}

/** The transactions in the order of the store, and whatever none of them can have seen there. */
export interface StmHistory {
  readonly committed: readonly string[];
  readonly violations: readonly string[];
}

/**
 * Reads all that ever happened in a store, and replays the transactions against a map in the order of
 * their revisions: each must have seen exactly what the map has before it.
 */
export async function readStmHistory(client: EtcdClient): Promise<StmHistory> {
  const { header } = await client.all().limit(1).all();
  const model = new Map<string, string>();
  const committed: string[] = [];
  const violations: string[] = [];
  const watcher = client.all().watch({ startRevision: 1n });
  for await (const { revision, events } of watcher.batches()) {
    for (const event of events) {
      if (event.type !== 'put' || !event.key.startsWith(LOG)) continue;
      committed.push(event.key.slice(LOG.length));
      const fault = faultOf(JSON.parse(event.kv.value), model);
      if (fault !== undefined) violations.push(`${event.key} at ${revision}: ${fault}`);
    }
    for (const event of events) {
      if (!event.key.startsWith(DATA)) continue;
      if (event.type === 'put') model.set(event.key, event.kv.value);
      else model.delete(event.key);
    }
    if (revision >= header.revision) break;
  }
  return { committed, violations };
}

function faultOf({ keys, range }: Seen, model: ReadonlyMap<string, string>): string | undefined {
  for (const [key, value] of Object.entries(keys)) {
    const before = model.get(key) ?? null;
    if (value !== before) return `saw ${key} as ${value}, and it was ${before}`;
  }
  const before = JSON.stringify([...model].sort(([one], [other]) => (one < other ? -1 : 1)));
  const saw = JSON.stringify(range);
  return range === null || saw === before ? undefined : `saw ${saw}, and there was ${before}`;
}
