import type { PutRequestInput, PutResponse } from '../../rpc/generated/types.js';
import { kv } from '../../rpc/services.js';
import type { TransportCallOptions } from '../transport.js';
import { nameOf } from './answer-sizes.js';
import type { EntryShape } from './entry.js';
import { ENTRY_BYTES } from './gathered-reads.js';
import type { GatherKind } from './gatherer.js';
import { incomplete, wholeHeader } from './txn-answers.js';

/** A request of this size gains nothing from company. */
const LARGE_REQUEST_BYTES = 32 * 1024;

/** Puts, as they are gathered. */
export function gatheredWrites(maxOperations: number): GatherKind<PutRequestInput, PutResponse> {
  return {
    method: kv.put,
    ordered: true,
    readOnly: false,
    maxOperations,
    pack: (requests) => ({ success: requests.map((requestPut) => ({ requestPut })) }),
    unpack: (requests, { header, responses }) =>
      requests.map((_, index) => {
        const answer = responses[index]?.responsePut;
        if (answer === undefined) throw incomplete(kv.put.name);
        return { header: wholeHeader(header, answer.header), prevKv: answer.prevKv };
      }),
  };
}

/**
 * How a put is gathered: one that asks for more than to be stored travels by itself, but in its turn.
 * `undefined` for one that cannot be sent.
 */
export function writeShape(
  request: PutRequestInput,
  options: TransportCallOptions,
): EntryShape | undefined {
  const { key, value } = request;
  if (!(key instanceof Uint8Array)) return undefined;
  const bytes = key.length + (value?.length ?? 0) + ENTRY_BYTES;
  return {
    identity: nameOf(key),
    bytes,
    alone: bytes > LARGE_REQUEST_BYTES || !isPlainPut(request) || !hasPlainOptions(options),
    repeatable: options.idempotent === true,
  };
}

/** Whether the call has no wishes of its own that a batch could not fulfil for it alone. */
export function hasPlainOptions(options: TransportCallOptions): boolean {
  const { endpoint, avoid, metadata, requireLeader, onSend } = options;
  return (endpoint ?? avoid ?? metadata ?? requireLeader ?? onSend) === undefined;
}

/** In a transaction a lease is not checked beforehand, nor the permission to read what was there. */
function isPlainPut({ lease, prevKv, ignoreLease, ignoreValue }: PutRequestInput): boolean {
  return !(lease || prevKv || ignoreLease || ignoreValue);
}
