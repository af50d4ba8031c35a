import type { EtcdClient } from '../client.js';
import { EtcdError } from '../errors/index.js';
import type { AnyOp } from '../index.js';
import { deletion } from './deletion.js';
import { ATTEMPT_TIMEOUT_MS, insist } from './insist.js';
import type { KeySlot } from './key-slot.js';

/** A place in the queue of a name. */
export interface Place {
  /** The revision that created the key. */
  readonly revision: bigint;
  /** What the store was at when this was found out. */
  readonly asOf: bigint;
  /** It is the first of the queue. */
  readonly first: boolean;
  /** An earlier attempt put the key; its value may be another one. */
  readonly found: boolean;
}

/** How to enter. */
export interface EntryPlan {
  readonly etcd: EtcdClient;
  readonly slot: KeySlot;
  /** Puts the key under the session's lease. */
  readonly put: AnyOp;
  /** Ends the repetitions; an attempt under way goes on to its end. */
  readonly stop: AbortSignal;
  /** Wait while somebody else who uses the same lease has the key. */
  readonly patient: boolean;
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
  const { key, prefix } = slot.key;
  const first = etcd.op.get(etcd.prefix(prefix).sortBy('createRevision').limit(1));
  const enter = etcd
    .txn()
    .if(etcd.compare(key).missing())
    .then(plan.put, first)
    .else(etcd.op.get(key), first);
  await slot.orient(stop);
  let open = false;
  let since = slot.seen;
  const attempt = () => {
    since = slot.seen;
    return enter.commit({ timeoutMs: ATTEMPT_TIMEOUT_MS });
  };
  const failed = (error: unknown): void => {
    if (error instanceof EtcdError && error.outcome !== 'unknown') return;
    slot.leftOpen(since);
    open = true;
  };
  for (;;) {
    const entry = await insist(attempt, stop, failed);
    slot.answered(entry.header);
    const asOf = entry.header.revision;
    const [firstKey] = entry.results[1].kvs;
    const place = (revision: bigint, found: boolean): Place => ({
      revision,
      asOf,
      first: firstKey === undefined || firstKey.createRevision === revision,
      found,
    });
    if (entry.succeeded) return place(asOf, false);
    const revision = entry.results[0]?.createRevision;
    if (revision === undefined) continue;
    const finding = slot.judge(revision, open);
    if (finding === 'ours') {
      slot.accountedFor();
      return place(revision, true);
    }
    if (finding === 'stray') {
      await slot.removeStray(revision);
    } else if (patient) {
      await deletion(etcd, key, asOf + 1n, stop);
    } else {
      return undefined;
    }
  }
}

/** Where a wait for the first place is. */
export interface WaitPlan {
  readonly etcd: EtcdClient;
  readonly slot: KeySlot;
  readonly revision: bigint;
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
  const { etcd, slot, revision, stop } = plan;
  const { key, prefix } = slot.key;
  const before = etcd
    .prefix(prefix)
    .createdUntil(revision - 1n)
    .sortBy('createRevision', 'desc')
    .limit(1);
  const look = etcd.txn().then(etcd.op.get(key), etcd.op.get(before));
  for (;;) {
    const { results, header } = await insist(
      () => look.commit({ timeoutMs: ATTEMPT_TIMEOUT_MS }),
      stop,
    );
    slot.answered(header);
    const [own, others] = results;
    if (own?.createRevision !== revision) throw plan.gone();
    const predecessor = others?.kvs[0];
    if (predecessor === undefined) return header.revision;
    plan.behind(predecessor.createRevision);
    await deletion(etcd, predecessor.keyBytes, header.revision + 1n, stop);
  }
}
