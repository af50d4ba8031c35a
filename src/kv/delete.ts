import { checkBoolean, type OptionHints, type OptionNames, toSafeNumber } from '../errors/index.js';
import { WRITE_NAMES, type WriteOptions, writeCallOptions } from '../model/call-options.js';
import { type Header, toHeader } from '../model/header.js';
import { type KeyValue, toKeyValue } from '../model/key-value.js';
import type { KeyRange } from '../model/keys/index.js';
import type { Space } from '../model/space.js';
import type { DeleteRangeRequestInput, DeleteRangeResponse } from '../rpc/generated/types.js';
import { kv } from '../rpc/services.js';
import type { Transport } from '../transport/transport.js';

/** Options of a delete, alone or in a transaction. */
export interface DeleteOpOptions {
  /** Answers with the records that were deleted. */
  readonly prevKv?: boolean | undefined;
}

/** The options of `delete`. */
export interface DeleteOptions extends DeleteOpOptions, WriteOptions {}

/** The answer to a delete. */
export interface DeleteResult<Value = string> {
  /** The header of the answer. Its revision is that of the delete. */
  readonly header: Header;
  /** The number of deleted keys. */
  readonly deleted: number;
  /** The records that were deleted, if `prevKv` asked for them. */
  readonly prev: readonly KeyValue<Value>[];
}

/** The names in `DeleteOpOptions`. */
export const DELETE_OP_NAMES: OptionNames<DeleteOpOptions> = { prevKv: true };
const DELETE_NAMES: OptionNames<DeleteOptions> = { ...WRITE_NAMES, ...DELETE_OP_NAMES };

/** Ways out for options that a delete does not have. */
export const DELETE_HINTS: OptionHints = { prefix: 'write etcd.prefix(key).delete()' };

/** Deletes every key of a range. */
export async function deleteRange<Out>(
  transport: Transport,
  space: Space<Out, never>,
  range: KeyRange,
  options?: DeleteOptions,
): Promise<DeleteResult<Out>> {
  const call = writeCallOptions(options, DELETE_NAMES, DELETE_HINTS);
  const request = deleteRequest(range, options);
  return readDelete(space, await transport.unary(kv.deleteRange, request, call));
}

/**
 * Makes the request of a delete.
 *
 * @throws InvalidArgumentError for an option that cannot be sent
 */
export function deleteRequest(
  range: KeyRange,
  options: DeleteOpOptions | undefined,
): DeleteRangeRequestInput {
  checkBoolean('prevKv', options?.prevKv);
  return { key: range.key, rangeEnd: range.rangeEnd, prevKv: options?.prevKv };
}

/** Reads the answer to a delete. */
export function readDelete<Out>(
  space: Space<Out, never>,
  response: DeleteRangeResponse,
  outer?: Header,
): DeleteResult<Out> {
  return {
    header: toHeader(response.header, outer),
    deleted: toSafeNumber('deleted', response.deleted),
    prev: response.prevKvs.map((kv) => toKeyValue(kv, space)),
  };
}
