import type { RangeRequestInput, RangeResponse } from '../../rpc/generated/types.js';
import { kv } from '../../rpc/services.js';
import type { Connection } from '../endpoint.js';
import type { AnswerSizes } from './answer-sizes.js';
import type { EntryShape } from './entry.js';
import type { GatherKind } from './gatherer.js';
import { incomplete, wholeHeader } from './txn-answers.js';

/** Reads of single keys, as they are gathered. */
export function gatheredReads(
  maxOperations: number,
  sizes: AnswerSizes,
): GatherKind<RangeRequestInput, RangeResponse> {
  return {
    method: kv.range,
    ordered: false,
    readOnly: true,
    get maxOperations() {
      return Math.min(maxOperations, sizes.operationsPerBatch);
    },
    pack: (requests) => ({ success: requests.map((requestRange) => ({ requestRange })) }),
    unpack: (requests, { header, responses }) =>
      requests.map((request, index) => {
        const answer = responses[index]?.responseRange;
        if (answer === undefined) throw incomplete(kv.range.name);
        const { kvs, more, count } = answer;
        const response = { header: wholeHeader(header, answer.header), kvs, more, count };
        sizes.noteBatched(request, response);
        return response;
      }),
    noteAlone: (request, response) => sizes.noteAlone(request, response),
  };
}

/** How a read is gathered; `undefined` for one that is not. */
export function readShape(request: RangeRequestInput, sizes: AnswerSizes): EntryShape | undefined {
  const { key } = request;
  if (!(key instanceof Uint8Array) || !isPlainGet(request)) return undefined;
  return {
    identity: undefined,
    bytes: key.length + ENTRY_BYTES,
    alone: sizes.isLarge(key),
    repeatable: true,
  };
}

/**
 * Whether gathered reads may go to these servers: all of them must be known to be safe for read-only
 * transactions, and learners take none.
 */
export function areSafe(connections: readonly Connection[]): boolean {
  if (connections.length === 0) return false;
  return connections.every(({ info }) => info.gatheredReads && !info.isLearner);
}

/** What a key and the frame around it take beside the value, roughly. */
export const ENTRY_BYTES = 16;

/** A linearizable read of one key as it is now, with nothing else asked for. */
function isPlainGet(request: RangeRequestInput): boolean {
  for (const name in request) {
    if (name === 'key') continue;
    const value = request[name as keyof RangeRequestInput];
    if (value && !(name === 'rangeEnd' && request.rangeEnd?.length === 0)) return false;
  }
  return true;
}
