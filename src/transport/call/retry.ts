import pRetry from 'p-retry';
import type { Report } from '../../diagnostics/report.js';
import { EtcdError } from '../../errors/index.js';
import type { Clock } from '../../internal/clock.js';
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
export interface RetryContext {
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
 * The loop is p-retry's. The pauses are made here, on the client's clock: an interruption ends them, and a
 * result that comes just then is not thrown away.
 */
export function retryCall<T>(
  scope: CallScope,
  first: unknown,
  attempt: () => Promise<T>,
  context: RetryContext,
  options: RetryOptions | undefined,
): Promise<T> {
  const { clock } = scope;
  let last = { error: first, at: clock.now() };
  let attemptsLeft = (options?.maxAttempts ?? Infinity) - 1;
  let pauses = 0;
  let interrupted = false;
  let pauseIsDue = false;
  const pause = async (): Promise<void> => {
    const pauseMs = pauseBefore(pauses++, options, clock);
    try {
      await scope.waiting<void>(
        (resolve) => {
          const timer = clock.setTimeout(() => resolve(), pauseMs);
          return () => timer.cancel();
        },
        () => scope.timedOut(last.error),
      );
    } catch (interruption) {
      interrupted = true;
      throw interruption;
    }
  };
  const run = async (number: number): Promise<T> => {
    if (number === 1) throw first;
    if (pauseIsDue) await pause();
    attemptsLeft--;
    context.repeats?.({ attempt: number, error: last.error, delayMs: clock.now() - last.at });
    return await attempt();
  };
  return pRetry(run, {
    retries: Infinity,
    minTimeout: 0,
    // A TypeError that consumes nothing would be repeated without `shouldRetry` being asked.
    shouldConsumeRetry: ({ error }) => error instanceof TypeError || !context.atOnce(error),
    shouldRetry: ({ error }) => {
      if (interrupted || attemptsLeft <= 0 || !context.again(error)) return false;
      last = { error, at: clock.now() };
      pauseIsDue = !context.atOnce(error);
      return true;
    },
  });
}

/** Milliseconds of a pause: doubling, and up to twice as long by chance, but never longer than the longest. */
function pauseBefore(
  step: number,
  options: RetryOptions | undefined,
  clock: Pick<Clock, 'random'>,
): number {
  const initialMs = options?.initialBackoffMs ?? DEFAULT_RETRY.initialBackoffMs;
  const maxMs = options?.maxBackoffMs ?? DEFAULT_RETRY.maxBackoffMs;
  return Math.min(maxMs, initialMs * 2 ** step * (1 + clock.random()));
}
