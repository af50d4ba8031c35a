import {
  abortedError,
  clientClosed,
  type EtcdError,
  type Outcome,
  TimeoutError,
  timedOut,
} from '../errors/index.js';
import type { Clock, TimerHandle } from '../internal/clock.js';
import type { Linked } from '../internal/linked-list.js';
import { onAbort } from '../internal/linked-signal.js';
import { TurnBudget } from '../internal/turn-budget.js';

/** Interrupts a stage of a call: the stage stops, and the call rejects with this error. */
type Cancel = (error: EtcdError) => void;

/** Starts a stage with the functions that settle it; returns the function that interrupts it. */
export type Start<T> = (resolve: (value: T) => void, reject: (error: EtcdError) => void) => Cancel;

/** The start of a call, and the ways in which its caller can end it. */
export interface CallBeginning {
  readonly signal?: AbortSignal | undefined;
  /** The time at which the call was made, on the clock's scale, if that was before now: its deadline counts from there. */
  readonly since?: number | undefined;
}

/** The calls of a client that are under way, through which `close()` ends them. */
export interface OpenCalls {
  add(scope: CallScope): void;
  delete(scope: CallScope): void;
}

/** The order of outcomes, so that a call of several attempts can report the worst. */
const SEVERITY: Record<Outcome, number> = { 'not-sent': 0, 'not-applied': 1, unknown: 2 };

/**
 * The lifetime of one call, over all its attempts. It watches the deadline, the abort signal and the close of
 * the client, in whichever stage the call is.
 *
 * Stages follow one another, so one slot is enough to say how the present one is interrupted.
 */
export class CallScope implements Linked<CallScope> {
  previous: CallScope | undefined;
  next: CallScope | undefined;
  /** The moment the call fails, on the clock's scale; `Infinity` for none. */
  readonly deadline: number;
  readonly method: string;
  /** False for what is no call of its own: a stream that lasts, and a batch. */
  counts = true;
  /** The clock of the client. */
  readonly clock: Clock;
  readonly #open: OpenCalls;
  readonly #timeoutMs: number;
  readonly #signal: AbortSignal | undefined;
  readonly #stopListening: () => void;
  #worst: Outcome = 'not-sent';
  /** Nothing of the present stage was sent. */
  #waits = true;
  #interrupted: EtcdError | undefined;
  #cancelStage: ((error: EtcdError) => void) | undefined;
  #cleanUp: ((error: EtcdError) => void) | undefined;
  #timer: TimerHandle | undefined;
  /** Makes the error for a deadline that passes in this stage: what it waits for. */
  #explain: (() => EtcdError) | undefined;

  /**
   * @param timeoutMs of this call; 0 for none
   */
  constructor(
    method: string,
    options: CallBeginning,
    timeoutMs: number,
    clock: Clock,
    open: OpenCalls,
  ) {
    this.method = method;
    this.#signal = options.signal;
    this.#timeoutMs = timeoutMs;
    this.deadline = timeoutMs === 0 ? Infinity : (options.since ?? clock.now()) + timeoutMs;
    this.clock = clock;
    this.#open = open;
    open.add(this);
    this.#stopListening = onAbort(options.signal, () => this.abort());
  }

  /** Milliseconds left; `Infinity` without a deadline. */
  get remainingMs(): number {
    return this.deadline - this.clock.now();
  }

  /** The outcome of all attempts so far, taken together. */
  get outcome(): Outcome {
    return this.#worst;
  }

  /** The call waits for something before it can be sent: a token, a connection, a stream, the end of a pause. */
  get isWaiting(): boolean {
    return this.#waits;
  }

