import { isBytes, toHex } from '../internal/bytes.js';
import { brandError } from './brand.js';
import type { ErrorCode, Outcome } from './codes.js';

/** Details of an error beside its message. */
export interface ErrorDetails {
  /** The fate of the request. Default: `unknown`. */
  readonly outcome?: Outcome | undefined;
  /** Repeating it unchanged may succeed and cannot apply it twice. Default: `false`. */
  readonly retryable?: boolean | undefined;
  /** The call that failed, as etcd names it: `KV.Put`. */
  readonly method?: string | undefined;
  /** The endpoint it was sent to. */
  readonly endpoint?: string | undefined;
  /** The cause: the raw status of the call, the signal's reason, the codec's error. */
  readonly cause?: unknown;
}

/**
 * Every failure that comes out of this library is one of these; branch on `code` or on the subclass.
 *
 * `instanceof` holds across the ESM and the CJS build. `toJSON()` makes it safe to log.
 *
 * @example
 * try {
 *   await etcd.put('name', 'value');
 * } catch (error) {
 *   if (error instanceof EtcdError && error.outcome === 'unknown') await readBack('name');
 * }
 */
export class EtcdError extends Error {
  static {
    brandError(EtcdError, 'EtcdError');
  }

  /** The reason of the failure, as a stable string. */
  readonly code: ErrorCode;
  /** Repeating it unchanged may succeed and cannot apply it twice. */
  readonly retryable: boolean;
  /** The fate of the request; `undefined` where there was none: a `DecodeError` comes from reading a record. */
  readonly outcome: Outcome;
  /** The call that failed, as etcd names it (`KV.Put`), where there was one. */
  readonly method: string | undefined;
  /** The endpoint it was sent to, where there was one. */
  readonly endpoint: string | undefined;

  constructor(message: string, details: ErrorDetails & { readonly code: ErrorCode }) {
    super(message, causeOf(details));
    this.code = details.code;
    this.retryable = details.retryable ?? false;
    this.outcome = details.outcome ?? 'unknown';
    this.method = details.method;
    this.endpoint = details.endpoint;
  }

  /** The name, the code, the message, and where it happened, in one line. */
  override toString(): string {
    const place = [this.method, this.endpoint].filter((part) => part !== undefined).join(' at ');
    return `${this.name} [${this.code}]: ${this.message}${place === '' ? '' : ` (${place})`}`;
  }

  /** A plain object for logs: every field, bigints as decimal strings and bytes in hex; without `cause` and `stack`. */
  toJSON(): Record<string, unknown> {
    return errorToJson(this);
  }
}

/** Only a cause that was given becomes a property; an error without one has none. */
export function causeOf(details: ErrorDetails): ErrorOptions | undefined {
  return details.cause === undefined ? undefined : { cause: details.cause };
}

/** The loggable form shared by all error classes. */
export function errorToJson(error: Error): Record<string, unknown> {
  const fields: Record<string, unknown> = { name: error.name, message: error.message };
  for (const [field, value] of Object.entries(error)) {
    fields[field] = loggable(value);
  }
  return fields;
}

function loggable(value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  return isBytes(value) ? `0x${toHex(value)}` : value;
}

interface Changes extends Pick<ErrorDetails, 'outcome' | 'retryable' | 'method' | 'endpoint'> {
  readonly message?: string | undefined;
}

/**
 * Returns a copy of an error with some fields changed: an error that several calls share must not
 * change under one of them. The class, the cause and the stack stay.
 */
export function withDetails<E extends EtcdError>(error: E, changes: Changes): E {
  const copy = withoutStack(error, changes);
  if (error.stack !== undefined)
    copy.stack = error.stack.replace(error.message, () => copy.message);
  return copy;
}

/**
 * Makes the same copy without a stack, for `addCallerStack` to give it one. In a burst of failures the
 * stacks are what takes time.
 */
export function withoutStack<E extends EtcdError>(error: E, changes: Changes): E {
  const SameClass = error.constructor as new (message: string, details: object) => E;
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  const copy = new SameClass(changes.message ?? error.message, {
    ...error,
    cause: error.cause,
    outcome: changes.outcome ?? error.outcome,
    retryable: changes.retryable ?? error.retryable,
    method: changes.method ?? error.method,
    endpoint: changes.endpoint ?? error.endpoint,
  });
  Error.stackTraceLimit = stackTraceLimit;
  return copy;
}
