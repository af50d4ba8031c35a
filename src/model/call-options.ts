import {
  checkBoolean,
  checkCallOptions,
  checkKnownOptions,
  type OptionHints,
} from '../errors/index.js';
import type { CallOptions, TransportCallOptions } from '../transport/transport.js';

/** Options of every write. */
export interface WriteOptions extends CallOptions {
  /** The write may be repeated after an unknown outcome: applying it twice does no harm. */
  readonly idempotent?: boolean | undefined;
}

const READ = ['signal', 'timeoutMs', 'metadata'];
const WRITE = [...READ, 'idempotent'];
const NO_OPTIONS: TransportCallOptions = {};

/**
 * The part of a read's options that the transport looks at.
 *
 * @param own the names of the options that the call has besides
 * @param hints for options that do not exist, but are often looked for
 * @throws InvalidArgumentError for an option that is unknown or wrong
 */
export function readCallOptions(
  options: CallOptions | undefined,
  own: readonly string[] = [],
  hints?: OptionHints,
): TransportCallOptions {
  if (options === undefined) return NO_OPTIONS;
  checkKnownOptions('options', options, own.length === 0 ? READ : [...READ, ...own], hints);
  checkCallOptions(options);
  const { signal, timeoutMs, metadata } = options;
  return { signal, timeoutMs, metadata };
}

/** Returns the part of a write's options that the transport looks at. */
export function writeCallOptions(
  options: WriteOptions | undefined,
  own: readonly string[] = [],
  hints?: OptionHints,
): TransportCallOptions {
  if (options === undefined) return NO_OPTIONS;
  checkKnownOptions('options', options, own.length === 0 ? WRITE : [...WRITE, ...own], hints);
  checkCallOptions(options);
  checkBoolean('idempotent', options.idempotent);
  const { signal, timeoutMs, metadata, idempotent } = options;
  return { signal, timeoutMs, metadata, idempotent };
}
