import { Backoff, type BackoffShape } from '../internal/backoff.js';
import type { Clock } from '../internal/clock.js';
import { delay } from '../internal/delay.js';
import { EtcdError } from './etcd-error.js';
import { isUnexplained } from './from-grpc.js';

/** Pauses between attempts to read while the cluster cannot answer. */
const BACKOFF: BackoffShape = { initialMs: 50, maxMs: 2_000 };

/**
 * Reads in all that may end without an answer in time, or without a reason, before the error is told. A
 * cluster that cannot be reached is waited for; one that answers others should answer this.
 */
const MOST_FAILED_READS = 5;

/**
 * Repeats a read, however long it takes until the cluster can be reached.
 *
 * @throws the reason of `signal` when it aborts between two attempts; an error that waiting does not cure, at
 *   once; the fifth timeout or error of unknown cause
 */
export async function readPatiently<T>(
  read: () => Promise<T>,
  clock: Clock,
  signal: AbortSignal,
): Promise<T> {
  const backoff = new Backoff(BACKOFF, clock);
  let failedReads = 0;
  for (;;) {
    try {
      return await read();
    } catch (error) {
      if (!mayPass(error)) throw error;
      if (isPuzzling(error) && ++failedReads === MOST_FAILED_READS) throw error;
      await delay(clock, backoff.next(), signal);
    }
  }
}

/** A failure to read that another attempt may not have. */
function mayPass(error: unknown): boolean {
  if (!(error instanceof EtcdError)) return false;
  return error.retryable || error.code === 'TIMEOUT' || error.code === 'COMPACTED';
}

/** A failure that waiting need not cure: there was no answer in time, or none that explains anything. */
function isPuzzling(error: unknown): boolean {
  return isUnexplained(error) || (error instanceof EtcdError && error.code === 'TIMEOUT');
}
