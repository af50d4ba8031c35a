import { GrpcCode } from '../../errors/index.js';
import { systemClock } from '../../internal/clock.js';
import {
  type CallListener,
  Connection,
  type ConnectionState,
  dial,
  type RequestOrigin,
  type Security,
  type Stream,
} from '../../wire/index.js';
import type { CallMetadata } from '../transport.js';
import type { Address } from './address.js';
import {
  type CancelCall,
  type Channel,
  type ChannelContext,
  type ChannelState,
  LARGEST_ANSWER_BYTES,
  type OpenChannel,
  type RawStatus,
  type RawStream,
  type StreamListener,
  USUAL_STREAM_LIMIT,
} from './channel.js';
import { pulseTimes } from './keep-alive-options.js';
import { CANCELLED, NO_ANSWER, TOO_MANY_ANSWERS } from './raw-status.js';
import { readTls } from './tls-options.js';
import { tlsSecurity } from './tls-security.js';

/** Makes a channel that speaks HTTP/2 by itself. */
export const openDirectChannel: OpenChannel = async (
  address: Address,
  context: ChannelContext,
): Promise<DirectChannel> => {
  const tls = await readTls(context.tls);
  return new DirectChannel(address, tlsSecurity(address, tls), context);
};

/** Somebody who waits for the state to change. */
interface Watcher {
  readonly from: ChannelState;
  readonly changed: () => void;
}

/** A connection over our own HTTP/2. It is made once: one that has failed or was lost does not come back. */
class DirectChannel implements Channel {
  readonly #address: Address;
  readonly #security: Security | undefined;
  readonly #context: ChannelContext;
  readonly #connection: Connection;
  #state: ChannelState = 'idle';
  #watchers: Watcher[] = [];
  #giveUp: () => void = () => {};

  constructor(address: Address, security: Security | undefined, context: ChannelContext) {
    this.#address = address;
    this.#security = security;
    this.#context = context;
    this.#connection = new Connection({
      clock: context.clock ?? systemClock,
      origin: originOf(address, context),
      pulse: pulseTimes(context.keepAlive),
      mostMessageBytes: context.maxReceiveBytes ?? LARGEST_ANSWER_BYTES,
      onState: (state) => this.#follow(state),
    });
  }

  get state(): ChannelState {
    return this.#state;
  }

  get streamLimit(): number {
    return this.#connection.streamLimit ?? USUAL_STREAM_LIMIT;
  }

  get receivedBytes(): number {
    return this.#connection.receivedBytes;
  }

  connect(): void {
    if (this.#state !== 'idle') return;
    const connection = this.#connection;
    this.#giveUp = dial({
      clock: this.#context.clock ?? systemClock,
      place: this.#address.place,
      security: this.#security,
      connected: (link) => connection.attach(link),
      received: (bytes, length) => connection.receive(bytes, length),
      drained: () => connection.drained(),
      lost: (reason) => connection.lost(reason),
    });
    this.#setState('connecting');
  }

  onStateChange(from: ChannelState, changed: () => void): void {
    this.#watchers.push({ from, changed });
  }

  unary(
    path: string,
    metadata: CallMetadata,
    timeoutMs: number,
    message: Uint8Array,
    done: (status: RawStatus, answer: Uint8Array | undefined) => void,
  ): CancelCall {
    this.connect();
    const answer = new UnaryAnswer(done);
    const stream = this.#connection.call(path, metadata, timeoutMs, answer, message);
    answer.stream = stream;
    // A second answer would be an error, and is not seen unless it is asked for.
    stream.read(2);
    return () => stream.cancel();
  }

  stream(
    path: string,
    metadata: CallMetadata,
    timeoutMs: number,
    listener: StreamListener,
  ): RawStream {
    this.connect();
    const stream = this.#connection.call(path, metadata, timeoutMs, listener);
    return {
      read: () => stream.read(),
      write: (message) => stream.write(message),
      halfClose: () => stream.halfClose(),
      cancel: () => stream.cancel(CANCELLED),
    };
  }

  close(): void {
    const wasConnecting = this.#state === 'connecting';
    this.#setState('closed');
    this.#connection.close();
    if (wasConnecting) this.#giveUp();
  }

  destroy(): void {
    this.close();
    this.#connection.destroy();
  }

  #follow(state: ConnectionState): void {
    if (state === 'ready') this.#setState('ready');
    else if (this.#state === 'connecting') this.#setState('failed');
    else this.#setState('closed');
  }

  #setState(state: ChannelState): void {
    // What was closed or has failed stays so.
    if (this.#state === state || this.#state === 'closed') return;
    if (this.#state === 'failed' && state !== 'closed') return;
    this.#state = state;
    const watchers = this.#watchers;
    this.#watchers = [];
    for (const watcher of watchers) {
      if (watcher.from === state) this.#watchers.push(watcher);
      else watcher.changed();
    }
  }
}

/** Returns what requests call their server. Over TLS it has the name that its certificate is checked for. */
function originOf(address: Address, { authority }: ChannelContext): RequestOrigin {
  if (address.secure) return { scheme: 'https', authority: address.authority };
  return { scheme: 'http', authority: authority ?? address.authority };
}

/** Makes one answer of what comes for a unary call. */
class UnaryAnswer implements CallListener {
  readonly #done: (status: RawStatus, answer: Uint8Array | undefined) => void;
  #answer: Uint8Array | undefined;
  /** The stream of the call; nothing comes before it is known. */
  stream: Stream | undefined;

  constructor(done: (status: RawStatus, answer: Uint8Array | undefined) => void) {
    this.#done = done;
  }

  onMessage(message: Uint8Array): void {
    if (this.#answer === undefined) {
      this.#answer = message;
      return;
    }
    this.stream?.cancel();
    this.#done(TOO_MANY_ANSWERS, undefined);
  }

  onEnd(status: RawStatus): void {
    if (status.code !== GrpcCode.OK) this.#done(status, undefined);
    else if (this.#answer === undefined) this.#done(NO_ANSWER, undefined);
    else this.#done(status, this.#answer);
  }
}
