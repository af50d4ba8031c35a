import type { EtcdClient } from '../client.js';
import { DecodeError } from '../errors/index.js';
import type { CallOptions, Compare, KeyValue } from '../index.js';

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
  readonly revision: bigint;
  /** The number of permits; `undefined` before the first use of the name. */
  readonly permits: number | undefined;
  /** The slots that are free, from the smallest on. */
  readonly free: readonly number[];
  /** The permit that was taken first. */
  readonly oldest: KeyValue | undefined;
  /** Contenders that wait, at most as many as there are permits: of those before one, the nearest first. */
  readonly waiting: readonly KeyValue[];
  /** Makes the condition that the number of permits is still the same. */
  sameSize(): Compare;
}

/**
 * Makes the read of a semaphore; it can be sent any number of times.
 *
 * @param before reads the contenders before this revision alone
 * @param permits the number of contenders to read
 */
export function semaphoreRead(
  etcd: EtcdClient,
  { size, slots, queue }: SemaphoreKeys,
  before: bigint | undefined,
  permits: number,
): (options: CallOptions) => Promise<SemaphoreState> {
  const { op } = etcd;
  const contenders = etcd.prefix(queue).sortBy('createRevision', 'desc').limit(permits);
  const waiting = before === undefined ? contenders : contenders.createdUntil(before - 1n);
  const bySlot = etcd.prefix(slots).sortBy('createRevision');
  const read = etcd.txn().then(op.get(size), op.get(bySlot), op.get(waiting));
  return async (options) => {
    const { results, header } = await read.commit(options);
    const stored = results[0];
    const taken = results[1]?.kvs ?? [];
    const number = stored && permitsOf(stored);
    return {
      revision: header.revision,
      permits: number,
      free: freeSlots(number ?? 0, new Set(taken.map(({ key }) => slotOf(key, slots)))),
      oldest: taken[0],
      waiting: results[2]?.kvs ?? [],
      sameSize: () => etcd.compare(size).modRevision('==', stored?.modRevision ?? 0n),
    };
  };
}

/** Returns the slot of a permit by its key. */
export function slotOf(key: string, slots: string): number {
  return Number.parseInt(key.slice(slots.length), 10);
}

function freeSlots(permits: number, taken: ReadonlySet<number>): readonly number[] {
  return Array.from({ length: permits }, (_, slot) => slot).filter((slot) => !taken.has(slot));
}

function permitsOf({ key, value }: KeyValue): number {
  const permits = Number(value);
  if (Number.isSafeInteger(permits) && permits >= 1) return permits;
  throw new DecodeError(`the value of ${key} is not the number of permits of a semaphore`, { key });
}
