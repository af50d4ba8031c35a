import type { EtcdClient } from '../client.js';
import { asOperation } from '../diagnostics/operation.js';
import { addCallerStack, type EtcdError, LeaseNotFoundError } from '../errors/index.js';
import type { Compare } from '../index.js';
import type { Clock } from '../internal/clock.js';
import { clockOf } from '../internal/clock-of.js';
import { quiet } from '../internal/deferred.js';
import { onAbort } from '../internal/linked-signal.js';
import { nextTurn } from '../internal/next-turn.js';
import { unlessAborted } from '../internal/unless-aborted.js';
import type { AcquireOptions } from './acquire-options.js';
import { removeEntry } from './claim-removal.js';
import { ClaimReport } from './claim-report.js';
import { describeClaim, lockStateOf } from './claim-shown.js';
import type { ClaimContext, ClaimState, Entry, LeavingState } from './claim-state.js';
import { claimWait } from './claim-wait.js';
import { keyInUse, released, sessionLost } from './failures.js';
import { waitForFirstPlace } from './first-place.js';
import { watchHeldKey } from './held-key.js';
import { LazyAbortSignal } from './lazy-abort-signal.js';
import type { EndTurn } from './local-queue.js';
import type { LockState } from './lock-state.js';
import type { EntryTxn, QueuePosition } from './queue-entry.js';
import type { Removal, SessionKey, TurnHolder } from './session-key.js';
import type { Wait } from './wait.js';

/**
 * A claim to a name, from the queue within the session to the end. It is what a lock and a leadership
 * are made of.
 *
 * However a wait ends, the caller hears of it at once. The clean-up goes on in the background, and the
 * next one in this session has the turn after it.
 */
export class Claim implements TurnHolder {
  readonly #context: ClaimContext;
  readonly #sessionKey: SessionKey;
  readonly #end = new LazyAbortSignal();
  readonly #report: ClaimReport;
  #state: ClaimState = { kind: 'queued' };

  private constructor(context: ClaimContext) {
    this.#context = context;
    this.#sessionKey = context.session.sessionKey(context.key);
    this.#report = new ClaimReport(context);
  }

  /** Waits until the name is held, with the key that `entry` puts. */
  static acquire(
    context: ClaimContext,
    entry: EntryTxn,
    options: AcquireOptions,
  ): Promise<HeldClaim> {
    const { verb = 'acquire' } = context.words;
    return asOperation(verb, async () => {
      const claim = Claim.#open(context);
      using wait = claim.#wait(options);
      const endTurn = await claim.#orForget(claim.#sessionKey.takeTurn(claim, wait.signal));
      return await claim.#unlessAborted(claim.#acquire(endTurn, entry, wait), wait);
    });
  }

  /** Takes the name if its queue is empty; `undefined` when it is not, and then nothing was written. */
  static tryAcquire(
    context: ClaimContext,
    entry: EntryTxn,
    options: AcquireOptions,
  ): Promise<HeldClaim | undefined> {
    return asOperation('tryAcquire', async () => {
      const claim = Claim.#open(context);
      using wait = claim.#wait(options);
      const endTurn = await claim.#orForget(claim.#sessionKey.tryTakeTurn(claim, wait.signal));
      if (endTurn === undefined) return claim.#taken();
      const held = await claim.#unlessAborted(claim.#tryAcquire(endTurn, entry, wait), wait);
      if (held !== undefined) return held;
      claim.#taken();
      await unlessAborted(claim.release(), wait.signal);
      return undefined;
    });
  }

  /**
   * Takes up a key that exists already, wherever in the queue it is.
   *
   * @throws InvalidArgumentError when this session uses the name: waiting for itself would never end
   */
  static resume(
    context: ClaimContext,
    revision: bigint,
    options: AcquireOptions,
  ): Promise<HeldClaim> {
    return asOperation('resume', async () => {
      const claim = Claim.#open(context);
      using wait = claim.#wait(options);
      const endTurn = await claim.#orForget(claim.#sessionKey.tryTakeTurn(claim, wait.signal));
      if (endTurn === undefined) {
        claim.#taken();
        throw keyInUse(context.key.key);
      }
      return await claim.#unlessAborted(claim.#resume(endTurn, revision, wait), wait);
    });
  }

