import type { EtcdClient } from '../client.js';
import { EtcdError } from '../errors/index.js';
import type { AnyOp, KeyValue, Op, RangeResult, Txn } from '../index.js';
import { departure } from './deletion.js';
import type { KeySlot } from './key-slot.js';
import type { LockKey } from './lock-key.js';
import { ATTEMPT_TIMEOUT_MS, retryUntilAnswered } from './retry-until-answered.js';

/** A place in the queue of a name. */
export interface Place {
  /** The revision that created the key. */
  readonly revision: bigint;
  /** What the store was at when this was found out. */
  readonly asOf: bigint;
  /** It is the first of the queue. */
  readonly first: boolean;
  /** The key right before it, when that was found out as well. */
  readonly ahead?: KeyValue | undefined;
  /** An earlier attempt put the key; its value may be another one. */
  readonly found: boolean;
}

/** How to enter. */
export interface EntryPlan {
  readonly etcd: EtcdClient;
  readonly slot: KeySlot;
  /** Puts the key, or finds it. */
  readonly entry: EntryTxn;
  /** Ends the repetitions; an attempt under way goes on to its end. */
  readonly stop: AbortSignal;
  /** Wait while somebody else who uses the same lease has the key. */
  readonly patient: boolean;
}

/** The transaction that enters a queue: what it reads is this session's key, then others. */
export type EntryTxn = Txn<
  [AnyOp, Op<RangeResult<string>>],
  [Op<KeyValue | undefined>, Op<RangeResult<string>>]
>;

/**
 * Makes the transaction that enters a queue, to be sent any number of times.
 *
 * A key that it puts is the last of the queue, so the two last ones are it and the one right before it.
 *
 * @param put puts the key under the session's lease
 */
export function entryTxn(etcd: EtcdClient, { key, prefix }: LockKey, put: AnyOp): EntryTxn {
  const queue = etcd.prefix(prefix);
  const { op } = etcd;
  return etcd
    .txn()
    .if(etcd.compare(key).missing())
    .then(put, op.get(queue.sortBy('createRevision', 'desc').limit(2)))
    .else(op.get(key), op.get(queue.sortBy('createRevision').limit(1)));
}

/**
 * Puts this session's key into the queue, and finds its place there; `undefined` when somebody else
 * has the key and the plan is not to wait.
 *
 * One transaction does it. When its reply is lost, it is sent again: its other branch then finds the
 * key of the first attempt. A key that was there before is not ours, though it has our name: see
 * `KeySlot.judge`.
 */
export async function enterQueue(plan: EntryPlan): Promise<Place | undefined> {
  const { etcd, slot, stop, patient } = plan;
  await slot.orient(stop);
  let open = false;
  let since = slot.seen;
  const attempt = () => {
    since = slot.seen;
    return plan.entry.commit({ timeoutMs: ATTEMPT_TIMEOUT_MS });
  };
  const failed = (error: unknown): void => {
    if (error instanceof EtcdError && error.outcome !== 'unknown') return;
    slot.leftOpen(since);
    open = true;
  };
  for (;;) {
    const entry = await retryUntilAnswered(attempt, stop, failed);
    slot.answered(entry.header);
    const asOf = entry.header.revision;
    if (entry.succeeded) {
      const [, ahead] = entry.results[1].kvs;
      return { revision: asOf, asOf, first: ahead === undefined, ahead, found: false };
    }
    const [own, { kvs }] = entry.results;
    if (own === undefined) continue;
    const revision = own.createRevision;
    const finding = slot.judge(revision, open);
    if (finding === 'ours') {
      slot.accountedFor();
      return { revision, asOf, first: kvs[0]?.createRevision === revision, found: true };
    }
    if (finding === 'stray') {
      await slot.removeStray(revision);
    } else if (patient) {
      await departure(etcd, own, stop);
    } else {
      return undefined;
    }
  }
}

/** Where a wait for the first place is. */
export interface WaitPlan {
  readonly etcd: EtcdClient;
  readonly slot: KeySlot;
  readonly place: Place;
  readonly stop: AbortSignal;
  /** Hears whom the wait is for, by the revision of the key. */
  readonly behind: (revision: bigint) => void;
  /** Makes the error for a key that is gone. */
  readonly gone: () => EtcdError;
}

/**
 * Waits until this key is the first of the queue; answers the revision of the store it is so at.
 *
 * It waits for the one key right before its own, so that a release wakes one waiter and not all. That
 * one may leave early, so afterwards it looks again, and at its own key too.
 */
export async function waitForFirstPlace(plan: WaitPlan): Promise<bigint> {
  const { etcd, slot, stop } = plan;
  const { key, prefix } = slot.key;
  const { revision } = plan.place;
  const before = etcd
    .prefix(prefix)
    .createdUntil(revision - 1n)
    .sortBy('createRevision', 'desc')
    .limit(1);
  const look = etcd.txn().then(etcd.op.get(key), etcd.op.get(before));
  for (let { ahead } = plan.place; ; ) {
    if (ahead !== undefined) {
      plan.behind(ahead.createRevision);
      await departure(etcd, ahead, stop);
    }
    const { results, header } = await retryUntilAnswered(
      () => look.commit({ timeoutMs: ATTEMPT_TIMEOUT_MS }),
      stop,
    );
    slot.answered(header);
    const [own, others] = results;
    if (own?.createRevision !== revision) throw plan.gone();
    ahead = others?.kvs[0];
    if (ahead === undefined) return header.revision;
  }
}
