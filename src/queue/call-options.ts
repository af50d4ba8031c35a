import {
  abortedError,
  checkCallOptions,
  checkKnownOptions,
  EtcdError,
  TimeoutError,
  timedOut,
  withDetails,
} from '../errors/index.js';
import type { Clock } from '../internal/clock.js';
import { Deadline } from '../internal/deadline.js';
import { LinkedSignal } from '../internal/linked-signal.js';

/** Limits of a call of a queue. */
export interface QueueCallOptions {
  /**
   * Ends the call: it rejects with `ABORTED`, and nothing was taken. A request that takes an item is not cut
   * short: when it succeeds, the call still resolves with the item.
   */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds until the call ends with a `TimeoutError`, as `signal` does. 0 means none. */
  readonly timeoutMs?: number | undefined;
}

/**
 * Checks the options of a call.
 *
 * @throws InvalidArgumentError for one that is unknown or wrong
 */
export function checkQueueCall(options: QueueCallOptions): void {
  checkKnownOptions('options', options, { signal: true, timeoutMs: true });
  checkCallOptions(options);
}

/** Makes the signal that ends a call, from checked options. */
export function limitsOf(
  clock: Clock,
  { signal, timeoutMs = 0 }: QueueCallOptions,
  what: string,
): LinkedSignal {
  return new LinkedSignal({
    signals: [signal],
    abortReason: (reason) => abortedError(reason, { method: what, outcome: 'not-applied' }),
    timeout: {
      clock,
      ms: timeoutMs,
      reason: () => callTimedOut(what, timeoutMs),
    },
  });
}

/** The error of a call whose time is over, and which changed nothing. */
export function callTimedOut(what: string, timeoutMs: number): TimeoutError {
  return timedOut(what, timeoutMs, { outcome: 'not-applied', retryable: true });
}

/** The two requests of a call that writes what depends on a read. */
export interface ReadAndWrite<Found, Written> {
  /** Name of the call, for its errors. */
  readonly what: string;
  read(call: QueueCallOptions): Promise<Found>;
  write(found: Found, call: QueueCallOptions): Promise<Written>;
}

/**
 * Reads, and then writes, within the limits of one call.
 *
 * @throws TimeoutError that names the time limit of the whole call. When the read fails, nothing was written,
 *   and the outcome of the error says so
 */
export async function readAndWrite<Found, Written>(
  clock: Clock,
  { signal, timeoutMs = 0 }: QueueCallOptions,
  { what, read, write }: ReadAndWrite<Found, Written>,
): Promise<Written> {
  const deadline = Deadline.in(clock, timeoutMs);
  const left = (): number => deadline.timeoutMs(() => callTimedOut(what, timeoutMs));
  const late = (): string => callTimedOut(what, timeoutMs).message;
  const explained = (error: unknown, isRead: boolean): unknown => {
    if (!(error instanceof EtcdError)) return error;
    return withDetails(error, {
      ...(error instanceof TimeoutError ? { message: late() } : {}),
      ...(isRead && error.outcome === 'unknown' ? { outcome: 'not-applied' } : {}),
    });
  };
  const found = await read({ signal, timeoutMs: left() }).catch((error: unknown) => {
    throw explained(error, true);
  });
  return await write(found, { signal, timeoutMs: left() }).catch((error: unknown) => {
    throw explained(error, false);
  });
}
