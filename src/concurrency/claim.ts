import type { EtcdClient } from '../client.js';
import {
  type EtcdError,
  type InvalidArgumentError,
  invalidArgument,
  LeaseNotFoundError,
  type Outcome,
  showWord,
} from '../errors/index.js';
import type { Compare } from '../index.js';
import { systemClock } from '../internal/clock.js';
import { deferred, quiet } from '../internal/deferred.js';
import { LinkedSignal, onAbort } from '../internal/linked-signal.js';
import type { AcquireOptions } from './acquire-options.js';
import { deletion } from './deletion.js';
import { released, sessionLost, waitAborted, waitTimedOut } from './failures.js';
import type { KeySlot } from './key-slot.js';
import { LateSignal } from './late-signal.js';
import type { LockKey } from './lock-key.js';
import type { LockState } from './lock-state.js';
import { type EntryTxn, enterQueue, type Place, waitForFirstPlace } from './queue-entry.js';
import { ATTEMPT_TIMEOUT_MS, retryUntilAnswered, unlessAborted } from './retry-until-answered.js';
import type { SessionState } from './session-state.js';
import type { EndTurn } from './turns.js';

/** What a claim is made for. */
export interface ClaimPlan {
  readonly session: SessionState;
  readonly key: LockKey;
  /** Makes the error for a key that somebody else deleted. */
  readonly gone: (key: string) => EtcdError;
}

/**
 * A claim to a name, from the queue within the session to the end: what stands behind a lock and
 * behind a leadership.
 *
 * However a wait ends, the caller hears of it at once; what has to be cleaned up goes on behind, and
 * only then has the next one in this session the turn.
 */
export class Claim {
  readonly #plan: ClaimPlan;
  readonly #slot: KeySlot;
  readonly #end = new LateSignal();
  /** How far it had come before its end. */
  #stage: LockState = { kind: 'queued' };
  #over = false;
  #endTurn: EndTurn = () => {};
  /** How the entry into the queue ends: what there is to clean up. */
  #entry: Promise<Place | undefined> = Promise.resolve(undefined);
  #held: Place | undefined;
  #left: Promise<void> | undefined;
  #stopListening: () => void = () => {};
  #guard: NodeJS.Immediate | undefined;

  private constructor(plan: ClaimPlan) {
    this.#plan = plan;
    this.#slot = plan.session.slot(plan.key);
  }

