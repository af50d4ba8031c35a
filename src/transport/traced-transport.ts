import { CallTrace, type TraceContext, traceCall, traceStream } from '../diagnostics/call-trace.js';
import { operationOf, outsideOperation } from '../diagnostics/operation.js';
import type { Report } from '../diagnostics/report.js';
import type { Clock } from '../internal/clock.js';
import type { Method } from '../rpc/method.js';
import type {
  Duplex,
  DuplexHandlers,
  ServerStream,
  Transport,
  TransportCallOptions,
} from './transport.js';
import { TransportLayer } from './transport-layer.js';

/**
 * A transport that tells each call of the user on `etcd-kit.call`: before interceptors and gathering, so once,
 * and where the user's asynchronous context is the present one. While nobody listens a call costs one look.
 */
export class TracedTransport extends TransportLayer {
  readonly #report: Report;
  readonly #clock: Clock;

  constructor(transport: Transport, report: Report, clock: Clock) {
    super(transport);
    this.#report = report;
    this.#clock = clock;
  }

  override unary<Request, Response>(
    method: Method<Request, Response>,
    request: Request,
    options?: TransportCallOptions,
  ): Promise<Response> {
    if (!this.#report.tracesCalls) return this.inner.unary(method, request, options);
    const context = this.#context(method.name, options);
    const traced = { ...options, trace: context.trace };
    return traceCall(context, () => this.inner.unary(method, request, traced));
  }

  override serverStream<Request, Response>(
    method: Method<Request, Response>,
    request: Request,
    options?: TransportCallOptions,
  ): ServerStream<Response> {
    if (!this.#report.tracesCalls) return this.inner.serverStream(method, request, options);
    const context = this.#context(method.name, options);
    const traced = { ...options, trace: context.trace };
    const stream = this.inner.serverStream(method, request, traced);
    return {
      [Symbol.asyncIterator]() {
        // Refuses a second iteration at once.
        const messages = stream[Symbol.asyncIterator]();
        return traceStream(context, { [Symbol.asyncIterator]: () => messages });
      },
      cancel: () => stream.cancel(),
    };
  }

  /** Streams that last have a channel of their own. They outlive the operation that opens them. */
  override duplex<Request, Response>(
    method: Method<Request, Response>,
    handlers: DuplexHandlers<Response>,
    options?: TransportCallOptions,
  ): Promise<Duplex<Request>> {
    return outsideOperation(() => this.inner.duplex(method, handlers, options));
  }

  #context(method: string, options: TransportCallOptions | undefined): TraceContext {
    return {
      trace: new CallTrace(operationOf(method, options?.operation), method),
      now: () => this.#clock.now(),
      ended: this.#report.callEnded,
    };
  }
}
