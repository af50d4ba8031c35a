import type { Method } from '../rpc/method.js';
import type {
  Duplex,
  DuplexHandlers,
  ServerStream,
  Transport,
  TransportCallOptions,
} from './transport.js';

/** A transport on top of another one. A subclass overrides what it changes; all else goes to the inner one. */
export abstract class TransportLayer<Inner extends Transport = Transport> implements Transport {
  protected readonly inner: Inner;

  constructor(inner: Inner) {
    this.inner = inner;
  }

  get canRangeStream(): boolean {
    return this.inner.canRangeStream;
  }

  unary<Request, Response>(
    method: Method<Request, Response>,
    request: Request,
    options?: TransportCallOptions,
  ): Promise<Response> {
    return this.inner.unary(method, request, options);
  }

  serverStream<Request, Response>(
    method: Method<Request, Response>,
    request: Request,
    options?: TransportCallOptions,
  ): ServerStream<Response> {
    return this.inner.serverStream(method, request, options);
  }

  duplex<Request, Response>(
    method: Method<Request, Response>,
    handlers: DuplexHandlers<Response>,
    options?: TransportCallOptions,
  ): Promise<Duplex<Request>> {
    return this.inner.duplex(method, handlers, options);
  }

  close(): Promise<void> {
    return this.inner.close();
  }
}
