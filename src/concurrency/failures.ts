import {
  abortedError,
  EtcdError,
  type InvalidArgumentError,
  invalidArgument,
  KeyExistsError,
  NotLeaderError,
  type Outcome,
  SessionLostError,
  showWord,
  TimeoutError,
} from '../errors/index.js';
import type { KeyValue } from '../index.js';
import type { LockKey } from './lock-key.js';

/** Error for a session whose lease is lost, and with it every lock. The outcome of its last requests is not known. */
export function sessionLost(cause: unknown): SessionLostError {
  return new SessionLostError('the lease of the session is lost, and every lock with it', {
    outcome: 'unknown',
    cause,
  });
}

/** Error for a session that its owner ended. */
export function sessionClosed(): EtcdError {
  return new EtcdError('the session was closed', { code: 'SESSION_CLOSED', outcome: 'not-sent' });
}

/** Error for a lock, a permit or a part in a barrier whose key is gone or was made anew: somebody else deleted it. */
export function lockLost(key: string): EtcdError {
  return new EtcdError(
    `the key ${key} was deleted by someone else: what was held with it is lost`,
    {
      code: 'LOCK_LOST',
      outcome: 'not-applied',
    },
  );
}

/** Error for a candidate whose key is gone or was made anew. */
export function notLeader(key: string): NotLeaderError {
  return new NotLeaderError(`the key ${key} is gone: this candidate is not the leader`, {
    outcome: 'not-applied',
  });
}

/** Abort reason of a holding's signal after its owner gave the lock or the leadership back. */
export function released(name: string): EtcdError {
  return new EtcdError(`${name} was released`, { code: 'RELEASED', outcome: 'not-applied' });
}

/** Error for a wait that the caller's signal ended. */
export function waitAborted(name: string, reason: unknown, outcome: Outcome): EtcdError {
  return abortedError(reason, { method: `waiting for ${name}`, outcome });
}

/** Error for a wait whose `timeoutMs` has passed. Waiting again may succeed. */
export function waitTimedOut(message: string, outcome: Outcome, cause: unknown): TimeoutError {
  return new TimeoutError(message, { outcome, retryable: true, cause });
}

/** Error for a key to resume that another handle of this session uses: waiting for it would never end. */
export function keyInUse(key: string): InvalidArgumentError {
  const allowed = 'a key that no other handle of this session holds or waits with';
  return invalidArgument('key', showWord(key), allowed);
}

/** Error for a name whose queue has another lock of the same session in it: waiting would never end. */
export function nestedName(key: LockKey, inner: LockKey): InvalidArgumentError {
  return invalidArgument(
    'name',
    showWord(key.name),
    `this session would wait for itself: it uses ${inner.name}, whose key ${inner.key} is in the queue of ${key.name}, since all keys below ${key.prefix} are. Release ${inner.name} first, or choose names of which none lies below another`,
  );
}

/** Error for a key that an earlier session of an adopted lease left: nobody here will ever delete it. */
export function keyLeftBehind({ name, key }: LockKey, revision: bigint): KeyExistsError {
  return new KeyExistsError(
    `${name}: this session adopted its lease, and the key ${key} of that lease was there before, since revision ${revision}: waiting for it may never end. Resume it with resume('${key}', ${revision}n), or delete the key`,
    { key },
  );
}

/** Says which key it is: `the key jobs/7b (lease 123, 0x7b)`. */
export function describeKey({ key, lease }: KeyValue): string {
  return `the key ${key} (lease ${lease}, 0x${lease.toString(16)})`;
}

/** Longest proposal that a message shows, in bytes. */
const LONGEST_SHOWN_PROPOSAL = 100;

/** Describes a proposal, to stand behind that word: as quoted text, or `of 300 bytes` if it is long or no UTF-8. */
export function describeProposal(bytes: Uint8Array): string {
  if (bytes.byteLength > LONGEST_SHOWN_PROPOSAL) return `of ${bytes.byteLength} bytes`;
  try {
    return JSON.stringify(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return `of ${bytes.byteLength} bytes`;
  }
}
