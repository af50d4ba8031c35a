import { addCallerStack, EtcdError, type Outcome } from '../errors/index.js';
import type { KeyValue } from '../index.js';
import type { Clock, TimerHandle } from '../internal/clock.js';
import { quiet } from '../internal/deferred.js';
import { LinkedSignal, onAbort } from '../internal/linked-signal.js';
import { unlessAborted } from '../internal/unless-aborted.js';
import type { AcquireOptions } from './acquire-options.js';
import { describeKey, waitAborted, waitTimedOut } from './failures.js';
import { retryUntilAnswered } from './retry-until-answered.js';

/** Milliseconds before the end at which a wait without an answer asks why, and its part of the whole. */
const ASK_WHY_MS = 200;
const ASK_WHY_SHARE = 1 / 4;

/** The part of a claim that its wait needs. */
export interface WaitContext {
  readonly name: string;
  readonly clock: Clock;
  /** Aborts when the session is over; `undefined` for a wait without a session. */
  readonly sessionSignal: AbortSignal | undefined;
  /** Returns what became of the requests so far. */
  outcome(hasWritten: boolean): Outcome;
  /** Says what did not happen in time: `lock jobs: not acquired`. */
  readonly what: string;
  /** Says why others of this session are in the way; `undefined` when they are not. */
  localReason(): string | undefined;
  /** Says who holds the name, by the first key of its queue. */
  describeHolder(first: KeyValue): string;
  /** Reads something, so that its failure tells why no server answers. */
  ask(timeoutMs: number): Promise<unknown>;
}

/**
 * The wait for a lock or for leadership: the session's end, the caller's signal and the caller's
 * deadline can end it. It notes what it waits for, so that a timeout can say it.
 */
export class Wait implements Disposable {
  /** First key of the queue, when it was last seen. */
  blocker: KeyValue | undefined;
  /** Key right before its own, when that was last seen. */
  ahead: KeyValue | undefined;
  /** True once a write was sent, where the wait is told so. */
  hasWritten = false;
  readonly #context: WaitContext;
  /** Aborts when the wait is over, with the error that says why. */
  readonly signal: AbortSignal;
  readonly #linked: LinkedSignal | undefined;
  #lastError: EtcdError | undefined;
  /** Calls that no server has answered yet. */
  #unanswered = 0;
  #answered = false;
  #askWhy: TimerHandle | undefined;
  readonly #stopListening: () => void = () => {};

  constructor(context: WaitContext, { signal, timeoutMs = 0 }: AcquireOptions) {
    this.#context = context;
    const { sessionSignal } = context;
    if (signal === undefined && timeoutMs === 0 && sessionSignal !== undefined) {
      this.signal = sessionSignal;
      return;
    }
    const linked = new LinkedSignal({
      signals: [sessionSignal],
      timeout: { clock: context.clock, ms: timeoutMs, reason: () => this.#tooLate(timeoutMs) },
    });
    this.#linked = linked;
    this.signal = linked.signal;
    this.#stopListening = onAbort(signal, (reason) =>
      linked.abort(waitAborted(context.name, reason, context.outcome(this.hasWritten))),
    );
    if (timeoutMs > 0) this.#askWhyBefore(timeoutMs);
  }

  /** Notes a failure that is waited out. */
  readonly failed = (error: unknown): void => {
    if (error instanceof EtcdError) this.#lastError = error;
  };

  /**
   * Repeats a call until a server answers it, or the wait is over.
   *
   * @param failed is told each failure
   */
  async attempt<T>(call: () => Promise<T>, failed?: (error: unknown) => void): Promise<T> {
    this.#unanswered += 1;
    try {
      const result = await retryUntilAnswered(this.#context.clock, call, this.signal, (error) => {
        this.failed(error);
        failed?.(error);
      });
      this.#lastError = undefined;
      this.#answered = true;
      return result;
    } finally {
      this.#unanswered -= 1;
    }
  }

  /** Lets go of the signals. The signal of the wait stays as it is. */
  [Symbol.dispose](): void {
    this.#askWhy?.cancel();
    this.#stopListening();
    this.#linked?.dispose();
  }

  #askWhyBefore(timeoutMs: number): void {
    const spareMs = Math.min(ASK_WHY_MS, timeoutMs * ASK_WHY_SHARE);
    this.#askWhy = this.#context.clock.setTimeout(() => {
      if (this.#unanswered === 0) return;
      // Half of the time that is left, so that its failure is there in time.
      void quiet(this.#context.ask(Math.ceil(spareMs / 2)).catch(this.failed));
    }, timeoutMs - spareMs);
  }

  #tooLate(timeoutMs: number): EtcdError {
    const { what, outcome } = this.#context;
    const error = this.#lastError;
    return waitTimedOut(
      `${what} within ${timeoutMs} ms: ${this.#reason()}`,
      outcome(this.hasWritten),
      error,
    );
  }

  #describeQueue(): string {
    const others = 'others are before it';
    return this.ahead === undefined
      ? others
      : `${others}, the last of them ${describeKey(this.ahead)}`;
  }

  #reason(): string {
    const local = this.#context.localReason();
    if (local !== undefined) return local;
    const holder = this.blocker && this.#context.describeHolder(this.blocker);
    const failure = this.#lastError && describeFailure(this.#lastError);
    if (holder === undefined) {
      return failure ?? (this.#answered ? this.#describeQueue() : 'no server has answered yet');
    }
    return failure === undefined ? holder : `${holder}, when it was last seen; ${failure}`;
  }
}

function describeFailure({ message, endpoint }: EtcdError): string {
  const where = endpoint === undefined || message.includes(endpoint) ? '' : ` at ${endpoint}`;
  return `the last attempt${where} failed: ${message}`;
}

/**
 * Waits for work that others may wait for, too, up to the caller's signal and deadline. The work goes
 * on in the background.
 *
 * @param tooLate makes the error for a deadline that passed
 */
export async function waitWithin<T>(
  clock: Clock,
  work: Promise<T>,
  name: string,
  { signal, timeoutMs = 0 }: AcquireOptions,
  tooLate: () => EtcdError,
): Promise<T> {
  if (signal === undefined && timeoutMs === 0) return work;
  using linked = new LinkedSignal({
    signals: [signal],
    abortReason: (reason) => waitAborted(name, reason, 'unknown'),
    timeout: { clock, ms: timeoutMs, reason: tooLate },
  });
  try {
    return await unlessAborted(work, linked.signal);
  } catch (error) {
    throw addCallerStack(error);
  }
}