  /** Notes what became of an attempt. */
  note(outcome: Outcome): void {
    if (SEVERITY[outcome] > SEVERITY[this.#worst]) this.#worst = outcome;
  }

  /** Calls this when the call is interrupted, whatever stage it is in or between. */
  whenInterrupted(cleanUp: (error: EtcdError) => void): void {
    this.#cleanUp = cleanUp;
    if (this.#interrupted !== undefined) cleanUp(this.#interrupted);
  }

  /** Ends the call at its caller's wish, as an aborted signal does. */
  abort(): void {
    this.#interrupt(
      abortedError(this.#signal?.reason, { method: this.method, outcome: this.#worst }),
    );
  }

  /** Ends the call because one message took longer than this. */
  expire(messageTimeoutMs: number): void {
    this.#interrupt(
      this.#explain?.() ??
        new TimeoutError(`${this.method} sent nothing for ${messageTimeoutMs} ms`, {
          method: this.method,
          outcome: this.#worst,
        }),
    );
  }

  /** Ends the call as the client closes. */
  close(): void {
    this.#interrupt(
      clientClosed({
        method: this.method,
        outcome: this.#worst,
      }),
    );
  }

  /**
   * Runs one stage. It rejects when the call is interrupted; what the stage started is then
   * cancelled.
   *
   * @param sent what is to be said of the write if the stage is interrupted
   */
  stage<T>(sent: Outcome, start: Start<T>): Promise<T> {
    if (this.#interrupted !== undefined) return Promise.reject(this.#interrupted);
    return new Promise<T>((resolve, reject) => {
      const before = this.#worst;
      this.note(sent);
      this.#waits = sent === 'not-sent';
      let over = false;
      const leave = (): void => {
        // What settles late has no say in the stage that came after it.
        if (over) return;
        over = true;
        this.#stopTimer();
        this.#explain = undefined;
        this.#cancelStage = undefined;
        this.#worst = before;
      };
      const cancel = start(
        (value) => {
          leave();
          resolve(value);
        },
        (error) => {
          leave();
          reject(error);
        },
      );
      if (over) return;
      this.#cancelStage = (error) => {
        leave();
        cancel(error);
        reject(error);
      };
    });
  }

  /**
   * Runs a stage that waits for something outside the network call: the deadline is watched here,
   * and the process stays alive for it.
   *
   * @param explain makes the error for a deadline that passes meanwhile
   */
  waiting<T>(start: Start<T>, explain?: () => EtcdError, sent: Outcome = 'not-sent'): Promise<T> {
    return this.stage<T>(sent, (resolve, reject) => {
      this.#explain = explain;
      const timer = this.clock.setTimeout(() => {
        endByTurns(() => {
          // The stage may have ended while others had their turn.
          if (this.#timer === timer) this.#interrupt(explain?.() ?? this.timedOut());
        });
      }, this.remainingMs);
      this.#timer = timer;
      return start(resolve, reject);
    });
  }

  /** Waits for a promise, as long as the call is allowed to. The promise itself goes on. */
  wait<T>(promise: Promise<T>, explain?: () => EtcdError): Promise<T> {
    return this.waiting((resolve, reject) => {
      promise.then(resolve, reject);
      return () => {};
    }, explain);
  }

  /** Takes every listener and timer away. */
  dispose(): void {
    this.#open.delete(this);
    this.#stopListening();
    this.#stopTimer();
  }

  /** The error of this call's own deadline, and what it waited for, if that is known. */
  timedOut(cause?: unknown, endpoint?: string, reason?: string): TimeoutError {
    return timedOut(this.method, this.#timeoutMs, {
      reason,
      method: this.method,
      endpoint,
      outcome: this.#worst,
      cause,
    });
  }

  #interrupt(error: EtcdError): void {
    if (this.#interrupted !== undefined) return;
    this.#interrupted = error;
    this.#cancelStage?.(error);
    this.#cleanUp?.(error);
  }

  #stopTimer(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }
}

/**
 * Calls that are ended by their deadline in one turn of the event loop. Ending one takes longer than its
 * timer, so thousands that are late at once would keep the others from being sent and answered.
 */
const MOST_LATE_A_TURN = 128;

/** Calls whose deadline has passed, in the order of their timers; there is one event loop for all clients. */
const late: (() => void)[] = [];

const lateBudget = new TurnBudget(MOST_LATE_A_TURN, () => {
  for (const end of late.splice(0, MOST_LATE_A_TURN)) {
    lateBudget.use();
    end();
  }
});

function endByTurns(end: () => void): void {
  if (lateBudget.some) {
    lateBudget.use();
    end();
  } else {
    late.push(end);
  }
}
