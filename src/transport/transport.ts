import type { CallTrace } from '../diagnostics/call-trace.js';
import type { EtcdError } from '../errors/index.js';
import type { Method } from '../rpc/method.js';
import type { Capabilities } from './connection/capabilities.js';

/** String metadata sent with a call. Keys are lower case. */
export type CallMetadata = Readonly<Record<string, string>>;

/** Options of every call. All are optional; an explicit `undefined` means "not given". */
export interface CallOptions {
  /** Cancels the call at any stage. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds until the call fails with a `TimeoutError`; 0 means no deadline. Default: the client's. */
  readonly timeoutMs?: number | undefined;
  /** Extra metadata for this call alone. */
  readonly metadata?: CallMetadata | undefined;
}

/** Options that the layers above add for the transport; not part of the public options. */
export interface TransportCallOptions extends CallOptions {
  /** Sends the call to this endpoint and to no other. Refused if it is not one of the client's endpoints. */
  readonly endpoint?: string | undefined;
  /** Takes another endpoint than this one if there is any: the one a stream just broke on. */
  readonly avoid?: string | undefined;
  /** A write that may be repeated after an unknown outcome, because the caller said so. */
  readonly idempotent?: boolean | undefined;
  /** Overrides the method's retry rule: a transaction that only reads is a read. */
  readonly readOnly?: boolean | undefined;
  /** Upper limit on the reconnect pause of failed endpoints while this stream waits for one, in milliseconds. */
  readonly longestPauseMs?: (() => number) | undefined;
  /** Called just before each attempt is sent. A caller counts attempts with it, or starts its own time. */
  readonly onSend?: (() => void) | undefined;
  /**
   * `timeoutMs` is for each message of a server stream, or for the one answer of a unary call, and is
   * extended while bytes arrive. It has the default of a unary call.
   */
  readonly timeoutPerMessage?: boolean | undefined;
  /** `false`: a server stream that fails before its first message is not begun again; the caller knows another way. */
  readonly repeat?: boolean | undefined;
  /** Called when the time of a message was extended because bytes arrived. */
  readonly onProgress?: (() => void) | undefined;
  /** Asks the server to fail at once when it sees no leader. Default: the client's. */
  readonly requireLeader?: boolean | undefined;
  /** Name of the user's method that the call belongs to, where it is not that of the RPC. */
  readonly operation?: string | undefined;
  /** Trace of the call, which notes its attempts. There is one only while somebody listens. */
  readonly trace?: CallTrace | undefined;
}

/** Answers of a server-streaming call, read one by one: the next is asked for when the last was taken. */
export interface ServerStream<Response> extends AsyncIterable<Response> {
  /** Ends the call; the iteration then ends with an `ABORTED` error. Harmless when it has ended. */
  cancel(): void;
}

/** Callbacks of a stream that was opened. Nothing is called after `onEnd`, which is called exactly once. */
export interface DuplexHandlers<Response> {
  /** Takes one message of the server. */
  onMessage(message: Response): void;
  /** The stream ended: with an error, or gracefully (`undefined`). Either way it is over. */
  onEnd(error: EtcdError | undefined): void;
  /** Writing may go on after `write` returned `false`. */
  onDrain?(): void;
}

/** One bidirectional stream on one endpoint. It does not reconnect: see the resumable duplex for that. */
export interface Duplex<Request> {
  /** The endpoint at the other end. */
  readonly endpoint: string;
  /** Abilities of the server, as far as they are known now. Do not keep them: more may become known. */
  readonly capabilities: Capabilities;
  /**
   * Sends a message; `false` asks the caller to wait for `onDrain`. After the end of the stream the message
   * is dropped, and `onDrain` does not come.
   */
  write(message: Request): boolean;
  /**
   * Stops asking for messages: the server is held back by flow control. One message that was asked for
   * before may still come.
   */
  pause(): void;
  /** Takes messages again after `pause`. */
  resume(): void;
  /** Ends the stream; `onEnd` is called, with an `ABORTED` error. Harmless when it has ended. */
  cancel(): void;
  /**
   * The server said on the stream that it does not accept its token: the next stream gets another.
   *
   * @throws AuthenticationError when no other can be had, because the client has no credentials or only a
   *   fixed token
   */
  tokenRefused(error: EtcdError): void;
}

/** The whole way to a cluster: everything above speaks to etcd through these four. */
export interface Transport {
  /** Every server that is connected has `KV.RangeStream`, and calls go to members that serve it: learners refuse it. */
  readonly canRangeStream: boolean;
  unary<Request, Response>(
    method: Method<Request, Response>,
    request: Request,
    options?: TransportCallOptions,
  ): Promise<Response>;
  serverStream<Request, Response>(
    method: Method<Request, Response>,
    request: Request,
    options?: TransportCallOptions,
  ): ServerStream<Response>;
  /**
   * Opens a stream on a ready endpoint, waiting for one as long as `signal` allows. Rejects with an
   * error when none can be had. `onEnd` may be called before the promise resolves.
   */
  duplex<Request, Response>(
    method: Method<Request, Response>,
    handlers: DuplexHandlers<Response>,
    options?: TransportCallOptions,
  ): Promise<Duplex<Request>>;
  close(): Promise<void>;
}
