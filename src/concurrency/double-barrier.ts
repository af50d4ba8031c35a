import { asOperation } from '../diagnostics/operation.js';
import {
  addCallerStack,
  checkPositiveInteger,
  EtcdError,
  InvalidArgumentError,
} from '../errors/index.js';
import { clockOf } from '../internal/clock-of.js';
import { quiet } from '../internal/deferred.js';
import { printable } from '../internal/printable.js';
import { unlessAborted } from '../internal/unless-aborted.js';
import { type AcquireOptions, checkWaitOptions } from './acquire-options.js';
import { Claim, type HeldClaim } from './claim.js';
import type { ClaimWords } from './claim-state.js';
import { describeKey, lockLost } from './failures.js';
import type { FirstPlaceContext } from './first-place.js';
import { Holding } from './holding.js';
import { checkName, uniqueEnding } from './lock-key.js';
import { entryTxn } from './queue-entry.js';
import { ATTEMPT_TIMEOUT_MS } from './retry-until-answered.js';
import type { Session } from './session.js';
import { type SessionState, sessionState } from './session-state.js';
import { Wait } from './wait.js';
import { waitForEvent, waitUntilKeyMayBeGone } from './wait-for-event.js';

const WORDS: ClaimWords = {
  type: 'double-barrier',
  verb: 'enter',
  notReached: (name) => `the double barrier ${name} was not entered`,
  describeHolder: (first) =>
    `too few participants have entered; the first is ${describeKey(first)}, at revision ${first.createRevision}`,
  oncePerSession: 'every participant has a key of its own',
  gone: lockLost,
};

/** Part in a round of a double barrier, from `enter` to `leave`, or until it is lost. */
export class Participation extends Holding {
  /** Participations are made by a `DoubleBarrier`. */
  constructor(held: HeldClaim) {
    super(held);
  }
}

printable(Participation, 'Participation', ({ key, fencingToken, state }) => ({
  key,
  fencingToken,
  state: state.kind,
}));

/** A round that this handle takes part in. */
interface Round {
  readonly claim: Claim;
  /** Revision at which the round was opened: its participants' keys are older, and no others. */
  readonly openedAt: bigint;
}

/**
 * A barrier that a number of participants pass together, twice. All enter when the last of them has come. All
 * leave when the last of them has left. It works together with the `DoubleBarrier` of Go's recipes. It can be
 * used again for the next round at once.
 *
 * Each participant has a handle of its own; several handles of one session are several participants. All
 * keys below `<name>/` belong to it.
 *
 * @example
 * const phase = new DoubleBarrier(session, 'phase', 3);
 * await phase.enter();
 * await work();
 * await phase.leave();
 */
export class DoubleBarrier {
  static {
    printable(DoubleBarrier, 'DoubleBarrier', (barrier) => ({
      name: barrier.#name,
      participants: barrier.#participants,
      leaseId: barrier.#session.lease.id,
    }));
  }

  readonly #session: SessionState;
  readonly #name: string;
  readonly #participants: number;
  /** A call of `enter` is under way. */
  #isEntering = false;
  #round: Round | undefined;

  /**
   * @param participants the number of those that pass it together: the same for all handles
   * @throws InvalidArgumentError for an argument that is not a session, an empty name, and a number below 1
   */
  constructor(session: Session, name: string, participants: number) {
    this.#session = sessionState(session);
    checkName(name, 'a double barrier');
    checkPositiveInteger('participants', participants);
    this.#name = name;
    this.#participants = participants;
  }

