import { GrpcCode } from '../../../errors/index.js';
import type { TimerHandle } from '../../../internal/clock.js';
import { inMicrotask } from '../../../internal/next-turn.js';
import type { RawStatus, RawStream, StreamListener } from '../../../transport/channel/channel.js';
import type { CallMetadata } from '../../../transport/transport.js';
import type { Answers, Dispatcher, ServerCall } from '../server/dispatcher.js';
import type { ClientProcess } from './client-process.js';
import type { Connection } from './connection.js';
import type { World } from './world.js';

const EXPIRED: RawStatus = { code: GrpcCode.DEADLINE_EXCEEDED, details: 'Deadline exceeded' };
const EXPIRED_UNSENT: RawStatus = {
  code: GrpcCode.DEADLINE_EXCEEDED,
  details: 'Deadline exceeded: Waiting for LB pick',
};
const CANCELLED: RawStatus = { code: GrpcCode.CANCELLED, details: 'cancelled by the caller' };

/** The end of a call with a larger answer than is taken, as a transport over sockets has it. */
const tooLarge = (bytes: number, most: number): RawStatus => ({
  code: GrpcCode.RESOURCE_EXHAUSTED,
  details: `Received message larger than max (${bytes} vs ${most})`,
});

/** A call as its channel makes it. */
export interface MemoryCallContext {
  readonly world: World;
  /** The process of the client. */
  readonly process: ClientProcess;
  readonly path: string;
  readonly metadata: CallMetadata;
  /** Bytes of the largest answer that is taken. */
  readonly mostBytes: number;
  readonly listener: StreamListener;
  /** Told of each answer that arrives. */
  received(bytes: number): void;
  /** Told when nobody waits for the call any more. */
  abandoned(): void;
}

/** One call of a channel over a simulated connection. What it sends before there is a connection waits here. */
export class MemoryCall implements RawStream {
  readonly #context: MemoryCallContext;
  /** Acts at the server that were not sent yet. */
  #outbox: ((server: ServerCall) => void)[] = [];
  #send: ((acts: readonly ((server: ServerCall) => void)[]) => void) | undefined;
  #deadline: TimerHandle | undefined;
  /** Messages that arrived, and nobody has asked for yet. */
  readonly #arrived: Uint8Array[] = [];
  #asked = 0;
  #status: RawStatus | undefined;
  #over = false;

  constructor(context: MemoryCallContext) {
    this.#context = context;
  }

  /** True once the server may have heard of the call. */
  get begun(): boolean {
    return this.#send !== undefined;
  }

  begin(connection: Connection, server: Dispatcher): void {
    if (this.begun) return;
    let serverCall: ServerCall | undefined;
    const end = { broken: () => serverCall?.cancel(), frozen: () => {} };
    const answers = this.#answers(connection, () => connection.removeEnd(end));
    this.#send = (acts) =>
      connection.toServer(() => {
        if (serverCall === undefined) {
          connection.addEnd(end);
          serverCall = server.open(this.#context.path, this.#context.metadata, answers);
        }
        for (const act of acts) act(serverCall);
      });
    this.#flushSoon();
  }

  /** Sends what was written in one turn together: a call with one message is one packet each way. */
  #flushSoon(): void {
    inMicrotask(() => {
      const acts = this.#outbox;
      this.#outbox = [];
      this.#send?.(acts);
    });
  }

  /** The server's side: an answer and the status right behind it are one packet, too. */
  #answers(connection: Connection, over: () => void): Answers {
    let packet: Uint8Array[] | undefined;
    let status: RawStatus | undefined;
    const send = (): void => {
      const messages = packet ?? [];
      const end = status;
      packet = undefined;
      const arrive = (): void => {
        for (const bytes of messages) this.#receive(bytes);
        if (end !== undefined) this.#end(end);
      };
      const [first] = messages;
      if (first === undefined) connection.toClient(arrive);
      else connection.reply(this.#context.path, arrive, () => this.#receive(first));
    };
    const begin = (): Uint8Array[] => {
      if (packet === undefined) {
        packet = [];
        inMicrotask(send);
      }
      return packet;
    };
    return {
      message: (bytes) => void begin().push(bytes),
      status: (given) => {
        over();
        status = given;
        begin();
      },
    };
  }

  /** Ends the call after this time, unless it is over by then. */
  expireIn(timeoutMs: number): void {
    if (timeoutMs === Infinity) return;
    this.#deadline = this.#context.process.setTimeout(() => {
      this.#cancelOnServer();
      this.fail(this.begun ? EXPIRED : EXPIRED_UNSENT);
    }, timeoutMs);
  }

  read(): void {
    this.#asked += 1;
    if (this.#arrived.length > 0 || this.#status !== undefined) {
      this.#context.world.post(() => this.#deliver());
    }
  }

  write(message: Uint8Array): void {
    this.#act((server) => server.message(message));
    if (this.#context.listener.onWritten === undefined) return;
    this.#context.world.post(() => {
      if (!this.#over) this.#context.listener.onWritten?.();
    });
  }

  halfClose(): void {
    this.#act((server) => server.halfClose());
  }

  cancel(): void {
    if (this.#over) return;
    this.#cancelOnServer();
    this.fail(CANCELLED);
  }

  /** Cancels the call; nothing is told of it any more. */
  abandon(): void {
    if (this.#over) return;
    this.#cancelOnServer();
    this.#over = true;
    this.#deadline?.cancel();
    this.#context.abandoned();
  }

  #cancelOnServer(): void {
    this.#act((server) => server.cancel());
  }

  /** Ends the call from this side. */
  fail(status: RawStatus): void {
    this.#arrived.length = 0;
    this.#context.world.post(() => this.#finish(status));
  }

  #act(act: (server: ServerCall) => void): void {
    if (this.#over) return;
    this.#outbox.push(act);
    if (this.begun && this.#outbox.length === 1) this.#flushSoon();
  }

  #receive(bytes: Uint8Array): void {
    if (this.#status !== undefined) return;
    const { mostBytes, received } = this.#context;
    received(bytes.length);
    if (bytes.length > mostBytes) {
      this.#cancelOnServer();
      this.#end(tooLarge(bytes.length, mostBytes));
      return;
    }
    this.#arrived.push(bytes);
    this.#deliver();
  }

  #end(status: RawStatus): void {
    this.#status ??= status;
    this.#deliver();
  }

  /** Gives out what was asked for, and the end after the last message. */
  #deliver(): void {
    while (!this.#over && this.#asked > 0) {
      const bytes = this.#arrived.shift();
      if (bytes === undefined) break;
      this.#asked -= 1;
      this.#context.listener.onMessage(bytes);
    }
    if (this.#arrived.length === 0 && this.#status !== undefined) this.#finish(this.#status);
  }

  #finish(status: RawStatus): void {
    if (this.#over) return;
    this.#over = true;
    this.#deadline?.cancel();
    this.#context.listener.onEnd(status);
  }
}
