import { EtcdError } from '../../errors/index.js';
import type { Clock } from '../../internal/clock.js';
import type {
  PutRequestInput,
  PutResponse,
  RangeRequestInput,
  RangeResponse,
  ResponseHeader,
  TxnRequestInput,
} from '../../rpc/generated/types.js';
import type { Method } from '../../rpc/method.js';
import { kv } from '../../rpc/services.js';
import type {
  Duplex,
  DuplexHandlers,
  ServerStream,
  Transport,
  TransportCallOptions,
} from '../transport.js';
import { AnswerSizes } from './answer-sizes.js';
import { type Entry, Gatherer, type GatherKind } from './gatherer.js';
import type { BatchingConfig } from './options.js';

/** What the batching needs of the transport beneath. */
export interface GatherableTransport extends Transport {
  /** How many endpoints gathered reads may go to: 0 unless all that are in use are safe for them. */
  readonly gatheringEndpoints: number;
  /** How many endpoints are in use. */
  readonly readyEndpoints: number;
}

/** What the batching is told. */
export interface BatchingTransportConfig {
  readonly batching: BatchingConfig;
  /** Milliseconds of a call without a deadline of its own; 0 for none. */
  readonly timeoutMs: number;
  readonly clock: Clock;
}

/** A request of this size gains nothing from company. */
const LARGE_REQUEST_BYTES = 32 * 1024;

/** What a key and the frame around it take beside the value, roughly. */
const ENTRY_BYTES = 16;

/**
 * A transport that gathers reads of single keys, and puts if asked, into transactions. Everything else
 * goes straight through.
 */
export class BatchingTransport implements Transport {
  readonly #inner: GatherableTransport;
  readonly #config: BatchingTransportConfig;
  readonly #reads: Gatherer<RangeRequestInput, RangeResponse>;
  readonly #writes: Gatherer<PutRequestInput, PutResponse>;
  /** Puts that may be repeated travel apart from those that may not. */
  readonly #idempotentWrites: Gatherer<PutRequestInput, PutResponse>;
  readonly #answers = new AnswerSizes();

  constructor(inner: GatherableTransport, config: BatchingTransportConfig) {
    const { batching, clock } = config;
    this.#inner = inner;
    this.#config = config;
    const limits = new Limits(batching.maxOperations);
    this.#reads = new Gatherer(readKind(inner, batching, limits, this.#answers), clock);
    this.#writes = new Gatherer(writeKind(inner, batching, limits, false), clock);
    this.#idempotentWrites = new Gatherer(writeKind(inner, batching, limits, true), clock);
  }

  get canRangeStream(): boolean {
    return this.#inner.canRangeStream;
  }

  unary<Request, Response>(
    method: Method<Request, Response>,
    request: Request,
    options: TransportCallOptions = {},
  ): Promise<Response> {
    if (isPlain(options)) {
      const gathered = this.#gather(method, request, options);
      if (gathered !== undefined) return gathered as Promise<Response>;
    }
    return this.#inner.unary(method, request, options);
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
    for (const gatherer of [this.#reads, this.#writes, this.#idempotentWrites]) gatherer.close();
    await this.#inner.close();
  }

  #gather(
    method: Method<never, unknown>,
    request: unknown,
    options: TransportCallOptions,
  ): Promise<unknown> | undefined {
    const { batching } = this.#config;
    if (method === kv.range) {
      return batching.reads ? this.#read(request as RangeRequestInput, options) : undefined;
    }
    if (method === kv.put) {
      return batching.writes ? this.#write(request as PutRequestInput, options) : undefined;
    }
    return undefined;
  }

  #read(
    request: RangeRequestInput,
    options: TransportCallOptions,
  ): Promise<RangeResponse> | undefined {
    const { key } = request;
    if (key === undefined || !isPlainGet(request)) return undefined;
    if (this.#inner.gatheringEndpoints === 0 || this.#answers.isLarge(key)) return undefined;
    const shape = { identity: undefined, bytes: key.length + ENTRY_BYTES, alone: false };
    return this.#reads.call(request, shape, this.#timeoutMs(options), options);
  }

  #write(
    request: PutRequestInput,
    options: TransportCallOptions,
  ): Promise<PutResponse> | undefined {
    const { key, value } = request;
    if (key === undefined || this.#inner.readyEndpoints === 0) return undefined;
    const bytes = key.length + (value?.length ?? 0) + ENTRY_BYTES;
    const shape = {
      identity: identityOf(key),
      bytes,
      alone: bytes > LARGE_REQUEST_BYTES || !isPlainPut(request),
    };
    const gatherer = options.idempotent === true ? this.#idempotentWrites : this.#writes;
    return gatherer.call(request, shape, this.#timeoutMs(options), options);
  }

  #timeoutMs({ timeoutMs }: TransportCallOptions): number {
    return timeoutMs ?? this.#config.timeoutMs;
  }
}

/** How many operations a batch may have: less after a server found one too large. */
class Limits {
  #operations: number;

