import { AbortError, type EtcdError, GrpcCode } from '../../errors/index.js';
import type { Method } from '../../rpc/method.js';
import type { CallScope } from '../call-scope.js';
import type { RawStatus, RawStream } from '../channel/channel.js';
import type { Capabilities } from '../connection/capabilities.js';
import type { Duplex, DuplexHandlers, TransportCallOptions } from '../transport.js';
import { type CallContext, unreadable } from './call-context.js';
import { ReceiptWatch } from './silence.js';
import { type StreamStart, streamFailure } from './stream-call.js';

/** Messages that may wait to be written before the owner is asked to hold back. */
const WRITE_QUEUE = 64;

/** One bidirectional stream on one connection. */
export class DuplexCall<Request, Response> implements Duplex<Request> {
  readonly #context: CallContext;
  readonly #method: Method<Request, Response>;
  readonly #start: StreamStart;
  readonly #handlers: DuplexHandlers<Response>;
  readonly #scope: CallScope;
  readonly #raw: RawStream;
  /** Messages not yet handed on: the channel takes one at a time. */
  readonly #queue: Uint8Array[] = [];
  #writing = false;
  #full = false;
  #paused = false;
  /** A message has been asked for and has not come. */
  #reading = false;
  readonly #receipts: ReceiptWatch;
  #over = false;

  constructor(
    context: CallContext,
    method: Method<Request, Response>,
    start: StreamStart,
    handlers: DuplexHandlers<Response>,
    options: TransportCallOptions,
    scope: CallScope,
  ) {
    this.#context = context;
    this.#method = method;
    this.#start = start;
    this.#handlers = handlers;
    this.#scope = scope;
    const { connection, permit } = start;
    this.#receipts = new ReceiptWatch({
      clock: context.clock,
      connection,
      channel: permit.channel,
    });
    this.#raw = start.permit.channel.stream(
      method.path,
      context.metadata(start.token, options),
      Infinity,
      {
        onMessage: (bytes) => this.#onMessage(bytes),
        onEnd: (status) => this.#onStatus(status),
        onWritten: () => this.#writeNext(),
      },
    );
    start.connection.endpoint.streams.add(this.#moveOn);
    this.#tell('opened', undefined);
    scope.whenInterrupted((error) => this.#end(error));
    this.#read();
  }

  get endpoint(): string {
    return this.#start.connection.endpoint.name;
  }

  get capabilities(): Capabilities {
    const { connection } = this.#start;
    const now = connection.endpoint.connection;
    // A server may tell its version only after this stream was opened: once somebody has signed in.
    return now?.channel === connection.channel ? now.info : connection.info;
  }

  write(message: Request): boolean {
    if (this.#over) return false;
    this.#queue.push(this.#method.encode(message));
    if (!this.#writing) this.#writeNext();
    // It stays full until all is written: who was refused waits for `onDrain`.
    if (this.#queue.length >= WRITE_QUEUE) this.#full = true;
    return !this.#full;
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.#read();
  }

  cancel(): void {
    this.#end(
      new AbortError(`${this.#method.name} was cancelled`, {
        method: this.#method.name,
        endpoint: this.endpoint,
      }),
    );
  }

  tokenRefused(error: EtcdError): void {
    if (this.#context.auth === undefined) throw error;
    this.#context.auth.refused(this.#start.token, error);
  }

  /** The endpoint was taken out of the client: as if the stream had ended by itself. */
  readonly #moveOn = (): void => this.#end(undefined);

  #writeNext(): void {
    const message = this.#queue.shift();
    this.#writing = message !== undefined;
    if (message !== undefined) {
      this.#raw.write(message);
      this.#receipts.sent();
    }
    if (this.#full && this.#queue.length === 0) {
      this.#full = false;
      this.#handlers.onDrain?.();
    }
  }

  #read(): void {
    if (this.#paused || this.#reading || this.#over) return;
    this.#reading = true;
    this.#raw.read();
  }

  #onMessage(bytes: Uint8Array): void {
    if (this.#over) return;
    this.#reading = false;
    const { connection } = this.#start;
    try {
      const message = this.#method.decode(bytes);
      const wrong = this.#context.balancer.verify(connection, message);
      if (wrong !== undefined) {
        this.#end(wrong);
        return;
      }
      connection.endpoint.succeeded();
      this.#handlers.onMessage(message);
    } catch (cause) {
      // The owner could make no sense of it either: thrown here, it would end the process.
      this.#end(unreadable(this.#method.name, connection, cause));
      return;
    }
    this.#read();
  }

  #onStatus(status: RawStatus): void {
    // A stream that the client ended has a status as well, and nobody wants an error of it.
    if (this.#over) return;
    this.#end(
      status.code === GrpcCode.OK
        ? undefined
        : streamFailure(this.#context, this.#method, this.#start, status),
    );
  }

  #end(error: EtcdError | undefined): void {
    if (this.#over) return;
    this.#over = true;
    this.#queue.length = 0;
    this.#receipts.close();
    this.#start.connection.endpoint.streams.delete(this.#moveOn);
    this.#scope.dispose();
    this.#raw.cancel();
    this.#start.permit.release();
    // That the client ended it is no error.
    this.#tell('ended', error?.code === 'ABORTED' ? undefined : error);
    this.#handlers.onEnd(error);
  }

  #tell(kind: 'opened' | 'ended', error: EtcdError | undefined): void {
    const { endpoint } = this;
    this.#context.report?.tell('stream', { kind, method: this.#method.name, endpoint, error });
  }
}
