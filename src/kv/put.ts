import {
  checkBoolean,
  invalidArgument,
  type OptionHints,
  type OptionNames,
} from '../errors/index.js';
import { WRITE_NAMES, type WriteOptions, writeCallOptions } from '../model/call-options.js';
import { encodeValue } from '../model/codec/index.js';
import { type Header, toHeader } from '../model/header.js';
import { type KeyValue, toKeyValue } from '../model/key-value.js';
import type { Key } from '../model/keys/index.js';
import { type LeaseRef, leaseId } from '../model/lease-ref.js';
import type { Space } from '../model/space.js';
import type { PutRequestInput, PutResponse } from '../rpc/generated/types.js';
import { kv } from '../rpc/services.js';
import type { Transport } from '../transport/transport.js';

/** Options of a put, alone or in a transaction. */
export interface PutOpOptions {
  /** Attaches the key to this lease: a handle or an id. Default: none, which detaches it. */
  readonly lease?: LeaseRef | undefined;
  /** Keeps the lease the key has; the key must exist. */
  readonly ignoreLease?: boolean | undefined;
  /** Answers with the record as it was before. */
  readonly prevKv?: boolean | undefined;
}

/** The options of `put`. */
export interface PutOptions extends PutOpOptions, WriteOptions {}

/** The options of `touch`. */
export interface TouchOptions extends WriteOptions {
  /** The lease to move the key to; `null` takes the key off its lease. One of the two must be said. */
  readonly lease: LeaseRef | null;
  /** Answers with the record as it was before. */
  readonly prevKv?: boolean | undefined;
}

/** The answer to a put. */
export interface PutResult<Value = string> {
  /** The header of the answer. Its revision is that of the put. */
  readonly header: Header;
  /** The record before, if `prevKv` asked for it and there was one. */
  readonly prev: KeyValue<Value> | undefined;
}

/** The names in `PutOpOptions`. */
export const PUT_OP_NAMES: OptionNames<PutOpOptions> = {
  lease: true,
  ignoreLease: true,
  prevKv: true,
};
const PUT_NAMES: OptionNames<PutOptions> = { ...WRITE_NAMES, ...PUT_OP_NAMES };
const TOUCH_NAMES: OptionNames<TouchOptions> = { ...WRITE_NAMES, lease: true, prevKv: true };
/** Ways out for options that a put does not have. */
export const PUT_HINTS: OptionHints = {
  ttl: 'a key lives as long as its lease: { lease: await etcd.lease.grant(10) }',
  ttlSeconds: 'a key lives as long as its lease: { lease: await etcd.lease.grant(10) }',
};
/** The id that a key without a lease has. */
const NO_LEASE = 0n;

/** Stores a value under a key. */
export async function put<Out, In>(
  transport: Transport,
  space: Space<Out, In>,
  key: Key,
  value: In,
  options?: PutOptions,
): Promise<PutResult<Out>> {
  const call = writeCallOptions(options, PUT_NAMES, PUT_HINTS);
  const request = putRequest(space, key, value, options);
  return readPut(space, await transport.unary(kv.put, request, call));
}

/**
 * Moves a key to another lease, or off its lease, and keeps its value; the key must exist.
 *
 * @throws InvalidArgumentError when the options do not say the lease, and for the id 0. On the wire both mean
 *   to detach the key, which must not happen by mistake
 */
export async function touch<Out>(
  transport: Transport,
  space: Space<Out, never>,
  key: Key,
  options: TouchOptions,
): Promise<PutResult<Out>> {
  const call = writeCallOptions(options, TOUCH_NAMES);
  const { lease, prevKv } = (options as Partial<TouchOptions> | undefined) ?? {};
  if (lease === undefined || (lease !== null && leaseId(lease) === NO_LEASE)) {
    throw invalidArgument('lease', lease, 'a lease, or null to take the key off its lease');
  }
  const request = {
    key: space.keyspace.encodeKey(key),
    ignoreValue: true,
    ...fields({ lease: lease ?? undefined, prevKv }),
  };
  return readPut(space, await transport.unary(kv.put, request, call));
}

/**
 * Makes the request of a put.
 *
 * @throws InvalidArgumentError for a key, a value or an option that cannot be sent
 */
export function putRequest<In>(
  space: Space<unknown, In>,
  key: Key,
  value: In,
  options: PutOpOptions | undefined,
): PutRequestInput {
  return {
    key: space.keyspace.encodeKey(key),
    value: encodeValue(space.codec, value, key),
    ...fields(options),
  };
}

/** Reads the answer to a put. */
export function readPut<Out>(
  space: Space<Out, never>,
  response: PutResponse,
  outer?: Header,
): PutResult<Out> {
  return {
    header: toHeader(response.header, outer),
    prev: response.prevKv && toKeyValue(response.prevKv, space),
  };
}

function fields(options: PutOpOptions | undefined): Partial<PutRequestInput> | undefined {
  if (options === undefined) return undefined;
  const { lease, ignoreLease, prevKv } = options;
  checkBoolean('prevKv', prevKv);
  checkBoolean('ignoreLease', ignoreLease);
  if (lease !== undefined && ignoreLease === true) {
    throw invalidArgument('ignoreLease', true, 'either lease or ignoreLease, not both');
  }
  return { lease: lease === undefined ? undefined : leaseId(lease), ignoreLease, prevKv };
}