  /**
   * Waits until all participants have come.
   *
   * The wait ends with the session at the latest. An abort or a timeout is answered at once, and the
   * participant's key is deleted in the background: then another one must come in its place.
   *
   * @returns the part in this round. Its signal aborts when the key is deleted or the session ends: the
   *   others then take this participant for one that has left
   * @throws EtcdError `BARRIER_FULL` when all participants of the round are there already
   * @throws SessionLostError when the session ends first; AbortError, TimeoutError
   * @throws InvalidArgumentError when this handle is inside already
   */
  async enter(options: AcquireOptions = {}): Promise<Participation> {
    checkWaitOptions(options);
    if (this.#isEntering || this.#round?.claim.leaving === false) {
      throw wrongUse('enter', 'this handle is inside already: call leave() first');
    }
    const session = this.#session;
    const { etcd, lease } = session;
    const { waiters: prefix } = this.#keys;
    const key = { name: this.#name, prefix, key: prefix + uniqueEnding(lease.id, clockOf(etcd)) };
    const entry = entryTxn(etcd, key, etcd.op.put(key.key, '', { lease: lease.id }));
    let openedAt = 0n;
    const waitForTurn = async (context: FirstPlaceContext): Promise<bigint> => {
      const opened = await this.#waitUntilOpen(context);
      openedAt = opened.openedAt;
      return opened.asOf;
    };
    this.#isEntering = true;
    try {
      const context = { session, key, words: WORDS, waitForTurn };
      const held = await asOperation('enter', () => Claim.acquire(context, entry, options));
      this.#round = { claim: held.claim, openedAt };
      return new Participation(held);
    } finally {
      this.#isEntering = false;
    }
  }

  /**
   * Leaves, and waits until all participants of the round have left or are dead.
   *
   * After a timeout or an abort this participant has left nevertheless, and the call can be repeated.
   *
   * @throws EtcdError with the loss when this part in the round was lost before
   * @throws SessionLostError, AbortError, TimeoutError
   * @throws InvalidArgumentError when this handle is not inside
   */
  async leave(options: AcquireOptions = {}): Promise<void> {
    checkWaitOptions(options);
    const round = this.#round;
    if (round === undefined)
      throw wrongUse('leave', 'this handle is not inside: call enter() first');
    const { loss } = round.claim;
    if (loss !== undefined) {
      this.#round = undefined;
      throw loss;
    }
    const session = this.#session;
    using wait = new Wait(
      {
        name: this.#name,
        clock: clockOf(session.etcd),
        what: `not all have left the double barrier ${this.#name}`,
        sessionSignal: session.signal,
        outcome: () => 'unknown',
        localReason: () => undefined,
        describeHolder: (first) => `${describeKey(first)} has not left`,
        ask: (timeoutMs) => session.etcd.get(this.#keys.ready, { timeoutMs }),
      },
      options,
    );
    try {
      await asOperation('leave', async () => {
        await unlessAborted(quiet(round.claim.release()), wait.signal);
        await unlessAborted(quiet(this.#waitUntilAllLeft(round.openedAt, wait)), wait.signal);
      });
    } catch (error) {
      throw addCallerStack(error);
    }
    if (this.#round === round) this.#round = undefined;
  }

  get #keys(): { readonly waiters: string; readonly ready: string } {
    return { waiters: `${this.#name}/waiters/`, ready: `${this.#name}/ready` };
  }

  /** Waits until `ready` is put after this participant's key; the last one to come puts it. */
  async #waitUntilOpen({
    position: { revision },
    sessionKey,
    wait,
    gone,
  }: FirstPlaceContext): Promise<{ readonly openedAt: bigint; readonly asOf: bigint }> {
    const { etcd } = this.#session;
    const { op } = etcd;
    const { ready: readyKey, waiters } = this.#keys;
    const inOrder = etcd.prefix(waiters).sortBy('createRevision');
    const look = etcd.txn().then(op.get(sessionKey.key.key), op.get(readyKey), op.get(inOrder));
    const { signal, failed } = wait;
    for (;;) {
      const { results, header } = await wait.attempt(() =>
        look.commit({ timeoutMs: ATTEMPT_TIMEOUT_MS }),
      );
      sessionKey.answered(header);
      const [own, ready, present] = results;
      if (own?.createRevision !== revision) throw await gone();
      const readyAt = ready?.modRevision ?? 0n;
      if (readyAt > revision) return { openedAt: readyAt, asOf: header.revision };
      // Older keys are of those who have not left the last round yet.
      const round = (present?.kvs ?? []).filter(({ createRevision }) => createRevision > readyAt);
      const place = round.findIndex(({ createRevision }) => createRevision === revision);
      if (place >= this.#participants) throw barrierFull(this.#name, this.#participants);
      wait.blocker = round[0];
      if (place === this.#participants - 1) {
        await this.#open(sessionKey.key.key, revision, readyAt, wait);
        continue;
      }
      const keys = etcd.range(readyKey);
      await waitForEvent(keys, { signal, filter: 'put', failed }, async () => {
        const now = await wait.attempt(() => etcd.get(readyKey, { timeoutMs: ATTEMPT_TIMEOUT_MS }));
        return (now?.modRevision ?? 0n) > revision;
      });
    }
  }

  /** Opens the round, unless somebody has. A late repetition finds the key of this participant gone. */
  async #open(key: string, revision: bigint, readyAt: bigint, wait: Wait): Promise<void> {
    const { etcd } = this.#session;
    const { ready } = this.#keys;
    const open = etcd
      .txn()
      .if(
        etcd.compare(key).createRevision('==', revision),
        etcd.compare(ready).modRevision('==', readyAt),
      )
      .then(etcd.op.put(ready, ''));
    await wait.attempt(() => open.commit({ timeoutMs: ATTEMPT_TIMEOUT_MS }));
  }

  /** Waits until no participant of the round is left, and takes its `ready` away. */
  async #waitUntilAllLeft(openedAt: bigint, wait: Wait): Promise<void> {
    const { etcd } = this.#session;
    const { op } = etcd;
    const { ready, waiters } = this.#keys;
    const inOrder = etcd.prefix(waiters).sortBy('createRevision').limit(1);
    const look = etcd.txn().then(op.get(ready), op.get(inOrder));
    for (;;) {
      const { results } = await wait.attempt(() => look.commit({ timeoutMs: ATTEMPT_TIMEOUT_MS }));
      const [found, present] = results;
      const oldest = present?.kvs[0];
      if (oldest !== undefined && oldest.createRevision < openedAt) {
        wait.blocker = oldest;
        await waitUntilKeyMayBeGone(etcd, oldest, wait);
        continue;
      }
      if (found?.modRevision !== openedAt) return;
      const remove = etcd
        .txn()
        .if(etcd.compare(ready).modRevision('==', openedAt))
        .then(op.delete(ready));
      await wait.attempt(() => remove.commit({ timeoutMs: ATTEMPT_TIMEOUT_MS, idempotent: true }));
      return;
    }
  }
}

function wrongUse(argument: 'enter' | 'leave', message: string): InvalidArgumentError {
  return new InvalidArgumentError(`${argument}: ${message}`, { argument });
}

function barrierFull(name: string, participants: number): EtcdError {
  return new EtcdError(
    `the double barrier ${name} has all its ${participants} participants: wait until they have left, or raise the number in all handles`,
    { code: 'BARRIER_FULL', outcome: 'not-applied' },
  );
}
