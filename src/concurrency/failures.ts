import {
  abortedError,
  ClientClosedError,
  EtcdError,
  NotLeaderError,
  type Outcome,
  SessionLostError,
  TimeoutError,
} from '../errors/index.js';

/** Nothing that the session holds can be trusted any more. */
export function sessionLost(cause: unknown): SessionLostError {
  return new SessionLostError('the lease of the session is lost, and every lock with it', {
    outcome: 'unknown',
    cause,
  });
}

/** The owner ended the session. */
export function sessionClosed(): EtcdError {
  return new EtcdError('the session was closed', { code: 'SESSION_CLOSED', outcome: 'not-sent' });
}

/** The key that stands for the lock is gone, or is another one: somebody else deleted it. */
export function lockLost(key: string): EtcdError {
  return new EtcdError(`the key ${key} was deleted by someone else: the lock is lost`, {
    code: 'LOCK_LOST',
    outcome: 'not-applied',
  });
}

/** The same for the key of a candidate. */
export function notLeader(key: string): NotLeaderError {
  return new NotLeaderError(`the key ${key} is gone: this candidate does not lead (any longer)`, {
    outcome: 'not-applied',
  });
}

/** The owner gave it back: the reason of its signal from then on. */
export function released(name: string): EtcdError {
  return new EtcdError(`${name} was given back`, { code: 'RELEASED', outcome: 'not-applied' });
}

/** The caller's signal ended a wait. */
export function waitAborted(name: string, reason: unknown, outcome: Outcome): EtcdError {
  return abortedError(reason, { method: `waiting for ${name}`, outcome });
}

/** The caller's time for a wait is over. */
export function waitTimedOut(name: string, timeoutMs: number, outcome: Outcome): TimeoutError {
  return new TimeoutError(`${name} could not be had within ${timeoutMs} ms`, {
    outcome,
    retryable: true,
  });
}

/** The client was closed, and everything that depends on it is over. */
export function clientClosed(): ClientClosedError {
  return new ClientClosedError('the client was closed', { outcome: 'not-sent' });
}
