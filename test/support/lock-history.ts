import type { EtcdClient } from '../../src/index.js';
import { HISTORY, LOCK, PERMITS, type Recipe } from './locks.js';

/** One write of a holder, as the store recorded it. */
export interface HolderWrite {
  readonly revision: bigint;
  readonly name: string;
  readonly key: string;
  readonly token: bigint;
}

/** What the store recorded, and whatever in it should not be. */
export interface LockHistory {
  readonly writes: readonly HolderWrite[];
  readonly violations: readonly string[];
}

/** The keys of the contenders, each with the revision that created it. */
type Queue = ReadonlyMap<string, bigint>;

/** Returns what is wrong with a write of a holder; `undefined` if nothing is. */
type Check = (
  write: HolderWrite,
  queue: Queue,
  last: HolderWrite | undefined,
) => string | undefined;

/**
 * Reads all that ever happened in a store, and checks each write of a holder at its place: that it held
 * then what it says it did.
 */
export async function readLockHistory(
  client: EtcdClient,
  recipe: Recipe = 'mutex',
): Promise<LockHistory> {
  const { header } = await client.get(HISTORY).then(() => client.all().limit(1).all());
  const queue = new Map<string, bigint>();
  const writes: HolderWrite[] = [];
  const violations: string[] = [];
  const watcher = client.all().watch({ startRevision: 1n });
  for await (const { revision, events } of watcher.batches()) {
    for (const event of events) {
      if (event.key.startsWith(`${LOCK}/`)) {
        if (event.type === 'delete') queue.delete(event.key);
        else if (event.isCreate) queue.set(event.key, revision);
      } else if (event.key === HISTORY && event.type === 'put') {
        const write = readWrite(revision, event.kv.value);
        const fault = CHECKS[recipe](write, queue, writes.at(-1));
        if (fault !== undefined) violations.push(fault);
        writes.push(write);
      }
    }
    if (revision >= header.revision) break;
  }
  return { writes, violations };
}

function readWrite(revision: bigint, value: string): HolderWrite {
  const { name, key, token } = JSON.parse(value) as { name: string; key: string; token: string };
  return { revision, name, key, token: BigInt(token) };
}

const CHECKS: Readonly<Record<Recipe, Check>> = {
  mutex(write, queue, last) {
    const { revision, name, token } = write;
    if (last !== undefined && token < last.token) {
      return `at ${revision} ${name} wrote with token ${token}, after ${last.name} had with ${last.token}`;
    }
    return notFirst(write, queue);
  },
  'read-write'(write, queue) {
    const isReader = write.key.startsWith(`${LOCK}/read/`);
    const rivals = isReader ? `${LOCK}/write/` : `${LOCK}/`;
    return notFirst(write, queue, rivals);
  },
  semaphore(write, queue) {
    const permits = [...queue.keys()].filter((key) => key.startsWith(`${LOCK}/slots/`));
    const slots = new Set(permits.map((key) => key.split('/')[2]));
    if (permits.length > PERMITS || slots.size < permits.length) {
      return `at ${write.revision} there were the permits ${permits}`;
    }
    if (queue.get(write.key) === write.token) return undefined;
    return `at ${write.revision} ${write.name} wrote with ${write.key}, which it did not have`;
  },
};

/** Returns a fault if the key of a write is not there, or an older one of its rivals is. */
function notFirst(
  { revision, name, key, token }: HolderWrite,
  queue: Queue,
  rivals = `${LOCK}/`,
): string | undefined {
  const older = [...queue].filter(
    ([other, created]) => other.startsWith(rivals) && created < token,
  );
  if (queue.get(key) === token && older.length === 0) return undefined;
  return `at ${revision} ${name} wrote with ${key} of ${token}, but before it were ${older}`;
}
