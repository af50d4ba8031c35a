import { abortedError, addCallerStack } from '../errors/index.js';
import type { Clock } from '../internal/clock.js';
import { LinkedSignal } from '../internal/linked-signal.js';
import { waitTimedOut } from './cache-errors.js';
import type { CacheWaitOptions } from './cache-options.js';

/** The part of a cache that a wait for it needs. */
export interface CacheWaitContext {
  /** Name of the call, for its errors. */
  readonly method: string;
  readonly clock: Clock;
  /** Aborts when the cache is over, with the error that says why. */
  readonly life: AbortSignal;
  /** The revision that the cache has reached. */
  revision(): bigint;
}

/** The work that a wait is for. It ends soon after the signal has aborted. */
export type CacheWork = (signal: AbortSignal) => Promise<void>;

/**
 * Waits for work, up to the caller's limits and the end of the cache. The limits reach the work by its signal
 * alone: it must end when that aborts, and this waits until it has.
 *
 * @param work rejects or resolves soon after its signal has aborted; its result does not count then
 * @throws TimeoutError after `timeoutMs`; AbortError when the caller's signal aborts; the error that ended the
 *   cache
 */
export async function waitWithin(
  { method, clock, life, revision }: CacheWaitContext,
  { signal, timeoutMs = 0 }: CacheWaitOptions,
  work: CacheWork,
): Promise<void> {
  const timeout = { clock, ms: timeoutMs, reason: () => waitTimedOut(timeoutMs, revision()) };
  const abortReason = (reason: unknown): unknown =>
    life.aborted ? reason : abortedError(reason, { method, outcome: 'not-applied' });
  using limits = new LinkedSignal({ signals: [life, signal], abortReason, timeout });
  try {
    limits.signal.throwIfAborted();
    await work(limits.signal);
  } catch (error) {
    throw addCallerStack(limits.signal.aborted ? limits.signal.reason : error);
  }
}
