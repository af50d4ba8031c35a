import type { Method } from '../../src/rpc/method.js';
import type { Transport, TransportCallOptions } from '../../src/transport/transport.js';

/** One call that reached the transport. */
export interface RecordedCall {
  readonly method: string;
  readonly request: unknown;
  readonly options: TransportCallOptions | undefined;
}

/** Answers unary calls by a function, and remembers them: for what is decided before anything is sent. */
export class RecordingTransport implements Transport {
  readonly canRangeStream = false;
  readonly calls: RecordedCall[] = [];
  readonly #answer: (method: string, request: unknown) => unknown;

  constructor(answer: (method: string, request: unknown) => unknown = () => ({})) {
    this.#answer = answer;
  }

  async unary<Request, Response>(
    method: Method<Request, Response>,
    request: Request,
    options?: TransportCallOptions,
  ): Promise<Response> {
    this.calls.push({ method: method.name, request, options });
    return this.#answer(method.name, request) as Response;
  }

  serverStream(): never {
    throw new Error('no stream was expected');
  }

  duplex(): never {
    throw new Error('no stream was expected');
  }

  async close(): Promise<void> {}
}