  constructor(operations: number) {
    this.#operations = operations;
  }

  get operations(): number {
    return this.#operations;
  }

  halve(): void {
    this.#operations = Math.max(1, Math.floor(this.#operations / 2));
  }
}

function readKind(
  inner: GatherableTransport,
  batching: BatchingConfig,
  limits: Limits,
  answers: AnswerSizes,
): GatherKind<RangeRequestInput, RangeResponse> {
  return {
    method: kv.range.name,
    get maxOperations() {
      return Math.min(limits.operations, answers.operationsPerBatch);
    },
    get maxFlights() {
      return batching.maxFlights * Math.max(1, inner.gatheringEndpoints);
    },
    tooLarge: () => limits.halve(),
    async sendOne(entry) {
      const response = await inner.unary(kv.range, entry.request, optionsOf(entry));
      answers.note(entry.request, response);
      return response;
    },
    async sendAll(entries, timeoutMs) {
      const request: TxnRequestInput = {
        success: entries.map((entry) => ({ requestRange: entry.request })),
      };
      const options = { timeoutMs, readOnly: true, uncancelled: true };
      const { header, responses } = await inner.unary(kv.txn, request, options);
      return entries.map((entry, index) => {
        const answer = responses[index]?.responseRange;
        if (answer === undefined) throw incomplete(kv.range.name);
        const response = { ...answer, header: wholeHeader(header, answer.header) };
        answers.note(entry.request, response);
        return response;
      });
    },
  };
}

function writeKind(
  inner: GatherableTransport,
  batching: BatchingConfig,
  limits: Limits,
  idempotent: boolean,
): GatherKind<PutRequestInput, PutResponse> {
  return {
    method: kv.put.name,
    get maxOperations() {
      return limits.operations;
    },
    get maxFlights() {
      return batching.maxFlights * Math.max(1, inner.readyEndpoints);
    },
    tooLarge: () => limits.halve(),
    sendOne: (entry) => inner.unary(kv.put, entry.request, optionsOf(entry)),
    async sendAll(entries, timeoutMs) {
      const request: TxnRequestInput = {
        success: entries.map((entry) => ({ requestPut: entry.request })),
      };
      const options = { timeoutMs, idempotent, uncancelled: true };
      const { header, responses } = await inner.unary(kv.txn, request, options);
      return entries.map((_, index) => {
        const answer = responses[index]?.responsePut;
        if (answer === undefined) throw incomplete(kv.put.name);
        return { ...answer, header: wholeHeader(header, answer.header) };
      });
    },
  };
}

/** The options of a call that travels by itself; its signal and deadline are watched by the gatherer. */
function optionsOf<Request, Response>({
  options,
  timeoutMs,
}: Entry<Request, Response>): TransportCallOptions {
  return { ...options, timeoutMs };
}

/** Inside a transaction headers carry the revision alone. */
function wholeHeader(
  outer: ResponseHeader | undefined,
  inner: ResponseHeader | undefined,
): ResponseHeader | undefined {
  if (outer === undefined || inner === undefined) return outer;
  return {
    clusterId: outer.clusterId,
    memberId: outer.memberId,
    raftTerm: outer.raftTerm,
    revision: inner.revision,
  };
}

/** Calls with wishes of their own travel by themselves. */
function isPlain({ endpoint, metadata, requireLeader }: TransportCallOptions): boolean {
  return endpoint === undefined && metadata === undefined && requireLeader === undefined;
}

/** A linearizable read of one key as it is now, with nothing else asked for. */
function isPlainGet(request: RangeRequestInput): boolean {
  const { key: _, rangeEnd, ...more } = request;
  if (rangeEnd !== undefined && rangeEnd.length > 0) return false;
  for (const name in more) if (more[name as keyof typeof more]) return false;
  return true;
}

/** A put that asks for nothing but to be stored. */
function isPlainPut({ lease, prevKv, ignoreLease, ignoreValue }: PutRequestInput): boolean {
  return !(lease || prevKv || ignoreLease || ignoreValue);
}

function identityOf(key: Uint8Array): string {
  return Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString('latin1');
}

function incomplete(method: string): EtcdError {
  return new EtcdError('the server did not answer every operation of a batch', {
    code: 'INTERNAL',
    method,
  });
}
