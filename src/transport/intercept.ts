import type { GatherableTransport } from './batching/batching-transport.js';
import type { Interceptor, TransportCalls } from './interceptors.js';
import type { Transport } from './transport.js';

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
