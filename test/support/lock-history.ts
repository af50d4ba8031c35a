import type { EtcdClient } from '../../src/index.js';
import { HISTORY, LOCK } from './locks.js';

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

/**
 * Reads all that ever happened in a store, and checks each write of a holder at its place: that its key
 * was the oldest in the queue just then, and that no later holder had written before it.
 */
export async function readLockHistory(client: EtcdClient): Promise<LockHistory> {
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
        const fault = faultOf(write, queue, writes.at(-1));
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

function faultOf(
  { revision, name, key, token }: HolderWrite,
  queue: ReadonlyMap<string, bigint>,
  last: HolderWrite | undefined,
): string | undefined {
  if (last !== undefined && token < last.token) {
    return `at ${revision} ${name} wrote with token ${token}, after ${last.name} had with ${last.token}`;
  }
  const oldest = [...queue].reduce(
    (one, other) => (other[1] < one[1] ? other : one),
    ['', 2n ** 63n],
  );
  if (oldest[0] === key && oldest[1] === token) return undefined;
  return `at ${revision} ${name} wrote with ${key} of ${token}, but the lock was ${oldest}'s`;
}
