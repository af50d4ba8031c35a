import {
  AuthenticationError,
  type ClientClosedError,
  clientClosed,
  EtcdError,
} from '../errors/index.js';
import type { LeaseKeepAliveResponse } from '../rpc/generated/types.js';
import { lease } from '../rpc/services.js';

/** The longest time to live that a server grants. */
const LONGEST_TTL_SECONDS = 9_000_000_000n;

/** The server does not accept who we say we are, and no other token can change that. */
export function isRefusedForGood(error: EtcdError | undefined): error is AuthenticationError {
  return error instanceof AuthenticationError && !error.retryable;
}

/** The error for whoever wants a renewal of a client that is closed. */
export function renewalClosed(): ClientClosedError {
  return clientClosed({
    method: lease.leaseKeepAlive.name,
    outcome: 'not-sent',
  });
}

/** The error for an answer that no server gives. */
export function nonsense({ id, ttl }: LeaseKeepAliveResponse): EtcdError | undefined {
  if (ttl <= LONGEST_TTL_SECONDS) return undefined;
  return new EtcdError(`the server says that the lease ${id.toString(16)} lasts ${ttl} s`, {
    code: 'INTERNAL',
    method: lease.leaseKeepAlive.name,
  });
}
