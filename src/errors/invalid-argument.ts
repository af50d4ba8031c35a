import { brandError } from './brand.js';
import type { Outcome } from './codes.js';
import { A_PROMISE, describeValue } from './describe.js';
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

/**
 * The error for a wrong argument: `timeoutMs: got -1; a number of milliseconds, 0 or more`.
 *
 * A string is told by its kind alone, since it may be a secret: `showWord` and `showAddress` are for those
 * that may be shown.
 *
 * @param allowed the way out: a value that would have been right
 */
export function invalidArgument(
  argument: string,
  value: unknown,
  allowed: string,
  options?: { readonly cause?: unknown },
): InvalidArgumentError {
  const got = describeValue(value);
  const missing = got === A_PROMISE ? '; is an `await` missing?' : '';
  return new InvalidArgumentError(`${argument}: got ${got}; ${allowed}${missing}`, {
    argument,
    cause: options?.cause,
  });
}

/**
 * The error for a second iteration of what can be iterated once.
 *
 * @param what is iterated, as its user knows it: `watcher`
 * @param again the way out
 */
export function iteratedAlready(what: string, again: string): InvalidArgumentError {
  return new InvalidArgumentError(
    `${what}: iterated already, and it can be iterated only once; ${again}`,
    { argument: what },
  );
}
