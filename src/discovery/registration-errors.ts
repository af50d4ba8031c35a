import { EtcdError, type TimeoutError, timedOut, withDetails } from '../errors/index.js';

/** The outcome of what was ended before it was sent. */
export const NOT_SENT = { outcome: 'not-sent' } as const;

/** Codes of errors by which the caller has ended its wait. */
export const IMPATIENT: ReadonlySet<string> = new Set(['ABORTED', 'TIMEOUT']);

/**
 * Returns the error for the caller of a limited call. After an abort that is the reason of the limit, with the
 * outcome of the request that it cut short. Other errors are returned unchanged.
 */
export function asLimited(error: unknown, limits: AbortSignal): unknown {
  if (!limits.aborted || !(error instanceof EtcdError) || error.code !== 'ABORTED') return error;
  return withDetails(limits.reason as EtcdError, { outcome: error.outcome });
}

/** Makes the error of a call whose time ended before anything was sent. */
export function callTimedOut(what: string, timeoutMs: number): TimeoutError {
  return timedOut(what, timeoutMs, { ...NOT_SENT, retryable: true });
}

/** The error of a call of a registration that was closed. */
export function closed(key: string): EtcdError {
  return new EtcdError(`the registration ${key} is closed`, { ...NOT_SENT, code: 'RELEASED' });
}

/** Returns whether a write has failed that a server may have carried out. */
export function mayHaveBeenStored(error: unknown): error is EtcdError {
  return error instanceof EtcdError && error.outcome === 'unknown';
}
