import { checkBoolean, nonNegativeInt64, type OptionNames, toBigInt } from '../errors/index.js';
import { WRITE_NAMES, type WriteOptions, writeCallOptions } from '../model/call-options.js';
import { type Header, toHeader } from '../model/header.js';
import { kv } from '../rpc/services.js';
import type { Transport } from '../transport/transport.js';

/** The options of `compact`. */
export interface CompactOptions extends WriteOptions {
  /** Waits until the old revisions are gone from the member's storage, not only from its index. */
  readonly physical?: boolean | undefined;
}

const NAMES: OptionNames<CompactOptions> = { ...WRITE_NAMES, physical: true };

/** The answer to a compaction. */
export interface CompactResult {
  /** The header of the answer. */
  readonly header: Header;
}

/** Gives up every revision below this one. */
export async function compact(
  transport: Transport,
  revision: bigint | number,
  options?: CompactOptions,
): Promise<CompactResult> {
  const call = writeCallOptions(options, NAMES);
  checkBoolean('physical', options?.physical);
  const request = {
    revision: toBigInt('revision', revision, nonNegativeInt64),
    physical: options?.physical,
  };
  const { header } = await transport.unary(kv.compact, request, call);
  return { header: toHeader(header) };
}
