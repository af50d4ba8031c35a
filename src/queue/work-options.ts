import {
  checkCallOptions,
  checkKnownOptions,
  checkPositiveInteger,
  checkSignal,
  invalidArgument,
} from '../errors/index.js';
import type { QueueCallOptions } from './call-options.js';

/** Options of a work queue. */
export interface WorkQueueOptions {
  /** Attempts after which a job is set aside instead of being tried again. Default: 5. */
  readonly maxAttempts?: number | undefined;
}

/** Options of a call that may put a job off. */
export interface DelayedCallOptions extends QueueCallOptions {
  /**
   * Milliseconds for which nobody gets the job, by the clocks of this process and of the worker that looks.
   * Default: 0.
   */
  readonly afterMs?: number | undefined;
}

/** Options of a loop over jobs. */
export interface JobsOptions {
  /** Jobs that this loop may have at a time. Default: 1. */
  readonly concurrency?: number | undefined;
  /**
   * Ends the loop: jobs that it has and that are not settled go back. These attempts do not count, since they
   * were stopped and did not fail.
   */
  readonly signal?: AbortSignal | undefined;
}

/** The default of `maxAttempts`. */
const DEFAULT_MAX_ATTEMPTS = 5;

/**
 * Reads the options of a work queue.
 *
 * @throws InvalidArgumentError for one that is unknown or wrong
 */
export function readMaxAttempts(options: WorkQueueOptions): number {
  checkKnownOptions('options', options, { maxAttempts: true });
  const { maxAttempts = DEFAULT_MAX_ATTEMPTS } = options;
  checkPositiveInteger('maxAttempts', maxAttempts);
  return maxAttempts;
}

/**
 * Checks the options of a call that may put a job off.
 *
 * @throws InvalidArgumentError for one that is unknown or wrong
 */
export function checkDelayedCall(options: DelayedCallOptions): void {
  checkKnownOptions('options', options, { afterMs: true, signal: true, timeoutMs: true });
  checkCallOptions(options);
  const { afterMs } = options;
  if (afterMs === undefined) return;
  if (typeof afterMs !== 'number' || !Number.isFinite(afterMs) || afterMs < 0) {
    throw invalidArgument('afterMs', afterMs, 'a number of milliseconds, 0 or more');
  }
}

/**
 * Reads the options of a loop.
 *
 * @throws InvalidArgumentError for one that is unknown or wrong
 */
export function readConcurrency(options: JobsOptions): number {
  checkKnownOptions('options', options, { concurrency: true, signal: true });
  const { concurrency = 1, signal } = options;
  checkPositiveInteger('concurrency', concurrency);
  checkSignal('signal', signal);
  return concurrency;
}

/**
 * Checks the id of a job.
 *
 * @throws InvalidArgumentError for what is none
 */
export function checkJobId(id: unknown): asserts id is string {
  if (typeof id === 'string' && id !== '') return;
  throw invalidArgument('id', id, 'the id of a job, as failed() gives it');
}
