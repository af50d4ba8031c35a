import { EtcdError } from '../errors/index.js';
import { quiet } from '../internal/deferred.js';
import { keyAfter } from '../model/keys/index.js';
import type { RangeResponse, KeyValue as RawKeyValue } from '../rpc/generated/types.js';
import { kv } from '../rpc/services.js';
import type { Transport, TransportCallOptions } from '../transport/transport.js';
import { PageSize } from './page-size.js';
import { RangeChunks } from './range-chunks.js';
import { isFiltered, isSorted, rangeRequest, type SelectionSpec } from './selection-spec.js';

/** One page: some records, and the revision that all pages are read at. */
export interface Page {
  readonly kvs: readonly RawKeyValue[];
  readonly revision: bigint;
}

/**
 * Reads a selection page by page, all at the revision of the first, with one page at most waiting
 * beside the one in use. There is a first page even if it has no records.
 *
 * A sorted selection cannot be paged, so it is one read.
 *
 * @throws CompactedError when the revision is compacted on the way
 */
export async function* readPages(
  transport: Transport,
  spec: SelectionSpec,
  call: TransportCallOptions,
): AsyncGenerator<Page, void, undefined> {
  if (isSorted(spec)) {
    const whole = { operation: 'iterate', ...call, timeoutPerMessage: true };
    const { kvs, header } = await transport.unary(kv.range, rangeRequest(spec), whole);
    yield { kvs, revision: spec.revision ?? header?.revision ?? 0n };
    return;
  }
  const reader = new PageReader(transport, spec, call);
  try {
    let page = await reader.next();
    while (page !== undefined) {
      // The next page travels while the caller works on this one.
      const next = quiet(reader.next());
      yield page;
      page = await next;
    }
  } finally {
    reader.close();
  }
}

/**
 * The pages of one iteration. The first is read by `KV.Range`, which tells the revision and often is all.
 * A server that has `KV.RangeStream` sends the others by itself.
 *
 * A stream lives on one connection, and ends with any change of users or roles. Whatever ends it, a page is
 * read from the next key on. That read may go to another member, with a new token. If it fails, the caller
 * gets its error. After that page a stream is tried again.
 */
class PageReader {
  readonly #transport: Transport;
  readonly #call: TransportCallOptions;
  readonly #size = new PageSize();
  /** The part that is left to be read; `undefined` for nothing. */
  #rest: SelectionSpec | undefined;
  /** The revision of all pages, once the first has told it. */
  #revision: bigint | undefined;
  #chunks: RangeChunks | undefined;
  /** No stream has shown that streams do not work here. */
  #streams: boolean;

  constructor(transport: Transport, spec: SelectionSpec, call: TransportCallOptions) {
    this.#transport = transport;
    this.#call = { operation: 'iterate', ...call, timeoutPerMessage: true };
    this.#rest = spec;
    this.#streams = !isFiltered(spec);
  }

  /** Reads the next page; `undefined` after the last. Its calls follow one another. */
  async next(): Promise<Page | undefined> {
    if (this.#rest === undefined) return undefined;
    const revision = this.#revision;
    if (revision === undefined) return await this.#firstPage(this.#rest);
    const kvs = (await this.#nextChunk(this.#rest)) ?? (await this.#nextPage(this.#rest));
    return kvs.length === 0 ? undefined : { kvs, revision };
  }

  /** Ends what is under way on a stream. */
  close(): void {
    this.#chunks?.close();
    this.#chunks = undefined;
  }

  async #firstPage(spec: SelectionSpec): Promise<Page> {
    const response = await this.#read(spec);
    const revision = spec.revision ?? response.header?.revision ?? 0n;
    this.#revision = revision;
    this.#rest = { ...spec, revision };
    this.#advance(response.kvs, response.more);
    return { kvs: response.kvs, revision };
  }

  async #nextPage(rest: SelectionSpec): Promise<readonly RawKeyValue[]> {
    const { kvs, more } = await this.#readPinned(rest);
    this.#advance(kvs, more);
    return kvs;
  }

  /** Reads the next records of a stream: none at its end, `undefined` where a page has to be read. */
  async #nextChunk(rest: SelectionSpec): Promise<readonly RawKeyValue[] | undefined> {
    if (this.#chunks === undefined) {
      if (!this.#streams || !this.#transport.canRangeStream) return undefined;
      this.#chunks = new RangeChunks(this.#transport, rest, this.#call);
    }
    const chunks = this.#chunks;
    const kvs = await chunks.next();
    if (kvs === undefined) {
      this.#chunks = undefined;
      // One that brings nothing, or not in time, would not help after the next page either.
      this.#streams = chunks.begun && !chunks.late;
      return undefined;
    }
    this.#advance(kvs, kvs.length > 0);
    return kvs;
  }

  /** Takes note of records that were read. */
  #advance(kvs: readonly RawKeyValue[], more: boolean): void {
    const rest = this.#rest;
    const last = kvs.at(-1);
    const left = (rest?.limit ?? Infinity) - kvs.length;
    if (rest === undefined || last === undefined || !more || left <= 0) {
      this.#rest = undefined;
      this.close();
      return;
    }
    this.#size.learn(kvs);
    const range = { key: keyAfter(last.key), rangeEnd: rest.range.rangeEnd };
    this.#rest = { ...rest, range, limit: rest.limit === undefined ? undefined : left };
  }

  /**
   * Reads a page at the revision of the first. A member that lags behind the one that told it may not have got
   * there yet. A linearizable read waits until it has, and gives what it would have given.
   */
  async #readPinned(rest: SelectionSpec): Promise<RangeResponse> {
    try {
      return await this.#read(rest);
    } catch (error) {
      const lags = error instanceof EtcdError && error.code === 'FUTURE_REVISION';
      if (!lags || rest.serializable !== true) throw error;
      return await this.#read({ ...rest, serializable: false });
    }
  }

  async #read(rest: SelectionSpec): Promise<RangeResponse> {
    for (;;) {
      const limit = Math.min(this.#size.keys, rest.limit ?? Infinity);
      let progress = false;
      const onProgress = (): void => {
        progress = true;
      };
      try {
        const page = rangeRequest({ ...rest, limit });
        return await this.#transport.unary(kv.range, page, { ...this.#call, onProgress });
      } catch (error) {
        // The page was on its way, and too large for this link. Where nothing came, less would not come either.
        const late = error instanceof EtcdError && error.code === 'TIMEOUT' && progress;
        const tooLarge = error instanceof EtcdError && error.code === 'RESPONSE_TOO_LARGE';
        if (!(late || tooLarge) || limit === 1) throw error;
        this.#size.halve(limit);
      }
    }
  }
}
