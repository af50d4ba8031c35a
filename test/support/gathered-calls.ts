import type {
  PutRequestInput,
  PutResponse,
  RangeRequestInput,
  RangeResponse,
  ResponseOp,
  TxnRequestInput,
  TxnResponse,
} from '../../src/rpc/generated/types.js';
import type { Method } from '../../src/rpc/method.js';
import { kv } from '../../src/rpc/services.js';
import { BatchingTransport } from '../../src/transport/batching/batching-transport.js';
import {
  type BatchingOptions,
  checkBatchingOptions,
} from '../../src/transport/batching/options.js';
import type {
  AttemptOptions,
  CallProgress,
  SteeredTransport,
} from '../../src/transport/call/attempts.js';
import type { Channel } from '../../src/transport/channel/channel.js';
import { serverInfo } from '../../src/transport/connection/capabilities.js';
import type { Connection, Endpoint } from '../../src/transport/connection/endpoint.js';
import type { StreamPool } from '../../src/transport/connection/stream-pool.js';
import type { TransportCallOptions } from '../../src/transport/transport.js';
import { ManualClock } from './manual-clock.js';
import { ScriptedTransport } from './scripted-transport.js';
import { type Deferred, deferred } from './wait.js';

const HEADER = { clusterId: 1n, memberId: 2n, revision: 7n, raftTerm: 3n };
/** As servers write it inside a transaction. */
const BARE_HEADER = { clusterId: 0n, memberId: 0n, revision: 7n, raftTerm: 0n };

/** How a call reached the transport beneath the batching. */
export interface Reached {
  /** A whole call, one attempt of one, or a call that goes on. */
  readonly verb: 'unary' | 'attempt' | 'goOn';
  readonly options?: TransportCallOptions;
  /** Of an attempt. */
  readonly attempt?: AttemptOptions;
  readonly connection?: Connection | undefined;
  /** Of a call that goes on. */
  readonly progress?: CallProgress;
}

/** A call that reached the transport beneath the batching, and that the test answers. */
export class SentCall {
  readonly method: string;
  readonly request: unknown;
  readonly reached: Reached;
  readonly #answer: Deferred<unknown> = deferred();
  ended = false;

  constructor(method: string, request: unknown, reached: Reached) {
    this.method = method;
    this.request = request;
    this.reached = reached;
  }

  get promise(): Promise<unknown> {
    return this.#answer.promise;
  }

  /** The keys it asks for or writes, in order. */
  get keys(): string[] {
    if (this.method !== kv.txn.name) return [text((this.request as RangeRequestInput).key)];
    const { success = [] } = this.request as TxnRequestInput;
    return success.map((op) => text((op.requestRange ?? op.requestPut)?.key));
  }

  /** `get a`, `put a`, or what a batch holds: `get a+b`. */
  get name(): string {
    const { success } = this.request as TxnRequestInput;
    const puts = this.method === kv.put.name || success?.[0]?.requestPut !== undefined;
    return `${puts ? 'put' : 'get'} ${this.keys.join('+')}`;
  }

  /** The name of the endpoint it was sent to. */
  get endpoint(): string | undefined {
    return this.reached.connection?.endpoint.name;
  }

  /** Answers as a server does: each key's value is `value of <key>`, or of this many bytes. */
  succeed(valueBytes?: number): void {
    this.ended = true;
    this.#answer.resolve(this.#response(valueBytes));
  }

  fail(error: unknown): void {
    this.ended = true;
    this.#answer.reject(error);
  }

  #response(valueBytes: number | undefined): RangeResponse | PutResponse | TxnResponse {
    if (this.method === kv.range.name) {
      return rangeResponse(this.request as RangeRequestInput, HEADER, valueBytes);
    }
    if (this.method === kv.put.name) return { header: HEADER, prevKv: undefined };
    const { success = [] } = this.request as TxnRequestInput;
    const responses = success.map(
      (op): ResponseOp =>
        op.requestRange === undefined
          ? { responsePut: { header: BARE_HEADER, prevKv: undefined } }
          : { responseRange: rangeResponse(op.requestRange, BARE_HEADER, valueBytes) },
    );
    return { header: HEADER, succeeded: true, responses };
  }
}