  static #open(context: ClaimContext): Claim {
    context.session.assertOpen();
    return new Claim(context);
  }

  /** Reason of a release. It is one function, so that it is told from a loss before an error is made. */
  readonly #released = (): EtcdError => released(this.#context.key.name);

  get key(): string {
    return this.#context.key.key;
  }

  get state(): LockState {
    this.#noticeLoss();
    return lockStateOf(this.#state, () => this.#end.reason ?? this.#released());
  }

  /** Aborts when the name is not held any more, or cannot be trusted to be. */
  get signal(): AbortSignal {
    this.#noticeLoss();
    return this.#end.signal;
  }

  /** Reason why the name was lost; `undefined` while it is held, and after it was given back. */
  get loss(): EtcdError | undefined {
    this.#noticeLoss();
    const { reason } = this.#end;
    return reason?.code === 'RELEASED' ? undefined : reason;
  }

  /** True when the name is given up, and the turn ends with the deletion of the key. */
  get leaving(): boolean {
    return this.#state.kind === 'leaving' || this.#state.kind === 'over';
  }

  /** Says what it does, for the message of those who wait. */
  describe(): string {
    return describeClaim(this.#state, this.key, this.#context.words);
  }

  /** Makes a condition that holds as long as the key is the one that was put. */
  ownership(revision: bigint): Compare {
    return this.#etcd.compare(this.key).createRevision('==', revision);
  }

  /** Gives the name back; resolves when the key is gone. After a failure it tries again. */
  release(): Promise<Removal> {
    return asOperation('release', () => this.#leave(this.#released));
  }

  /** Somebody else has the name, and this claim does not wait for it. */
  #taken(): undefined {
    this.#report.gaveUp();
  }

  /** The clock of the session's client. */
  get clock(): Clock {
    return clockOf(this.#etcd);
  }

  get #etcd(): EtcdClient {
    return this.#context.session.etcd;
  }

  #wait(options: AcquireOptions): Wait {
    return claimWait(this.#context, this.#sessionKey, () => this.#state, options);
  }

  /** A wait that never had its turn leaves nothing to remember of the name. */
  async #orForget<T>(turn: Promise<T>): Promise<T> {
    try {
      return await turn;
    } catch (error) {
      this.#context.session.finished(this.#sessionKey);
      this.#report.gaveUp(error as EtcdError);
      throw addCallerStack(error);
    }
  }

  async #acquire(endTurn: EndTurn, entry: EntryTxn, wait: Wait): Promise<HeldClaim> {
    const position = await this.#enter(endTurn, this.#enterPatiently(entry, wait));
    if (position === undefined) throw this.#gone();
    return this.#hold(endTurn, position, wait);
  }

  async #enterPatiently(entry: EntryTxn, wait: Wait): Promise<QueuePosition | undefined> {
    this.#context.session.refuseNested(this.#context.key);
    return this.#sessionKey.enter(entry, wait, true);
  }

  async #tryAcquire(endTurn: EndTurn, entry: EntryTxn, wait: Wait): Promise<HeldClaim | undefined> {
    const position = await this.#enter(endTurn, this.#sessionKey.enter(entry, wait, false));
    return position?.first === true ? this.#hold(endTurn, position, wait) : undefined;
  }

  async #resume(endTurn: EndTurn, revision: bigint, wait: Wait): Promise<HeldClaim> {
    const position: QueuePosition = { revision, asOf: 0n, first: false, found: true };
    await this.#enter(endTurn, Promise.resolve(position));
    if (this.#sessionKey.isRemoving(revision)) throw this.#gone();
    return this.#hold(endTurn, position, wait);
  }

  #enter(endTurn: EndTurn, entry: Entry): Entry {
    this.#state = { kind: 'entering', endTurn, entry };
    return entry;
  }

  /** Waits for the first place, and holds it. */
  async #hold(endTurn: EndTurn, position: QueuePosition, wait: Wait): Promise<HeldClaim> {
    const { session } = this.#context;
    const { revision } = position;
    const asOf = await this.#waitForTurn(endTurn, position, wait);
    wait.signal.throwIfAborted();
    session.assertOpen();
    this.#sessionKey.takeOver(revision);
    this.#state = { kind: 'held', endTurn, position, stopGuarding: this.#guard(revision, asOf) };
    this.#report.held(revision);
    return { claim: this, key: this.key, revision, found: position.found };
  }

  #waitForTurn(endTurn: EndTurn, position: QueuePosition, wait: Wait): Promise<bigint> {
    const { waitForTurn } = this.#context;
    if (waitForTurn === undefined && position.first) return Promise.resolve(position.asOf);
    return (waitForTurn ?? waitForFirstPlace)({
      etcd: this.#etcd,
      sessionKey: this.#sessionKey,
      position,
      wait,
      gone: async () => (await this.#context.session.findLoss()) ?? this.#gone(),
      behind: (behind) => {
        if (this.#end.aborted) return;
        this.#state = { kind: 'waiting', endTurn, position, behind };
      },
    });
  }

  /** Watches the key and the session from now on; answers how to stop it. */
  #guard(revision: bigint, asOf: bigint): () => void {
    const lose = (reason: unknown): void => void quiet(this.#leave(() => reason as EtcdError));
    const stopListening = onAbort(this.#context.session.signal, lose);
    // Not before the caller has had a turn: a lock that is given back at once needs no watch.
    const stopWatching = nextTurn(() => {
      const { signal } = this.#end;
      const gone = () => this.#gone();
      watchHeldKey(this.#etcd, { key: this.key, revision, asOf, signal, gone }).catch(lose);
    });
    return () => {
      stopListening();
      stopWatching();
    };
  }

  /** Notices that the lease is over by the clock, before anything else has told it. */
  #noticeLoss(): void {
    const { lease } = this.#context.session;
    if (this.#state.kind === 'held' && !lease.alive) {
      void quiet(this.#leave(() => sessionLost(undefined)));
    }
  }

  /** Ends the claim, however far it has come. The first reason counts. */
  #leave(reason: () => EtcdError): Promise<Removal> {
    const state = this.#state;
    switch (state.kind) {
      case 'queued':
        this.#state = { kind: 'over' };
        this.#end.abort(reason);
        return Promise.resolve('unknown');
      case 'over':
        return Promise.resolve('unknown');
      case 'leaving':
        state.removal ??= this.#cleanUp(state);
        return state.removal;
      default:
        return this.#beginToLeave(state, reason);
    }
  }

  #beginToLeave(
    state: Exclude<ClaimState, LeavingState | { readonly kind: 'queued' | 'over' }>,
    reason: () => EtcdError,
  ): Promise<Removal> {
    if (state.kind === 'held') {
      state.stopGuarding();
      this.#report.ended(reason === this.#released ? undefined : reason());
    }
    const { endTurn } = state;
    const entry = state.kind === 'entering' ? state.entry : Promise.resolve(state.position);
    const leaving: LeavingState = { kind: 'leaving', endTurn, entry, removal: undefined };
    this.#state = leaving;
    // Known before the signal aborts: its listeners may want to release.
    const removal = this.#cleanUp(leaving);
    leaving.removal = removal;
    this.#end.abort(reason);
    return removal;
  }

  /** Removes what the entry has left on the server, and ends the turn. */
  async #cleanUp(leaving: LeavingState): Promise<Removal> {
    const { session } = this.#context;
    try {
      const removal = await removeEntry(leaving.entry, this.#sessionKey, session.signal);
      this.#state = { kind: 'over' };
      return removal;
    } catch (error) {
      leaving.removal = undefined;
      throw error;
    } finally {
      leaving.endTurn();
      session.finished(this.#sessionKey);
    }
  }

  /** Waits for the work, or for its interruption; whatever fails, the clean-up goes on behind. */
  async #unlessAborted<T>(work: Promise<T>, wait: Wait): Promise<T> {
    try {
      return await unlessAborted(work, wait.signal);
    } catch (error) {
      const reason = error instanceof LeaseNotFoundError ? sessionLost(error) : error;
      this.#report.gaveUp(reason as EtcdError);
      void quiet(this.#leave(() => reason as EtcdError));
      throw addCallerStack(reason);
    }
  }

  #gone(): EtcdError {
    return this.#context.words.gone(this.key);
  }
}

/** A claim that holds its name. */
export interface HeldClaim {
  readonly claim: Claim;
  readonly key: string;
  /** Revision that created the key. */
  readonly revision: bigint;
  /** True when the key was there already: its value may not be the one of the entry. */
  readonly found: boolean;
}
