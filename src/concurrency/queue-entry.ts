import type { EtcdClient } from '../client.js';
import type { AnyOp, Compare, KeyValue, Op, RangeResult, Txn } from '../index.js';
import type { LockKey } from './lock-key.js';

/** Position of a key in the queue of its name. */
export interface QueuePosition {
  /** Revision that created the key. */
  readonly revision: bigint;
  /** Revision of the store at which the position was read. */
  readonly asOf: bigint;
  /** True when the key is the first of the queue. */
  readonly first: boolean;
  /** Key right before it, when that was read as well. */
  readonly ahead?: KeyValue | undefined;
  /** True when an earlier attempt put the key: its value may be another one. */
  readonly found: boolean;
}

/** The transaction that enters a queue. It reads this session's key, then other keys of the queue. */
export type EntryTxn = Txn<
  [AnyOp, Op<RangeResult<string>>],
  [Op<KeyValue | undefined>, Op<RangeResult<string>>]
>;

/**
 * Makes the transaction that enters a queue at its end. It can be sent any number of times.
 *
 * @param put puts the key under the session's lease
 */
export function entryTxn(etcd: EtcdClient, lockKey: LockKey, put: AnyOp): EntryTxn {
  return enterIf(etcd, lockKey, [etcd.compare(lockKey.key).missing()], put);
}

/**
 * Makes the transaction that enters an empty queue, and writes nothing when the queue has a key. It can
 * be sent any number of times.
 *
 * @param put puts the key under the session's lease
 * @param more other conditions of the entry
 */
export function tryEntryTxn(
  etcd: EtcdClient,
  lockKey: LockKey,
  put: AnyOp,
  ...more: readonly Compare[]
): EntryTxn {
  const { key, prefix } = lockKey;
  // The queue of a reader is that of the writers, and does not have its own key.
  const own = key.startsWith(prefix) ? [] : [etcd.compare(key).missing()];
  const conditions = [etcd.compare(etcd.prefix(prefix)).missing(), ...own, ...more];
  return enterIf(etcd, lockKey, conditions, put);
}

/** Of the last two keys of the queue, one is right before the key that was put: it is new itself. */
function enterIf(
  etcd: EtcdClient,
  { key, prefix }: LockKey,
  conditions: readonly Compare[],
  put: AnyOp,
): EntryTxn {
  const queue = etcd.prefix(prefix);
  const { op } = etcd;
  return etcd
    .txn()
    .if(...conditions)
    .then(put, op.get(queue.sortBy('createRevision', 'desc').limit(2)))
    .else(op.get(key), op.get(queue.sortBy('createRevision').limit(1)));
}
