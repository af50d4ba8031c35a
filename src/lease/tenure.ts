import type { LeaseDiagnostics } from '../diagnostics/messages.js';
import type { Report } from '../diagnostics/report.js';
import {
  type ClientClosedError,
  type EtcdError,
  type LeaseLossReason,
  LeaseLostError,
  type LeaseNotFoundError,
} from '../errors/index.js';
import type { Clock } from '../internal/clock.js';
import { type Deferred, deferred } from '../internal/deferred.js';
import { sharedController } from '../internal/shared-signal.js';
import { type Answered, deadlineOf, renewalOf } from './schedule.js';

/** The beginning of a tenure. */
export interface TenureStart {
  /** The answer to the grant. Default: nothing is known of the lease yet. */
  readonly answered?: Answered | undefined;
  readonly report?: Report | undefined;
}

/** Milliseconds in a second. */
const SECOND_MS = 1_000;

/** A listener to the events of a tenure. */
export interface TenureListener {
  renewed(ttlSeconds: number): void;
  refused(error: EtcdError): void;
  lost(error: LeaseLostError): void;
}

/**
 * One handle's hold on a lease: until when it can be counted on, who waits for a renewal, and how it
 * was lost. It does no I/O and has no timer; the keeper of all leases brings both.
 */
export class Tenure {
  readonly id: bigint;
  /** True while it is renewed until further notice. */
  kept = false;
  /** The owner revoked it, or began to. */
  revoked = false;
  /** The owner gave it up: nobody renews it from here, and disposing of the handle leaves it alone. */
  detached = false;
  /** The moment this handle was made: what was asked before says nothing about it. */
  readonly since: number;
  readonly #clock: Clock;
  readonly #controller = sharedController();
  readonly #report: Report | undefined;
  readonly #waiting: Deferred<number>[] = [];
  /** True from when a renewal was told to be late until one is answered. */
  #late = false;
  #answered: Answered | undefined;
  #refusal: EtcdError | undefined;
  #listener: TenureListener | undefined;

  constructor(id: bigint, clock: Clock, { answered, report }: TenureStart = {}) {
    this.id = id;
    this.#clock = clock;
    this.since = clock.now();
    this.#answered = answered;
    this.#report = report;
  }

  listen(listener: TenureListener): void {
    this.#listener = listener;
  }

  /** Aborts when the lease is lost or revoked. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** The error of the loss. */
  get loss(): LeaseLostError | undefined {
    return this.signal.aborted ? (this.signal.reason as LeaseLostError) : undefined;
  }

  /** The last answer; `undefined` before the first. */
  get answered(): Answered | undefined {
    return this.#answered;
  }

  /** The refusal of the last renewal; `undefined` when it was not refused. */
  get refusal(): EtcdError | undefined {
    return this.#refusal;
  }

