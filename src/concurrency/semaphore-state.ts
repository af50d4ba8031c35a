import type { EtcdClient } from '../client.js';
import { DecodeError } from '../errors/index.js';
import type { Compare, Header, KeyValue } from '../index.js';

/**
 * The keys of a semaphore.
 *
 * - `<name>/size`: the number of permits;
 * - `<name>/slots/<slot>/<unique>`: a permit that is taken, on the lease of its session;
 * - `<name>/queue/<unique>`: a contender that waits, on the lease of its session.
 */
export interface SemaphoreKeys {
  readonly size: string;
  readonly slots: string;
  readonly queue: string;
}

/** Returns the keys of a semaphore by its name. */
export function semaphoreKeys(name: string): SemaphoreKeys {
  return { size: `${name}/size`, slots: `${name}/slots/`, queue: `${name}/queue/` };
}

/** A semaphore as it was at one revision. */
export interface SemaphoreState {
  readonly header: Header;
  /** The number of permits; `undefined` before the first use of the name. */
  readonly permits: number | undefined;
  /** The smallest slot that is free; `undefined` when all are taken. */
  readonly freeSlot: number | undefined;
  /** The permit that was taken first. */
  readonly oldest: KeyValue | undefined;
  readonly hasQueue: boolean;
  /** Makes the condition that the number of permits is still the same. */
  sameSize(): Compare;
}

/** Makes the read of a semaphore; it can be sent any number of times. */
export function semaphoreRead(
  etcd: EtcdClient,
  { size, slots, queue }: SemaphoreKeys,
): (options: {
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}) => Promise<SemaphoreState> {
  const { op } = etcd;
  const bySlot = etcd.prefix(slots).sortBy('createRevision');
  const read = etcd.txn().then(op.get(size), op.get(bySlot), op.get(etcd.prefix(queue).limit(1)));
  return async (options) => {
    const { results, header } = await read.commit(options);
    const [stored, permitsTaken, waiting] = results;
    const taken = permitsTaken?.kvs ?? [];
    const permits = stored && permitsOf(stored);
    return {
      header,
      permits,
      freeSlot: freeSlot(permits ?? 0, new Set(taken.map(({ key }) => slotOf(key, slots)))),
      oldest: taken[0],
      hasQueue: (waiting?.count ?? 0) > 0,
      sameSize: () => etcd.compare(size).modRevision('==', stored?.modRevision ?? 0n),
    };
  };
}

function slotOf(key: string, slots: string): number {
  return Number.parseInt(key.slice(slots.length), 10);
}

function freeSlot(permits: number, taken: ReadonlySet<number>): number | undefined {
  for (let slot = 0; slot < permits; slot += 1) if (!taken.has(slot)) return slot;
  return undefined;
}

function permitsOf({ key, value }: KeyValue): number {
  const permits = Number(value);
  if (Number.isSafeInteger(permits) && permits >= 1) return permits;
  throw new DecodeError(`the value of ${key} is not the number of permits of a semaphore`, { key });
}
