import type { Method } from '../rpc/method.js';
import type { CallOptions, Duplex, DuplexHandlers, ServerStream } from './transport.js';

/** Options of a call that an interceptor sees: those that a user can give, and nothing else. */
export interface InterceptedCallOptions extends CallOptions {
  /** Endpoint that the call is sent to, and to no other. */
  readonly endpoint?: string | undefined;
  /** The write may be repeated after an unknown outcome. */
  readonly idempotent?: boolean | undefined;
  /** Asks the server to fail at once when it sees no leader. */
  readonly requireLeader?: boolean | undefined;
}

/** The three kinds of calls. */
export interface TransportCalls {
  /** Makes a call with one answer. */
  unary<Request, Response>(
    method: Method<Request, Response>,
    request: Request,
    options?: InterceptedCallOptions,
  ): Promise<Response>;
  /** Makes a call with a stream of answers. */
  serverStream<Request, Response>(
    method: Method<Request, Response>,
    request: Request,
    options?: InterceptedCallOptions,
  ): ServerStream<Response>;
  /** Opens a stream both ways. */
  duplex<Request, Response>(
    method: Method<Request, Response>,
    handlers: DuplexHandlers<Response>,
    options?: InterceptedCallOptions,
  ): Promise<Duplex<Request>>;
}

/**
 * Stands between the client and its connections. It is asked once, when the client is made, and gives
 * the kinds of calls it wants to see; the others pass it by. It hands each call it is given on to `next`,
 * changed or not, as often as it likes.
 *
 * Each call of the user is seen once, as it was made: before it is gathered with others, and before its
 * retries. Calls of `etcd.rpc` and streams pass it, too. Logins and the client's own looks at its servers
 * do not.
 *
 * @example
 * const timing: Interceptor = (next) => ({
 *   async unary(method, request, options) {
 *     const start = performance.now();
 *     try {
 *       return await next.unary(method, request, options);
 *     } finally {
 *       console.log(method.name, performance.now() - start);
 *     }
 *   },
 * });
 */
export type Interceptor = (next: TransportCalls) => Partial<TransportCalls>;