  get deadline(): number {
    return deadlineOf(this.#answered);
  }

  /** Not lost, and its time is not over: the clock is asked, in case that the timers have not run yet. */
  get alive(): boolean {
    return !this.signal.aborted && this.#clock.now() < this.deadline;
  }

  /** Somebody wants a renewal, once or for as long as possible. */
  get wanted(): boolean {
    return this.kept || this.#waiting.length > 0;
  }

  /** The time at which the next renewal is to be sent. */
  get renewAt(): number {
    return this.#waiting.length > 0 ? Number.NEGATIVE_INFINITY : renewalOf(this.#answered);
  }

  /** Waits for the next answer. */
  wait(): Deferred<number> {
    const waiter = deferred<number>();
    this.#waiting.push(waiter);
    return waiter;
  }

  /** The waiter has lost interest. */
  forget(waiter: Deferred<number>): void {
    const index = this.#waiting.indexOf(waiter);
    if (index >= 0) this.#waiting.splice(index, 1);
  }

  /** A request was answered: the lease lives for its whole time from the sending on. */
  renewed(answered: Answered): void {
    this.#answered = answered;
    this.#late = false;
    this.#refusal = undefined;
    if (!this.alive) {
      this.expired(undefined);
      return;
    }
    for (const waiter of this.#waiting.splice(0)) waiter.resolve(answered.ttlSeconds);
    this.#tell('renewed');
    this.#listener?.renewed(answered.ttlSeconds);
  }

  /** A server has granted it to this client. */
  granted(): void {
    this.#tell('granted');
  }

  /**
   * No renewal was answered in its time. Told once, until one is.
   *
   * @param error the last one that renewals met
   */
  late(error: EtcdError | undefined): void {
    if (this.#late || !this.kept || this.#answered === undefined || !this.alive) return;
    // Somebody may have asked for a renewal before the next one was due.
    if (this.#clock.now() < renewalOf(this.#answered)) return;
    this.#late = true;
    this.#tell('late', { error });
  }

  /** A server refused to renew it. Waiting calls get the error, and the owner an event. */
  refused(error: EtcdError): void {
    this.#refusal = error;
    this.interrupt(error);
    this.#listener?.refused(error);
  }

  /** The deadline passed without an answer. */
  expired(cause: EtcdError | undefined): void {
    const why =
      this.#refusal === undefined
        ? 'its time ran out before a renewal was answered'
        : `its renewals were refused: ${this.#refusal.message}`;
    this.#lose('expired', why, cause);
  }

  /**
   * A server says that there is no such lease. Before the deadline it cannot have expired there, so
   * somebody revoked it; of a lease that was never seen alive nothing can be told.
   */
  missing(cause: LeaseNotFoundError): void {
    if (this.#answered !== undefined) this.#lose('revoked', 'it was revoked', cause);
    else {
      this.interrupt(cause);
      this.#lose('unknown', 'there is no such lease', cause);
    }
  }

  /** No server will say anything about it any more. */
  unreachable(cause: EtcdError): void {
    this.#lose('unknown', `it cannot be renewed: ${cause.message}`, cause);
  }

  /** The owner revokes the lease: that is no loss, but what depends on it must end too. */
  revoke(): void {
    this.revoked = true;
    if (this.signal.aborted) return;
    this.#tell('revoked');
    this.#end(this.#lossError('revoked', 'its owner revoked it', undefined));
  }

  /** Rejects the calls that wait for an answer. */
  interrupt(error: EtcdError | ClientClosedError): void {
    for (const waiter of this.#waiting.splice(0)) waiter.reject(error);
  }

  #lose(reason: LeaseLossReason, why: string, cause: EtcdError | undefined): void {
    if (this.signal.aborted) return;
    const error = this.#lossError(reason, why, cause);
    const keptAlive = this.kept;
    this.#end(error);
    this.#tell('lost', { keptAlive, reason, error });
    this.#listener?.lost(error);
  }

  /** Seconds until it is lost if nothing is answered; `undefined` where nothing is known of it. */
  get remainingSeconds(): number | undefined {
    if (this.#answered === undefined) return undefined;
    return Math.max(0, (this.deadline - this.#clock.now()) / SECOND_MS);
  }

  #tell(
    kind: LeaseDiagnostics['kind'],
    more: Partial<Pick<LeaseDiagnostics, 'keptAlive' | 'reason' | 'error'>> = {},
  ): void {
    const { id, remainingSeconds } = this;
    const { keptAlive = this.kept, reason, error } = more;
    const ttlSeconds = this.#answered?.ttlSeconds;
    const known = { id, ttlSeconds, remainingSeconds, keptAlive };
    this.#report?.tell('lease', { kind, ...known, reason, error });
  }

  #end(error: LeaseLostError): void {
    this.kept = false;
    this.#controller.abort(error);
    this.interrupt(error);
  }

  #lossError(reason: LeaseLossReason, why: string, cause: EtcdError | undefined): LeaseLostError {
    return new LeaseLostError(`the lease ${this.id.toString(16)} is lost: ${why}`, {
      leaseId: this.id,
      reason,
      cause,
    });
  }
}
