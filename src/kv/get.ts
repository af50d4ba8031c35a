import {
  checkBoolean,
  nonNegativeInt64,
  type OptionHints,
  type OptionNames,
  toBigInt,
} from '../errors/index.js';
import { CALL_NAMES, readCallOptions } from '../model/call-options.js';
import { type KeyValue, toKeyValue } from '../model/key-value.js';
import type { Key } from '../model/keys/index.js';
import type { Space } from '../model/space.js';
import type { RangeRequestInput, RangeResponse } from '../rpc/generated/types.js';
import { kv } from '../rpc/services.js';
import type { CallOptions, Transport } from '../transport/transport.js';
import { refuseSelection } from './selected.js';

/** Options of a get, alone or in a transaction. */
export interface GetOpOptions {
  /** Reads the store as it was at this revision. Default: as it is now. */
  readonly revision?: bigint | number | undefined;
  /** Lets the asked member answer from what it has, however old. Default: linearizable. */
  readonly serializable?: boolean | undefined;
}

/** The options of `get`. */
export interface GetOptions extends GetOpOptions, CallOptions {}

/** The names in `GetOpOptions`. */
export const GET_OP_NAMES: OptionNames<GetOpOptions> = { revision: true, serializable: true };
const GET_NAMES: OptionNames<GetOptions> = { ...CALL_NAMES, ...GET_OP_NAMES };

/** Ways out for options that a get does not have. */
export const GET_HINTS: OptionHints = {
  prefix: 'write etcd.prefix(key).all()',
  limit: 'write etcd.prefix(key).limit(n).all()',
  keysOnly: 'write etcd.prefix(key).keys()',
  countOnly: 'write etcd.prefix(key).count()',
};

/** Reads one key. */
export async function get<Out>(
  transport: Transport,
  space: Space<Out, never>,
  key: Key,
  options?: GetOptions,
): Promise<KeyValue<Out> | undefined> {
  const call = readCallOptions(options, GET_NAMES, GET_HINTS);
  const request = getRequest(space, key, options);
  return readGet(space, await transport.unary(kv.range, request, call));
}

/**
 * Makes the request of a get.
 *
 * @throws InvalidArgumentError for a key or an option that cannot be sent
 */
export function getRequest(
  space: Space<unknown, never>,
  key: Key,
  options: GetOpOptions | undefined,
): RangeRequestInput {
  refuseSelection(key, 'a selection reads by itself: selection.all(), or .first() for one record');
  const encoded = space.keyspace.encodeKey(key);
  return options === undefined ? { key: encoded } : { key: encoded, ...getFields(options) };
}

/**
 * Returns the request fields that the options of a get set.
 *
 * @throws InvalidArgumentError for an option that cannot be sent
 */
export function getFields(options: GetOpOptions = {}): {
  readonly revision?: bigint;
  readonly serializable?: boolean;
} {
  const { revision, serializable } = options;
  checkBoolean('serializable', serializable);
  return {
    ...(revision !== undefined && { revision: toBigInt('revision', revision, nonNegativeInt64) }),
    ...(serializable !== undefined && { serializable }),
  };
}

/** Reads the answer to a get. */
export function readGet<Out>(
  space: Space<Out, never>,
  response: RangeResponse,
): KeyValue<Out> | undefined {
  const [found] = response.kvs;
  return found && toKeyValue(found, space);
}
