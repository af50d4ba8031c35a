import pRetry from 'p-retry';
import type { Report } from '../../diagnostics/report.js';
import { EtcdError } from '../../errors/index.js';
import type { CallScope } from '../call-scope.js';

/** The pauses between attempts of one call. */
export interface RetryOptions {
  /** Most attempts of one call. Default: as many as its deadline allows. */
  readonly maxAttempts?: number | undefined;
  /** Milliseconds before the second attempt, when it goes to the same endpoint. */
  readonly initialBackoffMs?: number | undefined;
  /** Milliseconds that pauses grow to. */
  readonly maxBackoffMs?: number | undefined;
}

/** The client's pauses by default. */
export const DEFAULT_RETRY = { initialBackoffMs: 25, maxBackoffMs: 1_000 } as const;

/** The rules by which one call is repeated. */
export interface RetryPlan {
  /** Returns whether to go on after this failure. */
  again(error: unknown): boolean;
  /** Returns whether the next attempt may go at once, because another endpoint can take it. */
  atOnce(error: unknown): boolean;
  /** Told just before each further attempt. */
  repeats?: ((repetition: Repetition) => void) | undefined;
}

/** One attempt after the first. */
export interface Repetition {
  /** Number of the attempt: 2 for the first repetition. */
  readonly attempt: number;
  /** Failure of the attempt before it, and how long ago that was. */
  readonly error: unknown;
  readonly delayMs: number;
}

/** Tells the further attempts of a call on `etcd-kit.retry`. */
export function retryNews(
  report: Report | undefined,
  method: string,
): ((repetition: Repetition) => void) | undefined {
  return (
    report &&
    (({ attempt, error, delayMs }) => {
      if (!(error instanceof EtcdError)) return;
      const { code: reason, endpoint } = error;
      report.tell('retry', { kind: 'retry', method, attempt, reason, endpoint, delayMs });
    })
  );
}

/**
 * Goes on with a call whose first attempt failed.
 *
 * The back-off is p-retry's. Its signal ends the pauses only: an attempt under way hears of an
 * interruption by itself, and a result that comes just then is not thrown away.
 */
export function retryCall<T>(
  scope: CallScope,
  first: unknown,
  attempt: () => Promise<T>,
  plan: RetryPlan,
  options: RetryOptions | undefined,
): Promise<T> {
  const pause = new AbortController();
  let endPause = (): void => {};
  const beginPause = (error: unknown): void => {
    const over = scope.waiting<void>(
      (resolve) => {
        endPause = resolve;
        return () => {};
      },
      () => scope.timedOut(error),
    );
    over.catch((interruption: unknown) => pause.abort(interruption));
  };
  let last = { error: first, at: scope.now };
  let attemptsLeft = (options?.maxAttempts ?? Infinity) - 1;
  const run = (number: number): Promise<T> => {
    if (number === 1) return Promise.reject(first);
    endPause();
    attemptsLeft--;
    plan.repeats?.({ attempt: number, error: last.error, delayMs: scope.now - last.at });
    return attempt();
  };
  return pRetry(run, {
    retries: Infinity,
    minTimeout: options?.initialBackoffMs ?? DEFAULT_RETRY.initialBackoffMs,
    maxTimeout: options?.maxBackoffMs ?? DEFAULT_RETRY.maxBackoffMs,
    randomize: true,
    signal: pause.signal,
    // A TypeError that consumes nothing would be repeated without `shouldRetry` being asked.
    shouldConsumeRetry: ({ error }) => error instanceof TypeError || !plan.atOnce(error),
    shouldRetry: ({ error }) => {
      if (attemptsLeft <= 0 || !plan.again(error)) return false;
      last = { error, at: scope.now };
      if (!plan.atOnce(error)) beginPause(error);
      return true;
    },
  });
}
