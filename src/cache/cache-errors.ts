import {
  EtcdError,
  type InvalidArgumentError,
  invalidArgument,
  type TimeoutError,
  timedOut,
} from '../errors/index.js';

/** The error of a program without types that calls `new Cache()`. */
export function notOpened(got: unknown): InvalidArgumentError {
  return invalidArgument('new Cache', got, 'caches come from await Cache.open(selection)');
}

/** The error of an opening that took too long. */
export function openTimedOut(timeoutMs: number): TimeoutError {
  return timedOut('opening the cache', timeoutMs, {
    outcome: 'not-applied',
    retryable: true,
  });
}

/** The error of a wait for a revision that took too long. */
export function waitTimedOut(timeoutMs: number, at: bigint): TimeoutError {
  return timedOut('the wait', timeoutMs, {
    reason: `the cache is at revision ${at}`,
    outcome: 'not-applied',
    retryable: true,
  });
}

/** The error of waits for a cache that its owner closed. */
export function cacheClosed(): EtcdError {
  return new EtcdError('the cache was closed', { code: 'CACHE_CLOSED', outcome: 'not-sent' });
}

/** The error that ends a cache: what it met, if that is one of ours. */
export function cacheFailed(error: unknown): EtcdError {
  if (error instanceof EtcdError) return error;
  return new EtcdError('the cache failed', { code: 'INTERNAL', cause: error });
}

/** The error for a store that was seen at a later revision before. */
export function storeWentBack(now: bigint, before: bigint): EtcdError {
  return new EtcdError(
    `the store is at revision ${now} and was at ${before} before: it was restored from a backup. Open another cache`,
    { code: 'STORE_WENT_BACK', outcome: 'not-applied' },
  );
}
