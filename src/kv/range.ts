import { toSafeNumber } from '../errors/index.js';
import { decodeKey } from '../model/codec/index.js';
import { type Header, toHeader } from '../model/header.js';
import { type KeyValue, toKeyValue } from '../model/key-value.js';
import type { Space } from '../model/space.js';
import type { RangeRequestInput, RangeResponse } from '../rpc/generated/types.js';
import { kv } from '../rpc/services.js';
import type { Transport, TransportCallOptions } from '../transport/transport.js';
import { isFiltered, rangeRequest, type SelectionSpec } from './selection-spec.js';

/** The answer to a read of a selection. */
export interface RangeResult<Value = string> {
  /** The header of the answer. */
  readonly header: Header;
  /** The records, sorted by key where no other order was asked for. */
  readonly kvs: readonly KeyValue<Value>[];
  /** The number of keys in the range, whatever the limit. */
  readonly count: number;
  /** There are more records than the limit let through. */
  readonly more: boolean;
}

/** Reads a selection in one answer. */
export async function range<Out>(
  transport: Transport,
  space: Space<Out, never>,
  spec: SelectionSpec,
  call: TransportCallOptions,
): Promise<RangeResult<Out>> {
  return readRange(space, await transport.unary(kv.range, rangeRequest(spec), call));
}

/** Reads the answer to a read of a selection. */
export function readRange<Out>(
  space: Space<Out, never>,
  response: RangeResponse,
  outer?: Header,
): RangeResult<Out> {
  return {
    header: toHeader(response.header, outer),
    kvs: response.kvs.map((kv) => toKeyValue(kv, space)),
    count: toSafeNumber('count', response.count),
    more: response.more,
  };
}

/** Reads the keys of a selection without their values. */
export async function rangeKeys<Out>(
  transport: Transport,
  space: Space<Out, never>,
  spec: SelectionSpec,
  call: TransportCallOptions,
): Promise<readonly string[]> {
  const request: RangeRequestInput = { ...rangeRequest(spec), keysOnly: true };
  const { kvs } = await transport.unary(kv.range, request, call);
  return kvs.map(({ key }) => decodeKey(space.keyspace.strip(key)));
}

/**
 * Counts the keys of a selection, whatever its limit.
 *
 * The server's own count does not look at revision filters, so with filters the keys are read.
 */
export async function countKeys(
  transport: Transport,
  spec: SelectionSpec,
  call: TransportCallOptions,
): Promise<number> {
  const all = { ...spec, limit: undefined, sortBy: undefined };
  if (isFiltered(spec)) {
    const request: RangeRequestInput = { ...rangeRequest(all), keysOnly: true };
    return (await transport.unary(kv.range, request, call)).kvs.length;
  }
  const request: RangeRequestInput = { ...rangeRequest(all), countOnly: true };
  return toSafeNumber('count', (await transport.unary(kv.range, request, call)).count);
}
