import { asOperation } from '../diagnostics/operation.js';
import { addCallerStack, EtcdError, invalidArgument, type Outcome } from '../errors/index.js';
import type { Clock } from '../internal/clock.js';
import { quiet } from '../internal/deferred.js';
import { printable } from '../internal/printable.js';
import { unlessAborted } from '../internal/unless-aborted.js';
import { checkQueueCall, limitsOf, type QueueCallOptions } from './call-options.js';
import { checkDelayedCall, type DelayedCallOptions } from './work-options.js';
import type { Claimed, Settled, WorkStore } from './work-store.js';

/** Parts that a job needs of the loop that took it. */
export interface JobContext<Out> {
  readonly clock: Clock;
  readonly store: WorkStore<Out, never>;
  readonly maxAttempts: number;
  /** Aborts with the session of the worker, and its claims with it. */
  readonly session: AbortSignal;
  /** The job is not this worker's any more, for whatever reason. */
  closed(job: Job<Out>): void;
}

type State = 'open' | 'settling' | 'settled' | 'lost';

/**
 * A job that this worker has claimed. It goes back to the queue unless `done`, `retry` or `fail` is called
 * before the loop that took it ends, or its session.
 */
export class Job<Value = string> {
  static {
    printable(Job, 'Job', ({ id, attempts, signal }) => ({ id, attempts, lost: signal.aborted }));
  }

  /** The name of the job, the same in all attempts. */
  readonly id: string;
  /** The number of this attempt: 1 the first time. */
  readonly attempts: number;
  /** The value, as it was enqueued. */
  readonly value: Value;
  readonly #claimed: Claimed<Value>;
  readonly #context: JobContext<Value>;
  readonly #lost = new AbortController();
  #state: State = 'open';

  constructor(context: JobContext<Value>, claimed: Claimed<Value>) {
    this.id = claimed.id;
    this.attempts = claimed.envelope.attempts;
    this.value = claimed.envelope.value();
    this.#claimed = claimed;
    this.#context = context;
  }

  /**
   * Aborts when the claim is lost: another worker may have the job then. Reasons are the end of the session,
   * a deletion of the claim by somebody else, and the end of the loop that took the job.
   */
  get signal(): AbortSignal {
    return this.#lost.signal;
  }

  /**
   * Removes the job: it is done. Repeats the request until a server answers it.
   *
   * @throws EtcdError `CLAIM_LOST` when the job was lost before: it may be done a second time. Its outcome is
   *   `unknown` when an answer was lost before the claim was. `RELEASED` when the job was settled before
   */
  async done(options: QueueCallOptions = {}): Promise<void> {
    checkQueueCall(options);
    await this.#settle(options, 'done', (store) => store.finish(this.#claimed));
  }

  /**
   * Gives the job back, for now or after a time. In its last attempt it is set aside instead.
   *
   * @throws as `done`
   */
  async retry(options: DelayedCallOptions = {}): Promise<void> {
    checkDelayedCall(options);
    const { afterMs = 0, ...call } = options;
    const last = this.attempts >= this.#context.maxAttempts;
    await this.#settle(call, 'retry', (store) =>
      last
        ? store.fail(this.#claimed, `given back in attempt ${this.attempts}, its last`)
        : store.release(this.#claimed, afterMs),
    );
  }

  /**
   * Sets the job aside at once, however many attempts are left.
   *
   * @param reason is kept with the job, for people
   * @throws as `done`
   */
  async fail(reason: string, options: QueueCallOptions = {}): Promise<void> {
    if (typeof reason !== 'string') throw invalidArgument('reason', reason, 'a text for people');
    checkQueueCall(options);
    await this.#settle(options, 'fail', (store) => store.fail(this.#claimed, reason));
  }

  async #settle(
    options: QueueCallOptions,
    what: string,
    work: (store: WorkStore<Value, never>) => Promise<Settled>,
  ): Promise<void> {
    if (this.#state === 'lost') throw claimLost(this.id, this.#lost.signal.reason);
    if (this.#state !== 'open') throw settledBefore(this.id);
    using limits = limitsOf(this.#context.clock, options, what);
    this.#state = 'settling';
    try {
      // The request goes on behind a caller that has left.
      const settling = asOperation(what, () => this.#carryOut(work));
      await unlessAborted(quiet(settling), limits.signal);
    } catch (error) {
      throw addCallerStack(error);
    }
  }

  async #carryOut(work: (store: WorkStore<Value, never>) => Promise<Settled>): Promise<void> {
    let settled: Settled;
    try {
      settled = await work(this.#context.store);
    } catch (error) {
      if (this.#context.session.aborted) throw this.#loseIt('not-applied', error);
      this.#state = 'open';
      throw error;
    }
    if (settled !== 'done') {
      const outcome = settled === 'gone' ? 'not-applied' : 'unknown';
      throw this.#loseIt(outcome, this.#context.session.reason);
    }
    this.#state = 'settled';
    this.#context.closed(this);
  }

  #loseIt(outcome: Outcome, cause: unknown): EtcdError {
    const lost = claimLost(this.id, cause, outcome);
    this.#state = 'lost';
    this.#context.closed(this);
    this.#lost.abort(lost);
    return lost;
  }

  /**
   * Tells the owner that the job is not its own any more.
   *
   * @returns false when it was settled, or is being: then that decides
   */
  static lose(job: Job<unknown>, reason: EtcdError): boolean {
    if (job.#state !== 'open') return false;
    job.#state = 'lost';
    job.#lost.abort(reason);
    return true;
  }
}

/** The error for a claim that is gone. */
export function claimLost(id: string, cause: unknown, outcome: Outcome = 'not-applied'): EtcdError {
  return new EtcdError(`the claim on the job ${id} is lost: it may be done by another worker`, {
    code: 'CLAIM_LOST',
    outcome,
    cause,
  });
}

function settledBefore(id: string): EtcdError {
  return new EtcdError(`the job ${id} was settled before, by done(), retry() or fail()`, {
    code: 'RELEASED',
    outcome: 'not-sent',
  });
}
