import { EtcdError } from '../errors/index.js';
import { quiet } from '../internal/deferred.js';
import { keyAfter } from '../keys/index.js';
import type { RangeResponse, KeyValue as RawKeyValue } from '../rpc/generated/types.js';
import { kv } from '../rpc/services.js';
import type { Transport, TransportCallOptions } from '../transport/transport.js';
import { PageSize } from './page-size.js';
import { isFiltered, isSorted, rangeRequest, type SelectionSpec } from './selection-spec.js';

/** One page: the records of one answer, and the revision they are all read at. */
export interface Page {
  readonly kvs: readonly RawKeyValue[];
  readonly revision: bigint;
}

/**
 * Reads a selection page by page, all at the revision of the first, with one page at most waiting
 * beside the one in use.
 *
 * A server that has `KV.RangeStream` sends the pages by itself; a sorted selection cannot be paged, so
 * it is one read.
 *
 * @throws CompactedError when the revision is compacted on the way
 */
export async function* readPages(
  transport: Transport,
  spec: SelectionSpec,
  call: TransportCallOptions,
): AsyncGenerator<Page, void, undefined> {
  if (isSorted(spec)) {
    const whole = { ...call, timeoutPerMessage: true };
    yield pageOf(await transport.unary(kv.range, rangeRequest(spec), whole));
    return;
  }
  if (!isFiltered(spec) && transport.canRangeStream) {
    const streamed = yield* streamPages(transport, spec, call);
    if (streamed) return;
  }
  yield* pinnedPages(transport, spec, call);
}

/** Answers `false` when the server turned out not to know the call. */
async function* streamPages(
  transport: Transport,
  spec: SelectionSpec,
  call: TransportCallOptions,
): AsyncGenerator<Page, boolean, undefined> {
  const chunks = transport.serverStream(kv.rangeStream, rangeRequest(spec), {
    ...call,
    timeoutPerMessage: true,
  });
  let started = false;
  try {
    for await (const { rangeResponse } of chunks) {
      started = true;
      if (rangeResponse !== undefined) yield pageOf(rangeResponse);
    }
    return true;
  } catch (error) {
    if (started || !(error instanceof EtcdError) || error.code !== 'UNIMPLEMENTED') throw error;
    return false;
  }
}

async function* pinnedPages(
  transport: Transport,
  spec: SelectionSpec,
  call: TransportCallOptions,
): AsyncGenerator<Page, void, undefined> {
  let left = spec.limit ?? Infinity;
  const size = new PageSize();
  const read = async (part: SelectionSpec): Promise<RangeResponse> => {
    for (;;) {
      const keys = Math.min(size.keys, left);
      let progress = false;
      const onProgress = (): void => {
        progress = true;
      };
      try {
        const page = rangeRequest({ ...part, limit: keys });
        return await transport.unary(kv.range, page, {
          ...call,
          timeoutPerMessage: true,
          onProgress,
        });
      } catch (error) {
        // The page was on its way, and too large for this link. Where nothing came, less would not come either.
        const late = error instanceof EtcdError && error.code === 'TIMEOUT';
        if (!late || !progress || keys === 1) throw error;
        size.halve(keys);
      }
    }
  };
  // A member that lags behind the one that answered first may not have got to their revision yet. A
  // linearizable read waits until it has, and gives what it would have given: the revision is the same.
  const readPinned = (part: SelectionSpec): Promise<RangeResponse> =>
    read(part).catch((error: unknown) => {
      const lags = error instanceof EtcdError && error.code === 'FUTURE_REVISION';
      if (!lags || part.serializable !== true) throw error;
      return read({ ...part, serializable: false });
    });
  let response = await read(spec);
  const pinned: SelectionSpec = { ...spec, revision: spec.revision ?? response.header?.revision };
  for (;;) {
    const { kvs } = response;
    left -= kvs.length;
    const last = kvs.at(-1);
    if (last === undefined || !response.more || left <= 0) {
      if (last !== undefined) yield pageOf(response, pinned.revision);
      return;
    }
    size.learn(kvs);
    // The next page travels while the caller works on this one.
    const range = { key: keyAfter(last.key), rangeEnd: spec.range.rangeEnd };
    const next = quiet(readPinned({ ...pinned, range }));
    yield pageOf(response, pinned.revision);
    response = await next;
  }
}

function pageOf({ kvs, header }: RangeResponse, revision?: bigint): Page {
  return { kvs, revision: revision ?? header?.revision ?? 0n };
}
