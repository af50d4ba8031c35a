import type { Clock } from '../../internal/clock.js';
import type {
  PutRequestInput,
  PutResponse,
  RangeRequestInput,
  RangeResponse,
} from '../../rpc/generated/types.js';
import type { Method } from '../../rpc/method.js';
import { kv } from '../../rpc/services.js';
import type { Connection } from '../endpoint.js';
import type {
  Duplex,
  DuplexHandlers,
  ServerStream,
  Transport,
  TransportCallOptions,
} from '../transport.js';
import { AnswerSizes } from './answer-sizes.js';
import { areSafe, gatheredReads, readShape } from './gathered-reads.js';
import { gatheredWrites, hasPlainOptions, writeShape } from './gathered-writes.js';
import { Gatherer } from './gatherer.js';
import { BatchLimits, Lanes } from './lanes.js';
import type { BatchingConfig } from './options.js';

/** What the batching needs of the transport beneath. */
export interface GatherableTransport extends Transport {
  /** Where calls go now, in turn: the same array as long as nothing changes. */
  readonly connections: readonly Connection[];
}

/** What the batching is told. */
export interface BatchingTransportConfig {
  readonly batching: BatchingConfig;
  /** Milliseconds of a call without a deadline of its own; 0 for none. */
  readonly timeoutMs: number;
  readonly clock: Clock;
}

/**
 * A transport that gathers reads of single keys, and puts if asked, into transactions. Everything else
 * goes straight through.
 */
export class BatchingTransport implements Transport {
  readonly #inner: GatherableTransport;
  readonly #config: BatchingTransportConfig;
  readonly #reads: Gatherer<RangeRequestInput, RangeResponse>;
  readonly #writes: Gatherer<PutRequestInput, PutResponse>;
  readonly #sizes = new AnswerSizes();
  /** The connections that were last looked at, and whether they are safe for gathered reads. */
  #judged: readonly Connection[] = [];
  #safe = false;

  constructor(inner: GatherableTransport, config: BatchingTransportConfig) {
    const { clock } = config;
    const { maxOperations, maxFlights } = config.batching;
    this.#inner = inner;
    this.#config = config;
    const lanes = (): Lanes => new Lanes(() => inner.connections, maxFlights, clock);
    const host = { transport: inner, clock, limits: new BatchLimits(maxOperations) };
    this.#reads = new Gatherer(gatheredReads(maxOperations, this.#sizes), lanes(), host);
    this.#writes = new Gatherer(gatheredWrites(maxOperations), lanes(), host);
  }

  get canRangeStream(): boolean {
    return this.#inner.canRangeStream;
  }

  unary<Request, Response>(
    method: Method<Request, Response>,
    request: Request,
    options: TransportCallOptions = {},
  ): Promise<Response> {
    const gathered = this.#gather(method, request, options) as Promise<Response> | undefined;
    return gathered ?? this.#inner.unary(method, request, options);
  }

  serverStream<Request, Response>(
    method: Method<Request, Response>,
    request: Request,
    options?: TransportCallOptions,
  ): ServerStream<Response> {
    return this.#inner.serverStream(method, request, options);
  }

  duplex<Request, Response>(
    method: Method<Request, Response>,
    handlers: DuplexHandlers<Response>,
    options?: TransportCallOptions,
  ): Promise<Duplex<Request>> {
    return this.#inner.duplex(method, handlers, options);
  }

  async close(): Promise<void> {
    this.#reads.close();
    this.#writes.close();
    await this.#inner.close();
  }

  #gather(
    method: Method<never, unknown>,
    request: unknown,
    options: TransportCallOptions,
  ): Promise<unknown> | undefined {
    const { reads, writes } = this.#config.batching;
    if (method === kv.range && reads) return this.#read(request as RangeRequestInput, options);
    if (method === kv.put && writes) return this.#write(request as PutRequestInput, options);
    return undefined;
  }

  #read(
    request: RangeRequestInput,
    options: TransportCallOptions,
  ): Promise<RangeResponse> | undefined {
    if (!this.#canGatherReads || !hasPlainOptions(options)) return undefined;
    const shape = readShape(request, this.#sizes);
    return shape && this.#reads.call(request, shape, this.#timeoutMs(options), options);
  }

  #write(
    request: PutRequestInput,
    options: TransportCallOptions,
  ): Promise<PutResponse> | undefined {
    const shape = writeShape(request, options);
    return shape && this.#writes.call(request, shape, this.#timeoutMs(options), options);
  }

  get #canGatherReads(): boolean {
    const { connections } = this.#inner;
    if (connections !== this.#judged) {
      this.#judged = connections;
      this.#safe = areSafe(connections);
    }
    return this.#safe;
  }

  #timeoutMs({ timeoutMs }: TransportCallOptions): number {
    return timeoutMs ?? this.#config.timeoutMs;
  }
}
