import { brandError } from './brand.js';
import type { Outcome } from './codes.js';
import { causeOf, type EtcdError, errorToJson } from './etcd-error.js';

/**
 * An argument or an option is wrong, and nothing was sent.
 *
 * It is a `TypeError`, as for any function of the platform, and an `EtcdError` too. Calls that return
 * a promise reject with it; builders and constructors throw it.
 */
export class InvalidArgumentError extends TypeError implements EtcdError {
  static {
    brandError(InvalidArgumentError, 'InvalidArgumentError', 'EtcdError');
  }

  readonly code = 'INVALID_ARGUMENT';
  readonly retryable = false;
  readonly outcome: Outcome = 'not-sent';
  readonly method: string | undefined = undefined;
  readonly endpoint: string | undefined = undefined;
  /** The argument or the option, as the caller knows it: `timeoutMs`, `tls.cert`. */
  readonly argument: string;

  constructor(message: string, details: { readonly argument: string; readonly cause?: unknown }) {
    super(message, causeOf(details));
    this.argument = details.argument;
  }

  override toString(): string {
    return `${this.name} [${this.code}]: ${this.message}`;
  }

  toJSON(): Record<string, unknown> {
    return errorToJson(this);
  }
}

/** Longer values are cut in messages: a message is for reading. */
const LONGEST_SHOWN_TEXT = 80;

/** A value as an error message shows it: short, and never failing, whatever it is. */
export function describeValue(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(
        value.length > LONGEST_SHOWN_TEXT ? `${value.slice(0, LONGEST_SHOWN_TEXT)}…` : value,
      );
    case 'bigint':
      return `${value}n`;
    case 'function':
      return 'a function';
    case 'symbol':
      return 'a symbol';
    case 'object':
      try {
        return describeObject(value);
      } catch {
        // A proxy, or a class, that throws where it is looked at.
        return 'an object';
      }
    default:
      return String(value);
  }
}

function describeObject(value: object | null): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (ArrayBuffer.isView(value)) return `${value.constructor.name} of ${value.byteLength} bytes`;
  const className: unknown = Object.getPrototypeOf(value)?.constructor?.name;
  return typeof className === 'string' && className !== 'Object'
    ? `an instance of ${className}`
    : 'an object';
}

/**
 * The error for a wrong argument: `timeoutMs: got -1; a number of milliseconds, 0 or more`.
 *
 * `allowed` says what would have been right, so that the message is the way out.
 */
export function invalidArgument(
  argument: string,
  value: unknown,
  allowed: string,
  options?: { readonly cause?: unknown },
): InvalidArgumentError {
  return new InvalidArgumentError(`${argument}: got ${describeValue(value)}; ${allowed}`, {
    argument,
    cause: options?.cause,
  });
}
