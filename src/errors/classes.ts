import { brandError } from './brand.js';
import type { ErrorCode } from './codes.js';
import { type ErrorDetails, EtcdError } from './etcd-error.js';

/** The caller's signal aborted; `cause` is the signal's reason. Its `name` is `AbortError`, as on the platform. */
export class AbortError extends EtcdError {
  static {
    brandError(AbortError, 'AbortError');
  }

  constructor(message: string, details: ErrorDetails) {
    super(message, { ...details, code: 'ABORTED' });
  }
}

/** The error of a call whose signal aborted with `reason`; it becomes the cause. */
export function abortedError(reason: unknown, details: Omit<ErrorDetails, 'cause'>): AbortError {
  const what = details.method === undefined ? 'the call' : details.method;
  return new AbortError(`${what} was aborted`, { ...details, cause: reason });
}

/** The deadline of the call passed. A write that was sent may still be applied: see `outcome`. */
export class TimeoutError extends EtcdError {
  static {
    brandError(TimeoutError, 'TimeoutError');
  }

  constructor(message: string, details: ErrorDetails) {
    super(message, { ...details, code: 'TIMEOUT' });
  }
}

/**
 * Makes the error of what did not end within its `timeoutMs`.
 *
 * @param reason what it waited for, or the way out
 */
export function timedOut(
  what: string,
  timeoutMs: number,
  { reason, ...details }: ErrorDetails & { readonly reason?: string | undefined },
): TimeoutError {
  const text = `${what} timed out after ${timeoutMs} ms`;
  return new TimeoutError(reason === undefined ? text : `${text}: ${reason}`, details);
}

/** The client was closed before or during the call. */
export class ClientClosedError extends EtcdError {
  static {
    brandError(ClientClosedError, 'ClientClosedError');
  }

  constructor(message: string, details: ErrorDetails) {
    super(message, { ...details, code: 'CLIENT_CLOSED' });
  }
}

/** Makes the error of a call to a client that is closed, before the call or during it. */
export function clientClosed(details: ErrorDetails): ClientClosedError {
  return new ClientClosedError('the client was closed', details);
}

/**
 * The cluster cannot serve now: no endpoint could be reached, the connection broke, or a member said
 * so (`NO_LEADER`, `LEADER_CHANGED`, `SERVER_TIMEOUT`, ...; the code tells which).
 */
export class UnavailableError extends EtcdError {
  static {
    brandError(UnavailableError, 'UnavailableError');
  }

  constructor(message: string, details: ErrorDetails & { readonly code?: ErrorCode | undefined }) {
    super(message, { ...details, code: details.code ?? 'UNAVAILABLE' });
  }
}

/** The revision asked for is gone: the store was compacted at or above it. */
export class CompactedError extends EtcdError {
  static {
    brandError(CompactedError, 'CompactedError');
  }

  /** The oldest revision that is left, where the server tells it: watches do, reads do not. */
  readonly compactRevision: bigint | undefined;

  constructor(
    message: string,
    details: ErrorDetails & { readonly compactRevision?: bigint | undefined },
  ) {
    super(message, { ...details, code: 'COMPACTED' });
    this.compactRevision = details.compactRevision;
  }
}

/** The user of this client may not do this. */
export class PermissionDeniedError extends EtcdError {
  static {
    brandError(PermissionDeniedError, 'PermissionDeniedError');
  }

  constructor(message: string, details: ErrorDetails) {
    super(message, { ...details, code: 'PERMISSION_DENIED' });
  }
}

/** The server does not accept who we say we are: a wrong password, a token that is not valid, or none. */
export class AuthenticationError extends EtcdError {
  static {
    brandError(AuthenticationError, 'AuthenticationError');
  }

  constructor(message: string, details: ErrorDetails & { readonly code?: ErrorCode | undefined }) {
    super(message, { ...details, code: details.code ?? 'AUTHENTICATION_FAILED' });
  }
}

/** `create` found the key there already. */
export class KeyExistsError extends EtcdError {
  static {
    brandError(KeyExistsError, 'KeyExistsError');
  }

  /** The key, as it was given. */
  readonly key: string | Uint8Array;

  constructor(message: string, details: ErrorDetails & { readonly key: string | Uint8Array }) {
    super(message, { ...details, outcome: details.outcome ?? 'not-applied', code: 'KEY_EXISTS' });
    this.key = details.key;
  }
}

/** Bytes in the store are not valid for the codec that reads them. Thrown where the value or the key is read. */
export class DecodeError extends EtcdError {
  static {
    brandError(DecodeError, 'DecodeError');
  }

  /** The key of the record: as a string where its bytes are valid UTF-8, else the bytes. */
  readonly key: string | Uint8Array;
  /**
   * Always `undefined`: no request failed, and what was read or written stands. Its type lets code that
   * handles the outcome of any `EtcdError` compile.
   */
  override readonly outcome = undefined as never;

  constructor(
    message: string,
    details: Omit<ErrorDetails, 'outcome'> & { readonly key: string | Uint8Array },
  ) {
    super(message, { ...details, code: 'DECODE' });
    this.key = details.key;
  }
}
