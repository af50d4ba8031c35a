import {
  abortedError,
  addCallerStack,
  type EtcdError,
  TimeoutError,
  timedOut,
} from '../errors/index.js';
import type { Clock, TimerHandle } from '../internal/clock.js';
import { type Deferred, deferred } from '../internal/deferred.js';
import { LinkedSignal, onAbort } from '../internal/linked-signal.js';

/** Pauses between requests for one answer: a server that is not ready stays silent. */
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 2_000;

/** The callers who wait to be told how far the server is. */
export class ProgressQuestions {
  readonly #clock: Clock;
  readonly #waiting = new Set<Deferred<bigint>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** True if anyone waits. */
  get open(): boolean {
    return this.#waiting.size > 0;
  }

  /**
   * Waits for an answer, asking again and again.
   *
   * @param ask sends the question; may know the answer already
   */
  async ask(
    ask: () => Promise<bigint | undefined>,
    signal: AbortSignal | undefined,
    timeoutMs: number,
  ): Promise<bigint> {
    const answer = deferred<bigint>();
    const tooLate = (): EtcdError => unanswered(timeoutMs);
    const timeout = { clock: this.#clock, ms: timeoutMs, reason: tooLate };
    using limits = new LinkedSignal({ signals: [signal], timeout });
    const stopListening = onAbort(limits.signal, (reason) => answer.reject(asError(reason)));
    let timer: TimerHandle | undefined;
    let pauseMs = FIRST_PAUSE_MS;
    const askAgain = (): void => {
      ask().then((known) => {
        if (known !== undefined) answer.resolve(known);
      }, answer.reject);
      timer = this.#clock.setTimeout(askAgain, pauseMs);
      pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 2);
    };
    this.#waiting.add(answer);
    try {
      if (!limits.signal.aborted) askAgain();
      return await answer.promise;
    } catch (error) {
      throw addCallerStack(error);
    } finally {
      timer?.cancel();
      stopListening();
      this.#waiting.delete(answer);
    }
  }

  /** Tells all who wait. */
  answer(revision: bigint): void {
    for (const waiting of this.#waiting) waiting.resolve(revision);
  }

  /** Nobody will be told any more. */
  reject(error: EtcdError): void {
    for (const waiting of this.#waiting) waiting.reject(error);
  }
}

function asError(reason: unknown): EtcdError {
  if (reason instanceof TimeoutError) return reason;
  return abortedError(reason, { method: 'Watch.Watch', outcome: 'not-applied' });
}

function unanswered(timeoutMs: number): TimeoutError {
  return timedOut('requestProgress', timeoutMs, {
    // The proxy answers as the server behind it does, so nobody can see that it is there.
    reason: "the server did not answer a progress request (etcd's grpc-proxy never does)",
    method: 'Watch.Watch',
    outcome: 'not-applied',
    retryable: true,
  });
}
