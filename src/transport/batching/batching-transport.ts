import type { CallsStatus } from '../../diagnostics/status.js';
import { withCallerStack } from '../../errors/index.js';
import { isBytes } from '../../internal/bytes.js';
import type { Clock } from '../../internal/clock.js';
import type {
  PutRequestInput,
  PutResponse,
  RangeRequestInput,
  RangeResponse,
} from '../../rpc/generated/types.js';
import type { Method } from '../../rpc/method.js';
import { kv } from '../../rpc/services.js';
import type { SteeredTransport } from '../call/attempts.js';
import type { Connection } from '../connection/endpoint.js';
import type { TransportCallOptions } from '../transport.js';
import { TransportLayer } from '../transport-layer.js';
import { AnswerSizes } from './answer-sizes.js';
import { BatchLimits } from './batch-limits.js';
import { ConnectionLoad } from './connection-load.js';
import { areSafe, gatheredReads, isPlainGet, readShape } from './gathered-reads.js';
import { gatheredWrites, hasPlainOptions, writeShape } from './gathered-writes.js';
import { Gatherer } from './gatherer.js';
import type { CheckedBatchingOptions } from './options.js';

/** Settings of the batching. */
export interface BatchingContext {
  readonly batching: CheckedBatchingOptions;
  /** Milliseconds of a call without a deadline of its own; 0 for none. */
  readonly timeoutMs: number;
  readonly clock: Clock;
}

/**
 * A transport that gathers reads of single keys, and puts if asked, into transactions. What cannot be
 * gathered goes straight through.
 */
export class BatchingTransport extends TransportLayer<SteeredTransport> {
  readonly #context: BatchingContext;
  readonly #reads: Gatherer<RangeRequestInput, RangeResponse>;
  readonly #writes: Gatherer<PutRequestInput, PutResponse>;
  readonly #sizes = new AnswerSizes();
  /** The connections that were last looked at, and whether they are safe for gathered reads. */
  #lastSeen: readonly Connection[] = [];
  #safe = false;

  constructor(inner: SteeredTransport, context: BatchingContext) {
    super(inner);
    const { clock, batching } = context;
    this.#context = context;
    const limits = new BatchLimits(batching.maxOperations);
    const load = () => new ConnectionLoad(() => inner.connections, batching.maxFlights, clock);
    const shared = { transport: inner, clock, limits };
    this.#reads = new Gatherer(gatheredReads(this.#sizes), { ...shared, load: load() });
    this.#writes = new Gatherer(gatheredWrites(), { ...shared, load: load() });
  }

  override unary<Request, Response>(
    method: Method<Request, Response>,
    request: Request,
    options: TransportCallOptions = {},
  ): Promise<Response> {
    const gathered = this.#gather(method, request, options) as Promise<Response> | undefined;
    return gathered === undefined
      ? this.inner.unary(method, request, options)
      : withCallerStack(gathered);
  }

  /** Calls that wait to be gathered, or are in a batch. */
  get calls(): CallsStatus {
    const reads = this.#reads.calls;
    const writes = this.#writes.calls;
    return { open: reads.open + writes.open, waiting: reads.waiting + writes.waiting };
  }

  override async close(): Promise<void> {
    this.#reads.close();
    this.#writes.close();
    await this.inner.close();
  }

  #gather(
    method: Method<never, unknown>,
    request: unknown,
    options: TransportCallOptions,
  ): Promise<unknown> | undefined {
    if (method === kv.range) return this.#read(request as RangeRequestInput, options);
    if (method === kv.put) return this.#write(request as PutRequestInput, options);
    return undefined;
  }

  #read(
    request: RangeRequestInput,
    options: TransportCallOptions,
  ): Promise<RangeResponse> | undefined {
    const { key } = request;
    if (!this.#context.batching.reads || key === undefined || !isPlainGet(request))
      return undefined;
    if (!this.#canGatherReads || !hasPlainOptions(options)) return undefined;
    if (this.#sizes.isLarge(key)) return this.#readAlone(request, options);
    return this.#reads.call(
      request,
      readShape(key, this.#sizes),
      this.#timeoutMs(options),
      options,
    );
  }

  async #readAlone(
    request: RangeRequestInput,
    options: TransportCallOptions,
  ): Promise<RangeResponse> {
    const response = await this.inner.unary(kv.range, request, options);
    this.#sizes.noteRead(request, response);
    return response;
  }

  #write(
    request: PutRequestInput,
    options: TransportCallOptions,
  ): Promise<PutResponse> | undefined {
    const { key, value } = request;
    if (!isBytes(key)) return undefined;
    this.#sizes.noteWritten(key, value?.length ?? 0);
    if (!this.#context.batching.writes) return undefined;
    const shape = writeShape(key, request, options);
    return this.#writes.call(request, shape, this.#timeoutMs(options), options);
  }

  get #canGatherReads(): boolean {
    const { connections } = this.inner;
    if (connections !== this.#lastSeen) {
      this.#lastSeen = connections;
      this.#safe = areSafe(connections);
    }
    return this.#safe;
  }

  #timeoutMs({ timeoutMs }: TransportCallOptions): number {
    return timeoutMs ?? this.#context.timeoutMs;
  }
}
