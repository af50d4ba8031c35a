import type { GatherableTransport } from './batching/batching-transport.js';
import type { Transport } from './transport.js';

/** The three kinds of calls. */
export type TransportCalls = Pick<Transport, 'unary' | 'serverStream' | 'duplex'>;

/**
 * Stands between the client and its connections. It is asked once, when the client is made, and gives
 * the kinds of calls it wants to see; the others pass it by. Each call it is given it hands on to
 * `next`, changed or not, as often as it likes.
 *
 * It sees a call once, before its retries, and as it is sent: gathered reads are one transaction.
 * Logins and the client's own looks at its servers do not pass it.
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

/** The transport with interceptors before it; the first of them sees a call first. */
export function intercept(
  transport: GatherableTransport,
  interceptors: readonly Interceptor[] | undefined,
): GatherableTransport {
  if (interceptors === undefined || interceptors.length === 0) return transport;
  const calls = interceptors.reduceRight<TransportCalls>((next, interceptor) => {
    const own = interceptor(next);
    return {
      unary: (own.unary ?? next.unary).bind(own.unary === undefined ? next : own),
      serverStream: (own.serverStream ?? next.serverStream).bind(
        own.serverStream === undefined ? next : own,
      ),
      duplex: (own.duplex ?? next.duplex).bind(own.duplex === undefined ? next : own),
    };
  }, transport);
  return new InterceptedTransport(transport, calls);
}

/** What is not a call goes to the transport itself. */
class InterceptedTransport implements GatherableTransport {
  readonly unary: Transport['unary'];
  readonly serverStream: Transport['serverStream'];
  readonly duplex: Transport['duplex'];
  readonly #transport: GatherableTransport;

  constructor(transport: GatherableTransport, calls: TransportCalls) {
    this.#transport = transport;
    this.unary = calls.unary;
    this.serverStream = calls.serverStream;
    this.duplex = calls.duplex;
  }

  get canRangeStream(): boolean {
    return this.#transport.canRangeStream;
  }

  get connections(): GatherableTransport['connections'] {
    return this.#transport.connections;
  }

  close(): Promise<void> {
    return this.#transport.close();
  }
}
