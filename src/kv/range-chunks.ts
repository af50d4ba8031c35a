import { type ErrorCode, EtcdError } from '../errors/index.js';
import { quiet } from '../internal/deferred.js';
import type { RangeStreamResponse, KeyValue as RawKeyValue } from '../rpc/generated/types.js';
import { kv } from '../rpc/services.js';
import type { ServerStream, Transport, TransportCallOptions } from '../transport/transport.js';
import { rangeRequest, type SelectionSpec } from './selection-spec.js';

/** Ends of a stream that a page would meet, too. */
const FINAL: ReadonlySet<ErrorCode> = new Set([
  'ABORTED',
  'CLIENT_CLOSED',
  'COMPACTED',
  'PERMISSION_DENIED',
]);

/** The records of a range as one call of `KV.RangeStream` sends them. */
export class RangeChunks {
  readonly #stream: ServerStream<RangeStreamResponse>;
  readonly #chunks: AsyncIterator<RangeStreamResponse>;
  /** The header comes with the last chunk alone: the range was read to its end. */
  #whole = false;
  #begun = false;
  #late = false;
  /** Bytes of the present chunk arrived, so that its time was extended. */
  #progress = false;

  /** @param spec with a revision: the server tells it in the last chunk only */
  constructor(transport: Transport, spec: SelectionSpec, call: TransportCallOptions) {
    this.#stream = transport.serverStream(kv.rangeStream, rangeRequest(spec), {
      ...call,
      repeat: false,
      onProgress: () => {
        this.#progress = true;
      },
    });
    this.#chunks = this.#stream[Symbol.asyncIterator]();
  }

  /** Some of the range was sent. */
  get begun(): boolean {
    return this.#begun;
  }

  /** A chunk was on its way, and took too long. */
  get late(): boolean {
    return this.#late;
  }

  /**
   * Reads the next records: none at the end of the range, `undefined` when the stream broke before.
   *
   * @throws EtcdError that reading on by other means would not cure
   */
  async next(): Promise<readonly RawKeyValue[] | undefined> {
    try {
      for (;;) {
        this.#progress = false;
        const { done, value } = await this.#chunks.next();
        if (done === true) return this.#whole ? [] : undefined;
        const response = value.rangeResponse;
        this.#begun = true;
        this.#whole = response?.header !== undefined;
        if (response !== undefined && response.kvs.length > 0) return response.kvs;
      }
    } catch (error) {
      if (!(error instanceof EtcdError) || FINAL.has(error.code)) throw error;
      if (isOverdue(error)) {
        this.#late = this.#progress;
        if (!this.#progress) throw error;
      }
      return undefined;
    }
  }

  /** Ends the call if it has not ended. */
  close(): void {
    this.#stream.cancel();
    const { return: leave } = this.#chunks;
    if (leave !== undefined) void quiet(leave.call(this.#chunks));
  }
}

/** A chunk was asked for and did not come in its time. Of a server that gave up, the error may pass. */
function isOverdue({ code, outcome, retryable }: EtcdError): boolean {
  return code === 'TIMEOUT' && !retryable && outcome !== 'not-sent';
}