function rangeResponse(
  { key = new Uint8Array() }: RangeRequestInput,
  header: RangeResponse['header'],
  valueBytes: number | undefined,
): RangeResponse {
  const value =
    valueBytes === undefined ? Buffer.from(`value of ${text(key)}`) : new Uint8Array(valueBytes);
  const numbers = { createRevision: 5n, modRevision: 6n, version: 2n, lease: 0n };
  return { header, kvs: [{ key, value, ...numbers }], more: false, count: 1n };
}

function text(bytes: Uint8Array | undefined): string {
  return Buffer.from(bytes ?? []).toString();
}

/** A network whose calls the test answers. */
class SteeredScript extends ScriptedTransport implements SteeredTransport {
  connections: readonly Connection[] = [];
  readonly sent: SentCall[] = [];

  override unary<Request, Response>(
    method: Method<Request, Response>,
    request: Request,
    options: TransportCallOptions = {},
  ): Promise<Response> {
    return this.#send(method, request, { verb: 'unary', options });
  }

  attempt<Request, Response>(
    method: Method<Request, Response>,
    request: Request,
    connection: Connection,
    attempt: AttemptOptions,
  ): Promise<Response> {
    return this.#send(method, request, { verb: 'attempt', connection, attempt });
  }

  goOn<Request, Response>(
    method: Method<Request, Response>,
    request: Request,
    options: TransportCallOptions,
    progress: CallProgress,
  ): Promise<Response> {
    const connection = progress.failed?.connection;
    return this.#send(method, request, { verb: 'goOn', options, progress, connection });
  }

  async #send<Request, Response>(
    method: Method<Request, Response>,
    request: Request,
    reached: Reached,
  ): Promise<Response> {
    const call = new SentCall(method.name, request, reached);
    this.sent.push(call);
    return (await call.promise) as Response;
  }
}

/** A connection to a server of this version. */
export function connectionTo(name: string, version = '3.5.30', isLearner = false): Connection {
  const info = { ...serverInfo(undefined, version), isLearner };
  return {
    endpoint: { name } as Endpoint,
    channel: {} as Channel,
    streams: {} as StreamPool,
    info,
  };
}

/** Batching over a network that is the test, and over a clock that the test moves. */
export function startBatching(
  options: BatchingOptions = {},
  connections: readonly Connection[] = [connectionTo('a')],
  timeoutMs = 5_000,
) {
  const network = new SteeredScript();
  network.connections = connections;
  const clock = new ManualClock();
  const batching = checkBatchingOptions(options);
  if (batching === undefined) throw new Error('nothing would be gathered');
  const transport = new BatchingTransport(network, { batching, timeoutMs, clock });
  const key = (name: string) => new Uint8Array(Buffer.from(name));
  return {
    network,
    clock,
    transport,
    get: (name: string, call?: TransportCallOptions) =>
      transport.unary(kv.range, { key: key(name) }, call),
    put: (name: string, request: PutRequestInput = {}, call?: TransportCallOptions) =>
      transport.unary(kv.put, { key: key(name), value: key('v'), ...request }, call),
    /** Lets everything happen that needs no time: answers come in one turn, and what they let go in the next. */
    async settle() {
      await clock.advance(0);
      await clock.advance(0);
    },
    /** The calls under way, by name. */
    get flying() {
      return network.sent.filter(({ ended }) => !ended).map(({ name }) => name);
    },
    /** The call of that name that was sent last. */
    sent(name: string): SentCall {
      const call = network.sent.findLast((one) => one.name === name);
      if (call === undefined)
        throw new Error(`${name} was not sent: ${network.sent.map((one) => one.name)}`);
      return call;
    },
  };
}
