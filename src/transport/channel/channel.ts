import type { Clock } from '../../internal/clock.js';
import type { CallMetadata } from '../transport.js';
import type { Address } from './address.js';
import type { KeepAliveOptions } from './keep-alive-options.js';
import type { TlsOptions } from './tls-options.js';

/** The lowest limit that HTTP/2 recommends, and that of common proxies: for a peer whose limit is not known. */
export const USUAL_STREAM_LIMIT = 100;

/**
 * The largest answer: what a Go server can send at most. Answers of etcd may be as large as they are; a
 * length beyond this is garbage, and waiting for that many bytes would never end.
 */
export const LARGEST_ANSWER_BYTES = 2 ** 31 - 1;

/** The status of a call, from the wire. */
export interface RawStatus {
  readonly code: number;
  readonly details: string;
}

/** Stops a call; nothing is reported of it afterwards. */
export type CancelCall = () => void;

/** Callbacks of a stream of answers. Nothing comes after `onEnd`, which comes once. */
export interface StreamListener {
  onMessage(bytes: Uint8Array): void;
  onEnd(status: RawStatus): void;
  /** A written message was taken by the connection. */
  onWritten?(): void;
}

/** A call that stays open. One message is delivered for each `read()`. */
export interface RawStream {
  read(): void;
  write(message: Uint8Array): void;
  /** Nothing more will be written. */
  halfClose(): void;
  /** Ends the call; `onEnd` follows. */
  cancel(): void;
}

/**
 * The state of a channel.
 *
 * - `idle`: it is not connected, and nothing is done about it.
 * - `connecting`: it is about to be.
 * - `ready`: calls are sent at once.
 * - `failed`: it could not connect.
 * - `closed`: for good, by `close()` or, where a channel does not connect again, by a loss.
 */
export type ChannelState = 'idle' | 'connecting' | 'ready' | 'failed' | 'closed';

/**
 * One connection to one endpoint, over which calls of gRPC are made: all that the transport knows of the
 * wire. It connects with its first call, or when it is told to. After a loss it may connect again or not, so
 * callers close it and open another. No method throws for the state that the
 * channel is in: calls over a closed one fail with a status.
 */
export interface Channel {
  readonly state: ChannelState;
  /** Connects, if it does not already. */
  connect(): void;
  /**
   * Calls `changed` once, at the next change to another state than `from`. `from` must be the present state:
   * for another one a channel may call soon, or only after a later change. A closed channel may never call.
   */
  onStateChange(from: ChannelState, changed: () => void): void;
  /** Streams that the peer allows at a time. It may change its mind at any time. */
  readonly streamLimit: number;
  /** Bytes that have arrived so far: a peer whose number grows is alive. 0 where they cannot be seen. */
  readonly receivedBytes: number;
  /**
   * Sends one message and reads one answer.
   *
   * @param metadata is not written to, neither here nor by anybody else: it may be shared
   * @param timeoutMs of the call, which the server is told; `Infinity` for none
   * @param done is called once, not before this method has returned: with the bytes of the answer, or
   * without them and the status
   */
  unary(
    path: string,
    metadata: CallMetadata,
    timeoutMs: number,
    message: Uint8Array,
    done: (status: RawStatus, answer: Uint8Array | undefined) => void,
  ): CancelCall;
  /** Opens a stream. Nothing is read before the first `read()`, and nothing told before this method has returned. */
  stream(
    path: string,
    metadata: CallMetadata,
    timeoutMs: number,
    listener: StreamListener,
  ): RawStream;
  /** Takes no more calls, and ends the connection when those under way have ended. */
  close(): void;
  /** Ends the connection at once, and with it the calls that are under way there. */
  destroy(): void;
}

/** Settings that all channels of a client share. */
export interface ChannelContext {
  readonly tls?: TlsOptions | (() => Promise<TlsOptions>) | undefined;
  readonly keepAlive?: KeepAliveOptions | undefined;
  /** Bytes of the largest answer that is taken. Default: {@link LARGEST_ANSWER_BYTES}. */
  readonly maxReceiveBytes?: number | undefined;
  /** The name told to a server, or a proxy, over a plain connection. Default: the endpoint's host and port. */
  readonly authority?: string | undefined;
  /** Default: that of the system. */
  readonly clock?: Clock | undefined;
}

/**
 * Makes the channel for one connection. TLS options that come from a function are read here, so a
 * renewed certificate is used from the next connection on.
 */
export type OpenChannel = (address: Address, context: ChannelContext) => Promise<Channel>;

/** Counts the bytes that arrive over a channel from now on. */
export function receivedFromNow(channel: Channel): () => number {
  const before = channel.receivedBytes;
  return () => channel.receivedBytes - before;
}
