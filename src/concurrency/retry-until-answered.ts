import { type ErrorCode, EtcdError, isTransient, isUnexplained } from '../errors/index.js';
import { Backoff, type BackoffShape } from '../internal/backoff.js';
import type { Clock } from '../internal/clock.js';
import { delay } from '../internal/delay.js';

/**
 * Milliseconds of one attempt. An attempt on a server that hangs must end, so that the next one can try
 * another server. All attempts together have no deadline.
 */
export const ATTEMPT_TIMEOUT_MS = 5_000;

const BACKOFF: BackoffShape = { initialMs: 25, maxMs: 1_000 };

/** Failures of a write that pass by themselves, though they leave open whether it was applied. */
const PASSING: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'TIMEOUT',
  'UNAVAILABLE',
  'LEADER_CHANGED',
  'SERVER_STOPPED',
  'SERVER_TIMEOUT',
  'TOO_MANY_PINGS',
]);

/**
 * Attempts that may fail without an explanation (INTERNAL, UNKNOWN). A member may recover, and another
 * one may do better; a fault of the server would be met for ever, and the owner never hear of it.
 */
const MOST_UNEXPLAINED = 8;

/**
 * Repeats a call until a server answers it, or until `stop` aborts; then it rejects with the signal's
 * reason. A call under way is never cut short: what it answers after the stop still counts.
 *
 * @param clock measures the pauses
 * @param failed hears of every failure, so that the caller can keep account of what is left open
 * @throws the failure that time does not cure, or the eighth that nothing explains
 */
export async function retryUntilAnswered<T>(
  clock: Clock,
  call: () => Promise<T>,
  stop: AbortSignal,
  failed: (error: unknown) => void = () => {},
): Promise<T> {
  let backoff: Backoff | undefined;
  let unexplained = 0;
  for (;;) {
    stop.throwIfAborted();
    try {
      return await call();
    } catch (error) {
      failed(error);
      if (isUnexplained(error)) unexplained++;
      else if (!passes(error)) throw error;
      if (unexplained === MOST_UNEXPLAINED) throw error;
    }
    backoff ??= new Backoff(BACKOFF, clock);
    await delay(clock, backoff.next(), stop);
  }
}

function passes(error: unknown): boolean {
  if (!(error instanceof EtcdError)) return false;
  return error.retryable || isTransient(error) || PASSING.has(error.code);
}
