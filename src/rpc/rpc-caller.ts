import type { Method } from './method.js';

/** Options of every raw call. All are optional; an explicit `undefined` means "not given". */
export interface RpcCallOptions {
  /** Cancels the call at any stage. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds until the call fails with a `TimeoutError`; 0 means no deadline. Default: the client's. */
  readonly timeoutMs?: number | undefined;
  /** Extra metadata for this call alone. Keys are lower case. */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  /** Sends the call to this endpoint and to no other. */
  readonly endpoint?: string | undefined;
}

/** Answers of a call that streams them: the next is asked for when the last was taken. */
export interface RpcStream<out Response> extends AsyncIterable<Response> {
  /** Ends the call; the iteration then ends with an `ABORTED` error. Harmless when it has ended. */
  cancel(): void;
  /** Ends the call. */
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * A call that streams both ways, on one connection: it does not survive a break. Answers are iterated
 * once; while they are not taken, the server is held back.
 */
export interface RpcDuplex<in Request, out Response> extends AsyncIterable<Response> {
  /**
   * Sends a message after those before it. Resolves when the connection has taken it, which may wait
   * for a connection or for the server; rejects when the message is wrong or the call is over.
   */
  send(message: Request): Promise<void>;
  /** Ends the call; the iteration then ends with an `ABORTED` error. Harmless when it has ended. */
  cancel(): void;
  /** Ends the call, and the iteration without an error. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** Callbacks of a duplex call. Nothing is called after `onEnd`, which is called exactly once. */
export interface RpcDuplexHandlers<Response> {
  /** Takes one message of the server. */
  onMessage(message: Response): void;
  /** Takes the end of the call, with its error if it failed. Called once. */
  onEnd(error: Error | undefined): void;
  /** Tells that messages can be written again. */
  onDrain(): void;
}

/** An open duplex call as its owner drives it. */
export interface RpcDuplexHandle<Request> {
  /** Sends a message; `false` asks the caller to wait for `onDrain`. */
  write(message: Request): boolean;
  /** Takes no messages until `resume`; the server is held back, too. */
  pause(): void;
  /** Takes messages again. */
  resume(): void;
}

/** Answers of a call as a transport gives them. */
export type RpcAnswers<Response> = Omit<RpcStream<Response>, typeof Symbol.asyncDispose>;

/** The three ways to call a server: what the stubs need of a transport. */
export interface RpcCaller {
  /** Makes a call with one answer. */
  unary<Request, Response>(
    method: Method<Request, Response>,
    request: Request,
    options?: RpcCallOptions,
  ): Promise<Response>;
  /** Makes a call with a stream of answers. */
  serverStream<Request, Response>(
    method: Method<Request, Response>,
    request: Request,
    options?: RpcCallOptions,
  ): RpcAnswers<Response>;
  /** Opens a stream both ways. */
  duplex<Request, Response>(
    method: Method<Request, Response>,
    handlers: RpcDuplexHandlers<Response>,
    options?: RpcCallOptions,
  ): Promise<RpcDuplexHandle<Request>>;
}
