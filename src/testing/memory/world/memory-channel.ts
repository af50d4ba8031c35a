import { GrpcCode } from '../../../errors/index.js';
import type { TimerHandle } from '../../../internal/clock.js';
import {
  type CancelCall,
  type Channel,
  type ChannelContext,
  type ChannelState,
  LARGEST_ANSWER_BYTES,
  type RawStatus,
  type RawStream,
  type StreamListener,
} from '../../../transport/channel/channel.js';
import type { CallMetadata } from '../../../transport/transport.js';
import type { Dispatcher } from '../server/dispatcher.js';
import type { ClientProcess } from './client-process.js';
import { Connection } from './connection.js';
import type { Faults } from './faults.js';
import { MemoryCall } from './memory-call.js';
import type { World } from './world.js';

/** Things that the client's side of a connection needs. */
export interface MemoryChannelContext {
  readonly world: World;
  /** The process of the client. */
  readonly process: ClientProcess;
  /** The faults that a connection made now has. */
  faults(): readonly Faults[];
  /** The server at the other end, if there is one that runs. */
  server(): Dispatcher | undefined;
  /** A connection was made to the server. */
  connected(connection: Connection): void;
  /** A call is made: its path, for the error about a program that never comes to rest. */
  called(path: string): void;
}

/** The client's pings by default, as the transport over sockets has them. */
const PING_INTERVAL_MS = 10_000;
const PING_TIMEOUT_MS = 3_000;
/** The number of streams that etcd allows on a connection. */
const STREAM_LIMIT = 2 ** 32 - 1;

const unavailable = (details: string): RawStatus => ({ code: GrpcCode.UNAVAILABLE, details });
const NOT_CONNECTED = unavailable('No connection established: nothing answers in memory');
const DROPPED = unavailable('Connection dropped');
const CLOSED = unavailable('Channel closed before call started');
const NO_ANSWER: RawStatus = { code: GrpcCode.INTERNAL, details: 'No message received' };

/** A channel over a simulated connection. */
export class MemoryChannel implements Channel {
  readonly #context: MemoryChannelContext;
  readonly #config: ChannelContext;
  readonly #calls = new Set<MemoryCall>();
  readonly #watching: { readonly from: ChannelState; readonly changed: () => void }[] = [];
  #state: ChannelState = 'idle';
  #connection: Connection | undefined;
  #server: Dispatcher | undefined;
  #received = 0;
  #ping: TimerHandle | undefined;

  constructor(context: MemoryChannelContext, config: ChannelContext) {
    this.#context = context;
    this.#config = config;
  }

  get state(): ChannelState {
    return this.#state;
  }

  readonly streamLimit = STREAM_LIMIT;

  get receivedBytes(): number {
    return this.#received;
  }

  connect(): void {
    if (this.#state !== 'idle' && this.#state !== 'failed') return;
    this.#become('connecting');
    const { world, process, faults, server, connected } = this.#context;
    const connection = new Connection(world, process, faults());
    this.#connection = connection;
    connection.addEnd({
      broken: () => process.receive(() => this.#lost(connection)),
      frozen: () => this.#frozen(),
    });
    connection.toServer(() => {
      const dispatcher = server();
      if (dispatcher === undefined) {
        connection.break();
        return;
      }
      connected(connection);
      connection.toClient(() => {
        this.#server = dispatcher;
        if (this.#state === 'connecting') this.#become('ready');
        for (const call of this.#calls) call.begin(connection, dispatcher);
      });
    });
  }

  onStateChange(from: ChannelState, changed: () => void): void {
    if (this.#state === from) this.#watching.push({ from, changed });
    else this.#context.world.post(changed);
  }

  unary(
    path: string,
    metadata: CallMetadata,
    timeoutMs: number,
    message: Uint8Array,
    done: (status: RawStatus, answer: Uint8Array | undefined) => void,
  ): CancelCall {
    let answer: Uint8Array | undefined;
    const call = this.#open(path, metadata, timeoutMs, {
      onMessage: (bytes) => {
        answer = bytes;
      },
      onEnd: (status) => {
        if (status.code !== 0) done(status, undefined);
        else done(answer === undefined ? NO_ANSWER : status, answer);
      },
    });
    call.read();
    call.write(message);
    call.halfClose();
    return () => call.abandon();
  }

  stream(
    path: string,
    metadata: CallMetadata,
    timeoutMs: number,
    listener: StreamListener,
  ): RawStream {
    return this.#open(path, metadata, timeoutMs, listener);
  }

  close(): void {
    this.#become('closed');
    if (this.#calls.size === 0) this.#connection?.break();
  }

  destroy(): void {
    this.#become('closed');
    this.#connection?.break();
  }

  #open(
    path: string,
    metadata: CallMetadata,
    timeoutMs: number,
    listener: StreamListener,
  ): MemoryCall {
    const { world, process, called } = this.#context;
    called(path);
    const call = new MemoryCall({
      world,
      process,
      path,
      metadata,
      mostBytes: this.#config.maxReceiveBytes ?? LARGEST_ANSWER_BYTES,
      listener: {
        onMessage: (bytes) => {
          listener.onMessage(bytes);
        },
        onEnd: (status) => {
          this.#over(call);
          listener.onEnd(status);
        },
        ...(listener.onWritten && { onWritten: () => listener.onWritten?.() }),
      },
      received: (bytes) => {
        this.#received += bytes;
      },
      abandoned: () => this.#over(call),
    });
    call.expireIn(timeoutMs);
    if (this.#state === 'closed') {
      call.fail(CLOSED);
      return call;
    }
    this.#calls.add(call);
    if (this.#state === 'ready' && this.#connection !== undefined && this.#server !== undefined) {
      call.begin(this.#connection, this.#server);
      if (this.#connection.isFrozen) this.#frozen();
    } else {
      this.connect();
    }
    return call;
  }

  #over(call: MemoryCall): void {
    this.#calls.delete(call);
    if (this.#state === 'closed' && this.#calls.size === 0) this.#connection?.break();
  }

  /** The connection is gone, or could not be made. */
  #lost(connection: Connection): void {
    if (connection !== this.#connection) return;
    this.#ping?.cancel();
    this.#ping = undefined;
    this.#connection = undefined;
    this.#server = undefined;
    const calls = [...this.#calls];
    if (this.#state === 'connecting') this.#become('failed');
    else if (this.#state === 'ready') this.#become('idle');
    for (const call of calls) call.fail(call.begun ? DROPPED : NOT_CONNECTED);
  }

  /** Plans what pings would find out: a connection with calls on it over which nothing comes back. */
  #frozen(): void {
    const connection = this.#connection;
    if (connection === undefined || this.#ping !== undefined || this.#calls.size === 0) return;
    const { intervalMs = PING_INTERVAL_MS, timeoutMs = PING_TIMEOUT_MS } =
      this.#config.keepAlive ?? {};
    this.#ping = this.#context.process.setTimeout(() => {
      this.#ping = undefined;
      if (connection.isFrozen && this.#calls.size > 0) connection.break();
    }, intervalMs + timeoutMs);
  }

  #become(state: ChannelState): void {
    if (this.#state === state || this.#state === 'closed') return;
    this.#state = state;
    for (const { changed } of this.#watching.splice(0)) this.#context.world.post(changed);
  }
}
