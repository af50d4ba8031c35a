import { type EtcdError, UnavailableError, withDetails } from '../../errors/index.js';

/** The error of a connection that was there, and is no more. */
export function connectionLost(endpoint: string): EtcdError {
  return new UnavailableError('the connection was lost', {
    endpoint,
    outcome: 'not-sent',
    retryable: true,
  });
}

/** The error of a connection that could not be begun: its TLS options or its channel cannot be made. */
export function notOpened(endpoint: string, cause: unknown): EtcdError {
  if (cause instanceof UnavailableError) return withDetails(cause, { endpoint });
  return new UnavailableError(cause instanceof Error ? cause.message : String(cause), {
    endpoint,
    outcome: 'not-sent',
    retryable: true,
    cause,
  });
}
