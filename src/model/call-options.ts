import {
  checkBoolean,
  checkCallOptions,
  checkKnownOptions,
  type OptionHints,
  type OptionNames,
} from '../errors/index.js';
import type { Uninferred } from '../internal/uninferred.js';
import type { CallOptions, TransportCallOptions } from '../transport/transport.js';

/** Options of every write. */
export interface WriteOptions extends CallOptions {
  /** The write may be repeated after an unknown outcome: applying it twice does no harm. */
  readonly idempotent?: boolean | undefined;
}

/** The names of the options of every call. */
export const CALL_NAMES: OptionNames<CallOptions> = {
  signal: true,
  timeoutMs: true,
  metadata: true,
};

/** The names of the options of every write. */
export const WRITE_NAMES: OptionNames<WriteOptions> = { ...CALL_NAMES, idempotent: true };

const NO_OPTIONS: TransportCallOptions = {};

/**
 * Checks the options of a read, and returns the part of them that the transport looks at.
 *
 * @throws InvalidArgumentError for an option that is unknown or wrong
 */
export function readCallOptions(options: CallOptions | undefined): TransportCallOptions;
/**
 * Checks the options of a read that has more than those of every call.
 *
 * @param names all names of its options
 * @param hints for options that do not exist, but are often looked for
 */
export function readCallOptions<Options extends CallOptions>(
  options: Options | undefined,
  names: OptionNames<Uninferred<Options>>,
  hints?: OptionHints,
): TransportCallOptions;
export function readCallOptions(
  options: CallOptions | undefined,
  names: OptionNames<CallOptions> = CALL_NAMES,
  hints?: OptionHints,
): TransportCallOptions {
  if (options === undefined) return NO_OPTIONS;
  checkKnownOptions('options', options, names, hints);
  checkCallOptions(options);
  const { signal, timeoutMs, metadata } = options;
  return { signal, timeoutMs, metadata };
}

/**
 * Checks the options of a write, and returns the part of them that the transport looks at.
 *
 * @throws InvalidArgumentError for an option that is unknown or wrong
 */
export function writeCallOptions(options: WriteOptions | undefined): TransportCallOptions;
/**
 * Checks the options of a write that has more than those of every write.
 *
 * @param names all names of its options
 * @param hints for options that do not exist, but are often looked for
 */
export function writeCallOptions<Options extends WriteOptions>(
  options: Options | undefined,
  names: OptionNames<Uninferred<Options>>,
  hints?: OptionHints,
): TransportCallOptions;
export function writeCallOptions(
  options: WriteOptions | undefined,
  names: OptionNames<WriteOptions> = WRITE_NAMES,
  hints?: OptionHints,
): TransportCallOptions {
  if (options === undefined) return NO_OPTIONS;
  checkKnownOptions('options', options, names, hints);
  checkCallOptions(options);
  checkBoolean('idempotent', options.idempotent);
  const { signal, timeoutMs, metadata, idempotent } = options;
  return { signal, timeoutMs, metadata, idempotent };
}
