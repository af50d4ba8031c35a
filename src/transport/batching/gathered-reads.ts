import { isBytes } from '../../internal/bytes.js';
import type { RangeRequestInput, RangeResponse } from '../../rpc/generated/types.js';
import { kv } from '../../rpc/services.js';
import type { Connection } from '../connection/endpoint.js';
import type { AnswerSizes } from './answer-sizes.js';
import type { EntryShape } from './entry.js';
import type { GatherKind } from './gatherer.js';
import { incomplete, wholeHeader } from './txn-answers.js';

/** Bytes that a key and the frame around it take beside the value, roughly. */
export const ENTRY_BYTES = 16;

/** Makes reads of single keys a kind of gathered calls. */
export function gatheredReads(sizes: AnswerSizes): GatherKind<RangeRequestInput, RangeResponse> {
  return {
    method: kv.range,
    ordered: false,
    pack: (requests) => ({ success: requests.map((requestRange) => ({ requestRange })) }),
    unpack: (requests, { header, responses }) =>
      requests.map((request, index) => {
        const answer = responses[index]?.responseRange;
        if (answer === undefined) throw incomplete(kv.range.name);
        const { kvs, more, count } = answer;
        const response = { header: wholeHeader(header, answer.header), kvs, more, count };
        sizes.noteRead(request, response);
        return response;
      }),
    noteAlone: (request, response) => sizes.noteRead(request, response),
  };
}

/** Returns the traits of a read that decide its batch: reads have no order among them, and any may be repeated. */
export function readShape(key: Uint8Array, sizes: AnswerSizes): EntryShape {
  return {
    identity: undefined,
    bytes: key.length + ENTRY_BYTES + sizes.expectedBytes,
    alone: false,
    repeatable: true,
  };
}

/**
 * Returns whether gathered reads may be sent. The server of a batch is chosen later. So all of these servers
 * must be known to be safe for read-only transactions. None may be a learner, since learners refuse them.
 */
export function areSafe(connections: readonly Connection[]): boolean {
  if (connections.length === 0) return false;
  return connections.every(({ info }) => info.gatheredReads && !info.isLearner);
}

/** Returns whether a request is a linearizable read of one key at the present revision, and no more. */
export function isPlainGet(request: RangeRequestInput): boolean {
  for (const name in request) {
    if (name === 'key') continue;
    const value = request[name as keyof RangeRequestInput];
    if (value && !(name === 'rangeEnd' && request.rangeEnd?.length === 0)) return false;
  }
  return isBytes(request.key);
}
