import { AbortError, type EtcdError } from '../../src/errors/index.js';
import { onAbort } from '../../src/internal/linked-signal.js';
import type { Method } from '../../src/rpc/method.js';
import { type Capabilities, capabilitiesOf } from '../../src/transport/connection/capabilities.js';
import type {
  Duplex,
  DuplexHandlers,
  ServerStream,
  Transport,
  TransportCallOptions,
} from '../../src/transport/transport.js';
import { type Deferred, deferred } from './wait.js';

/** One stream whose server is the test. */
export class ScriptedStream implements Duplex<unknown> {
  readonly endpoint: string;
  /** The version of the server, as far as it is known now. */
  version: string | undefined;
  /** What was written, in order. */
  readonly written: unknown[] = [];
  /** What `write` answers. */
  writable = true;
  /** Refusals of the token that the owner has reported. */
  readonly refusals: EtcdError[] = [];
  /** Thrown when a refusal is reported: no other token can be had. */
  noOtherToken: EtcdError | undefined;
  ended = false;
  /** The owner holds the server back. */
  paused = false;
  readonly #handlers: DuplexHandlers<unknown>;

  constructor(endpoint: string, handlers: DuplexHandlers<unknown>, version: string | undefined) {
    this.endpoint = endpoint;
    this.version = version;
    this.#handlers = handlers;
  }

  get capabilities(): Capabilities {
    return capabilitiesOf(this.version);
  }

  write(message: unknown): boolean {
    this.written.push(message);
    return this.writable;
  }

  pause(): void {
    this.paused = true;
  }

  resume(): void {
    this.paused = false;
  }

  cancel(): void {
    this.end(new AbortError('cancelled', { method: 'a stream' }));
  }

  tokenRefused(error: EtcdError): void {
    this.refusals.push(error);
    if (this.noOtherToken !== undefined) throw this.noOtherToken;
  }

  /** The server says something; also on a stream that is over, as a late message would come. */
  deliver(message: unknown): void {
    this.#handlers.onMessage(message);
  }

  /** There is room for writing again. */
  drain(): void {
    this.#handlers.onDrain?.();
  }

  /** The stream ends: with an error, or well. */
  end(error?: EtcdError): void {
    if (this.ended) return;
    this.ended = true;
    this.#handlers.onEnd(error);
  }
}

/** A stream that was asked for and that the test opens or fails. */
export class Opening {
  readonly method: string;
  readonly options: TransportCallOptions;
  readonly #handlers: DuplexHandlers<unknown>;
  readonly #answer: Deferred<ScriptedStream> = deferred();
  readonly #stopListening: () => void;
  /** The stream, when the test has opened it. */
  opened: ScriptedStream | undefined;

  constructor(
    method: string,
    handlers: DuplexHandlers<unknown>,
    options: TransportCallOptions = {},
  ) {
    this.method = method;
    this.options = options;
    this.#handlers = handlers;
    this.#stopListening = onAbort(options.signal, () =>
      this.fail(new AbortError('aborted', { method })),
    );
  }

  get promise(): Promise<ScriptedStream> {
    return this.#answer.promise;
  }

  /** @param version of the server, which decides what it can do */
  open(endpoint = 'a:1', version?: string): ScriptedStream {
    this.#stopListening();
    const stream = new ScriptedStream(endpoint, this.#handlers, version);
    this.opened = stream;
    this.#answer.resolve(stream);
    return stream;
  }

  fail(error: EtcdError): void {
    this.#stopListening?.();
    this.#answer.reject(error);
  }
}

/** A transport without a network: what it answers, and when, is up to the test. */
export class ScriptedTransport implements Transport {
  readonly canRangeStream = false;
  /** Every stream that was asked for. */
  readonly openings: Opening[] = [];
  /** The answers to unary calls. */
  answer: (method: string, request: unknown, options: TransportCallOptions) => unknown = () => ({});

  /** The stream that was asked for last. */
  get last(): Opening {
    const last = this.openings.at(-1);
    if (last === undefined) throw new Error('no stream was asked for');
    return last;
  }

  async unary<Request, Response>(
    method: Method<Request, Response>,
    request: Request,
    options: TransportCallOptions = {},
  ): Promise<Response> {
    return (await this.answer(method.name, request, options)) as Response;
  }

  serverStream(): ServerStream<never> {
    throw new Error('no stream of answers was expected');
  }

  duplex<Request, Response>(
    method: Method<Request, Response>,
    handlers: DuplexHandlers<Response>,
    options?: TransportCallOptions,
  ): Promise<Duplex<Request>> {
    const opening = new Opening(method.name, handlers as DuplexHandlers<unknown>, options);
    this.openings.push(opening);
    return opening.promise;
  }

  async close(): Promise<void> {}
}
