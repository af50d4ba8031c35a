import {
  AuthenticationError,
  CompactedError,
  PermissionDeniedError,
  TimeoutError,
  UnavailableError,
} from './classes.js';
import type { ErrorCode } from './codes.js';
import { type ErrorDetails, EtcdError } from './etcd-error.js';
import { GrpcCode, goCodeNames } from './grpc-codes.js';
import { LeaseNotFoundError, NotLeaderError, SessionLostError } from './lease-errors.js';
import { bareMessage, serverMessages, withoutGoWords } from './messages.js';
import { plainText } from './plain-text.js';
import { codeVerdict, tellsOfSuddenEnd, transportVerdict } from './transport-messages.js';
import { type Verdict, verdict } from './verdict.js';

/** The status of a call, from gRPC. */
export interface GrpcStatus {
  /** The gRPC code. */
  readonly code: number;
  readonly details: string;
}

/** Facts about a failed call, beside its status. */
export interface GrpcCallContext {
  /** The call, as etcd names it: `KV.Put`. */
  readonly method: string;
  readonly endpoint?: string | undefined;
  /** True if it was handed to a ready connection. If not, no server saw it, whatever the status says. */
  readonly sent: boolean;
  /** True if it may change something, so that it must not be applied twice. */
  readonly write: boolean;
}

/**
 * The error for a status: the only place that reads gRPC codes and texts.
 *
 * Texts are looked at first and codes second. The status becomes the `cause`.
 */
export function fromGrpcStatus(status: GrpcStatus, context: GrpcCallContext): EtcdError {
  const found = verdictOf(status.code, status.details);
  const outcome = context.sent ? found.outcome : 'not-sent';
  return errorFor(found, {
    message: plainText(status.details),
    outcome,
    retryable: found.passing && (outcome !== 'unknown' || !context.write),
    method: context.method,
    endpoint: context.endpoint,
    cause: { code: status.code, details: status.details },
  });
}

/** Facts about a watcher that the server cancelled. */
export interface CancelContext {
  readonly endpoint?: string | undefined;
  /** `compact_revision` of the response: above zero it is the reason. */
  readonly compactRevision?: bigint | undefined;
}

/**
 * The error for the `cancel_reason` of a watch response. It is raw text, sometimes with Go's
 * `rpc error: code = ... desc = ` in front, and empty after a compaction.
 */
export function fromCancelReason(reason: string, context: CancelContext = {}): EtcdError {
  const { compactRevision } = context;
  const compacted = compactRevision !== undefined && compactRevision > 0n;
  const found = compacted
    ? COMPACTED
    : reason === ''
      ? CANCELED
      : verdictOf(GrpcCode.UNKNOWN, reason);
  return errorFor(found, {
    message: compacted
      ? `the store was compacted; revisions below ${compactRevision} are gone`
      : withoutGoWords(reason),
    outcome: found.outcome,
    retryable: found.passing,
    method: 'Watch.Watch',
    endpoint: context.endpoint,
    cause: reason === '' ? undefined : { details: reason },
    compactRevision: compacted ? compactRevision : undefined,
  });
}

const COMPACTED = verdict('COMPACTED', 'not-applied', false);
const CANCELED = verdict('WATCH_CANCELED', 'not-applied', true);

function verdictOf(code: number, details: string): Verdict {
  const { message, goCode } = bareMessage(details);
  const innerCode = code === GrpcCode.UNKNOWN && goCode !== undefined ? goCodeNames[goCode] : code;
  return (
    serverMessages.get(message) ??
    transportVerdict(code, message) ??
    codeVerdict(innerCode ?? GrpcCode.UNKNOWN)
  );
}

interface ErrorFields extends ErrorDetails {
  readonly message: string;
  readonly compactRevision?: bigint | undefined;
}

const UNAVAILABLE_CODES: ReadonlySet<ErrorCode> = new Set([
  'UNAVAILABLE',
  'NO_LEADER',
  'LEADER_CHANGED',
  'PROPOSAL_DROPPED',
  'SERVER_STOPPED',
  'SERVER_TIMEOUT',
  'UNHEALTHY_CLUSTER',
  'TOO_MANY_PINGS',
]);

const AUTHENTICATION_CODES: ReadonlySet<ErrorCode> = new Set([
  'AUTHENTICATION_FAILED',
  'UNAUTHENTICATED',
  'INVALID_AUTH_TOKEN',
  'AUTH_REVISION_OLD',
  'USER_NAME_EMPTY',
]);

function errorFor({ code, hint }: Verdict, fields: ErrorFields): EtcdError {
  const text = fields.message === '' ? 'the server gave no reason' : fields.message;
  const message = hint === undefined ? text : `${text} (${hint})`;
  if (UNAVAILABLE_CODES.has(code)) return new UnavailableError(message, { ...fields, code });
  if (AUTHENTICATION_CODES.has(code)) return new AuthenticationError(message, { ...fields, code });
  switch (code) {
    case 'TIMEOUT':
      return new TimeoutError(message, fields);
    case 'COMPACTED':
      return new CompactedError(message, fields);
    case 'PERMISSION_DENIED':
      return new PermissionDeniedError(message, fields);
    case 'LEASE_NOT_FOUND':
      return new LeaseNotFoundError(message, fields);
    case 'NOT_LEADER':
      return new NotLeaderError(message, fields);
    case 'SESSION_LOST':
      return new SessionLostError(message, fields);
    default:
      return new EtcdError(message, { ...fields, code });
  }
}

/**
 * The connection of the call was ended before the server had sent anything. That may pass, or be a
 * misunderstanding: one side speaks TLS and the other does not.
 */
export function endedAtOnce(error: EtcdError): boolean {
  const { details } = (error.cause ?? {}) as { readonly details?: unknown };
  return error.code === 'UNAVAILABLE' && typeof details === 'string' && tellsOfSuddenEnd(details);
}

const NEW_TOKEN_CODES: ReadonlySet<ErrorCode> = new Set([
  'INVALID_AUTH_TOKEN',
  'AUTH_REVISION_OLD',
  'USER_NAME_EMPTY',
]);

/**
 * A new token is the cure, for a client that has credentials. The call was not carried out, so that it
 * may be repeated afterwards, whatever it is.
 */
export function needsNewToken(error: unknown): boolean {
  return error instanceof EtcdError && NEW_TOKEN_CODES.has(error.code);
}

const TRANSIENT_CODES: ReadonlySet<ErrorCode> = new Set([
  'INVALID_AUTH_TOKEN',
  'AUTH_REVISION_OLD',
  'NOT_SUPPORTED_FOR_LEARNER',
  'TOO_MANY_REQUESTS',
  'PROPOSAL_DROPPED',
  'NO_LEADER',
]);

/**
 * A refusal that proves that nothing was applied and that passes by itself, soon or on another member:
 * what the library repeats without being asked, writes too.
 */
export function isTransient(error: unknown): boolean {
  return error instanceof EtcdError && TRANSIENT_CODES.has(error.code);
}

/**
 * A failure that neither its text nor its code explains (INTERNAL, UNKNOWN): it may pass or stay. Loops
 * that have no end of their own count these, and give up.
 */
export function isUnexplained(error: unknown): boolean {
  return error instanceof EtcdError && (error.code === 'INTERNAL' || error.code === 'UNKNOWN');
}
