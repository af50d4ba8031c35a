import type { PutRequestInput, PutResponse } from '../../rpc/generated/types.js';
import { kv } from '../../rpc/services.js';
import type { TransportCallOptions } from '../transport.js';
import { LARGE_VALUE_BYTES, nameOf } from './answer-sizes.js';
import type { EntryShape } from './entry.js';
import { ENTRY_BYTES } from './gathered-reads.js';
import type { GatherKind } from './gatherer.js';
import { incomplete, wholeHeader } from './txn-answers.js';

/** Makes puts a kind of gathered calls. */
export function gatheredWrites(): GatherKind<PutRequestInput, PutResponse> {
  return {
    method: kv.put,
    ordered: true,
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
 * Returns how a put is gathered: one that asks for more than to be stored shares no batch, but keeps its
 * turn among the puts of its key.
 */
export function writeShape(
  key: Uint8Array,
  request: PutRequestInput,
  options: TransportCallOptions,
): EntryShape {
  const bytes = key.length + (request.value?.length ?? 0) + ENTRY_BYTES;
  return {
    identity: nameOf(key),
    bytes,
    alone: bytes > LARGE_VALUE_BYTES || !isPlainPut(request) || !hasPlainOptions(options),
    repeatable: options.idempotent === true,
  };
}

/** Tells if the call has no wishes of its own that a batch could not fulfil for it alone. */
export function hasPlainOptions(options: TransportCallOptions): boolean {
  const { endpoint, avoid, metadata, requireLeader, onSend } = options;
  return (endpoint ?? avoid ?? metadata ?? requireLeader ?? onSend) === undefined;
}

/** In a transaction a lease is not checked beforehand, nor the permission to read what was there. */
function isPlainPut({ lease, prevKv, ignoreLease, ignoreValue }: PutRequestInput): boolean {
  return !(lease || prevKv || ignoreLease || ignoreValue);
}
