import type { StmIsolation, StmTransaction } from '../../src/concurrency/index.js';
import type { EtcdClient } from '../../src/index.js';
import type { Revision } from './store-history.js';

/** Keys that the transactions read and write. */
const DATA = 'data/';
/** A record for each transaction that was committed, written by itself. */
const LOG = 'log/';
const KEYS = ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => DATA + name);

/** What a transaction saw: the value of each key, `null` for a missing one, and the whole of the range. */
interface Seen {
  readonly isolation: StmIsolation;
  readonly keys: Record<string, string | null>;
  readonly range: readonly (readonly [string, string])[] | null;
}

/** A transaction that is to be made up by chance. */
export interface TransactionPlan {
  readonly client: EtcdClient;
  /** The prefix of all keys. Default: none. */
  readonly prefix?: string;
  readonly id: string;
  readonly isolation: StmIsolation;
  /** Returns a number from 0 up to, not including, 1. */
  readonly random: () => number;
}

/**
 * A random transaction that leaves a record of what it saw, in the same commit as its writes. So the store
 * itself tells which transactions there were, and at which revision.
 */
export async function randomTransaction(
  tx: StmTransaction,
  { client, prefix = '', id, isolation, random }: TransactionPlan,
): Promise<void> {
  const pick = (): string => KEYS[Math.floor(random() * KEYS.length)] as string;
  const keys: Record<string, string | null> = {};
  for (const key of [pick(), pick()]) keys[key] = (await tx.get(prefix + key))?.value ?? null;
  const range =
    random() < 0.5
      ? (await tx.all(client.prefix(prefix + DATA))).map(
          ({ key, value }) => [key.slice(prefix.length), value] as const,
        )
      : null;
  const key = pick();
  if (random() < 0.3) tx.delete(prefix + key);
  else tx.put(prefix + key, id);
  tx.put(prefix + pick(), `${id} too`);
  tx.put(prefix + LOG + id, JSON.stringify({ isolation, keys, range } satisfies Seen));
}

/** The transactions in the order of the store, and whatever none of them can have seen there. */
export interface StmHistory {
  readonly committed: readonly string[];
  readonly violations: readonly string[];
}

/**
 * Replays transactions against a map in the order of their revisions. One whose reads were checked must have
 * seen exactly what the map has before it; one of the level `read-committed` only what was there at some time.
 */
export function replayTransactions(history: readonly Revision[]): StmHistory {
  const model = new Map<string, string>();
  const ever = new Map<string, Set<string | null>>();
  const committed: string[] = [];
  const violations: string[] = [];
  for (const { revision, changes } of history) {
    for (const { key, value } of changes) {
      if (value === undefined || !key.startsWith(LOG)) continue;
      committed.push(key.slice(LOG.length));
      const seen = JSON.parse(value) as Seen;
      const fault =
        seen.isolation === 'read-committed' ? neverThere(seen, ever) : notAsBefore(seen, model);
      if (fault !== undefined) violations.push(`${key} at ${revision}: ${fault}`);
    }
    for (const { key, value } of changes) {
      if (!key.startsWith(DATA)) continue;
      if (value === undefined) model.delete(key);
      else model.set(key, value);
      ever.set(key, (ever.get(key) ?? new Set([null])).add(value ?? null));
    }
  }
  return { committed, violations };
}

function notAsBefore({ keys, range }: Seen, model: ReadonlyMap<string, string>) {
  for (const [key, value] of Object.entries(keys)) {
    const before = model.get(key) ?? null;
    if (value !== before) return `saw ${key} as ${value}, and it was ${before}`;
  }
  const before = JSON.stringify([...model].sort(([one], [other]) => (one < other ? -1 : 1)));
  const saw = JSON.stringify(range);
  return range === null || saw === before ? undefined : `saw ${saw}, and there was ${before}`;
}

function neverThere({ keys, range }: Seen, ever: ReadonlyMap<string, ReadonlySet<string | null>>) {
  for (const [key, value] of [...Object.entries(keys), ...(range ?? [])]) {
    if (value === null || ever.get(key)?.has(value)) continue;
    return `saw ${key} as ${value}, which it never was`;
  }
  return undefined;
}
