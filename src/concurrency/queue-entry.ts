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
  return enterIf(etcd, lockKey, etcd.compare(lockKey.key).missing(), put);
}

/**
 * Makes the transaction that enters an empty queue, and writes nothing when the queue has a key. It can
 * be sent any number of times.
 *
 * @param put puts the key under the session's lease
 */
export function tryEntryTxn(etcd: EtcdClient, lockKey: LockKey, put: AnyOp): EntryTxn {
  return enterIf(etcd, lockKey, etcd.compare(etcd.prefix(lockKey.prefix)).missing(), put);
}

/** A key that was put is the last of its queue: the last two keys are it and the one right before it. */
function enterIf(
  etcd: EtcdClient,
  { key, prefix }: LockKey,
  condition: Compare,
  put: AnyOp,
): EntryTxn {
  const queue = etcd.prefix(prefix);
  const { op } = etcd;
  return etcd
    .txn()
    .if(condition)
    .then(put, op.get(queue.sortBy('createRevision', 'desc').limit(2)))
    .else(op.get(key), op.get(queue.sortBy('createRevision').limit(1)));
}