  /** Waits until the name is held, with the key that `entry` puts. */
  static async acquire(plan: ClaimPlan, entry: EntryTxn, options: AcquireOptions): Promise<Claim> {
    plan.session.assertOpen();
    const claim = new Claim(plan);
    return claim.#during(options, async (stop) => {
      await claim.#takeTurn(stop);
      await claim.#unlessAborted(claim.#acquire(entry, stop), stop);
      return claim;
    });
  }

  /** Takes the name if it is free; `undefined` when it is not, and then the key is removed again. */
  static async tryAcquire(
    plan: ClaimPlan,
    entry: EntryTxn,
    options: AcquireOptions,
  ): Promise<Claim | undefined> {
    plan.session.assertOpen();
    const claim = new Claim(plan);
    return claim.#during(options, async (stop) => {
      if (!(await claim.#tryTakeTurn(stop))) return undefined;
      if (await claim.#unlessAborted(claim.#tryAcquire(entry, stop), stop)) return claim;
      await unlessAborted(claim.release(), stop);
      return undefined;
    });
  }

  /**
   * Takes up a key that exists already, wherever in the queue it is.
   *
   * @throws InvalidArgumentError when this session has the name in use: waiting for itself would never end
   */
  static async resume(plan: ClaimPlan, revision: bigint, options: AcquireOptions): Promise<Claim> {
    plan.session.assertOpen();
    const claim = new Claim(plan);
    return claim.#during(options, async (stop) => {
      if (!(await claim.#tryTakeTurn(stop))) throw inUse(plan.key.key);
      await claim.#unlessAborted(claim.#resume(revision, stop), stop);
      return claim;
    });
  }

  get key(): string {
    return this.#plan.key.key;
  }

  /** The revision that created the key. */
  get revision(): bigint {
    return this.#held?.revision ?? 0n;
  }

  /** The key was there already: its value may not be the one of `entry`. */
  get found(): boolean {
    return this.#held?.found ?? false;
  }

  get state(): LockState {
    const { reason } = this.#end;
    return reason === undefined ? this.#stage : { kind: this.#over ? 'over' : 'leaving', reason };
  }

  /** Aborts when the name is not held any more, or cannot be trusted to be. */
  get signal(): AbortSignal {
    return this.#end.signal;
  }

  /** Holds as long as the key is the one that was put. */
  ownership(): Compare {
    return this.#etcd.compare(this.key).createRevision('==', this.revision);
  }

  /** Gives it back; resolves when the key is gone. Again and again is harmless. */
  release(): Promise<void> {
    return this.#leave(() => released(this.#plan.key.name));
  }

  get #etcd(): EtcdClient {
    return this.#plan.session.etcd;
  }

  async #takeTurn(stop: AbortSignal): Promise<void> {
    this.#endTurn = await this.#orForget(this.#slot.takeTurn(stop));
  }

  async #tryTakeTurn(stop: AbortSignal): Promise<boolean> {
    const endTurn = await this.#orForget(this.#slot.tryTakeTurn(stop));
    if (endTurn !== undefined) this.#endTurn = endTurn;
    return endTurn !== undefined;
  }

  /** A wait that never had its turn leaves nothing to remember of the name. */
  async #orForget<T>(turn: Promise<T>): Promise<T> {
    try {
      return await turn;
    } catch (error) {
      this.#plan.session.finished(this.#slot);
      throw error;
    }
  }

  async #acquire(entry: EntryTxn, stop: AbortSignal): Promise<void> {
    const place = await this.#enter(entry, stop, true);
    if (place !== undefined) await this.#hold(place, stop);
  }

  async #tryAcquire(entry: EntryTxn, stop: AbortSignal): Promise<boolean> {
    const place = await this.#enter(entry, stop, false);
    if (place?.first !== true) return false;
    await this.#hold(place, stop);
    return true;
  }

  async #resume(revision: bigint, stop: AbortSignal): Promise<void> {
    if (this.#slot.isLeaving(revision)) throw this.#gone();
    const place: Place = { revision, asOf: 0n, first: false, found: true };
    this.#entry = Promise.resolve(place);
    await this.#hold(place, stop);
  }

  #enter(entry: EntryTxn, stop: AbortSignal, patient: boolean): Promise<Place | undefined> {
    this.#stage = { kind: 'entering' };
    this.#entry = enterQueue({ etcd: this.#etcd, slot: this.#slot, entry, stop, patient });
    return this.#entry;
  }

  /** Waits for the first place, and holds it. */
  async #hold(place: Place, stop: AbortSignal): Promise<void> {
    const { session } = this.#plan;
    const { revision } = place;
    const asOf = place.first ? place.asOf : await this.#waitForFirstPlace(place, stop);
    stop.throwIfAborted();
    session.assertOpen();
    this.#held = place;
    this.#stage = { kind: 'held', revision };
    const lose = (reason: EtcdError): void => void quiet(this.#leave(() => reason));
    this.#stopListening = onAbort(session.signal, (reason) => lose(reason as EtcdError));
    // Not before the caller has had a turn: a lock that is given back at once needs no watch.
    this.#guard = setImmediate(() => {
      this.#watchKey(revision, asOf).catch(lose);
    });
  }

  #waitForFirstPlace(place: Place, stop: AbortSignal): Promise<bigint> {
    const { revision } = place;
    return waitForFirstPlace({
      etcd: this.#etcd,
      slot: this.#slot,
      place,
      stop,
      gone: () => this.#gone(),
      behind: (behind) => {
        this.#stage = { kind: 'waiting', revision, behind };
      },
    });
  }

  /** Rejects when the key is gone, or when nobody can tell; resolves when it does not matter any more. */
  async #watchKey(revision: bigint, asOf: bigint): Promise<void> {
    const etcd = this.#etcd;
    const { key, signal } = this;
    try {
      for (let from = asOf + 1n; ; ) {
        if ((await deletion(etcd, key, from, signal)) === 'deleted') throw this.#gone();
        const { kvs, header } = await retryUntilAnswered(
          () => etcd.range(key).all({ timeoutMs: ATTEMPT_TIMEOUT_MS }),
          signal,
        );
        if (kvs[0]?.createRevision !== revision) throw this.#gone();
        from = header.revision + 1n;
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  /** Ends the claim, however far it has come. The first reason counts. */
  #leave(reason: () => EtcdError): Promise<void> {
    if (this.#left !== undefined) return this.#left;
    const left = deferred();
    // Known before the signal aborts: its listeners may want to release.
    this.#left = left.promise;
    this.#stopListening();
    clearImmediate(this.#guard);
    this.#end.abort(reason);
    left.resolve(this.#cleanUp());
    return left.promise;
  }

  /** Removes what the entry has left on the server, once that is known, and ends the turn. */
  async #cleanUp(): Promise<void> {
    const { signal } = this.#plan.session;
    try {
      const place = await this.#entry.catch(() => undefined);
      signal.throwIfAborted();
      const slot = this.#slot;
      const work = place === undefined ? slot.sweep() : slot.remove(place.revision);
      await unlessAborted(work, signal);
    } catch (error) {
      // With the session goes its lease, and with the lease the key.
      if (!signal.aborted) throw error;
    } finally {
      this.#over = true;
      this.#endTurn();
      this.#plan.session.finished(this.#slot);
    }
  }

  /** The work, or its interruption; whatever fails, the clean-up goes on behind. */
  async #unlessAborted<T>(work: Promise<T>, stop: AbortSignal): Promise<T> {
    try {
      return await unlessAborted(work, stop);
    } catch (error) {
      const reason = error instanceof LeaseNotFoundError ? sessionLost(error) : error;
      void quiet(this.#leave(() => reason as EtcdError));
      throw reason;
    }
  }

  /** Does something that the session's end, the caller's signal or the caller's deadline can stop. */
  async #during<T>(
    { signal, timeoutMs = 0 }: AcquireOptions,
    work: (stop: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const { session } = this.#plan;
    if (signal === undefined && timeoutMs === 0) return work(session.signal);
    const { name } = this.#plan.key;
    const outcome = (): Outcome => (this.#stage.kind === 'queued' ? 'not-sent' : 'unknown');
    const tooLate = (): EtcdError => waitTimedOut(name, timeoutMs, outcome());
    const wait = new LinkedSignal({
      signals: [session.signal],
      timeout: { clock: systemClock, ms: timeoutMs, reason: tooLate },
    });
    const stopListening = onAbort(signal, (reason) =>
      wait.abort(waitAborted(name, reason, outcome())),
    );
    try {
      return await work(wait.signal);
    } finally {
      stopListening();
      wait.dispose();
    }
  }

  #gone(): EtcdError {
    return this.#plan.gone(this.key);
  }
}

function inUse(key: string): InvalidArgumentError {
  return invalidArgument(
    'key',
    showWord(key),
    'a key that no other handle of this session holds or waits with',
  );
}
