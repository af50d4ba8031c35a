import { type ErrorCode, EtcdError } from '../../errors/index.js';
import { Backoff, type BackoffShape } from '../../internal/backoff.js';
import type { Clock, TimerHandle } from '../../internal/clock.js';
import type { Method } from '../../rpc/method.js';
import type { Duplex, Transport, TransportCallOptions } from '../transport.js';

/**
 * The owner of a stream that outlives its connections. It keeps all that must survive (resume points,
 * deadlines) and says it again on each new stream.
 */
export interface ResumableHandlers<Request, Response> {
  /** A new stream is open: say everything again. */
  onOpen(stream: Duplex<Request>): void;
  onMessage(message: Response, stream: Duplex<Request>): void;
  /**
   * The stream ended; another will follow, at once after `succeeded()`. Nothing can be written until
   * `onOpen`.
   */
  onBreak(error: EtcdError | undefined): void;
  /** A stream could not be opened; another attempt follows. */
  onOpenFailed?(error: EtcdError): void;
  /** There will be no other stream: the client was closed, or no server accepts this client. */
  onFatal(error: EtcdError): void;
  /** Writing may go on after a `write` that answered `false`. */
  onDrain?(): void;
}

/** Settings of a resumable stream. */
export interface ResumableContext<Request, Response> {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly method: Method<Request, Response>;
  readonly options?: Pick<TransportCallOptions, 'metadata' | 'requireLeader'> | undefined;
  /**
   * The longest pause that may be made now, between streams and between attempts to reach an endpoint.
   * Default: the back-off's own.
   */
  readonly longestPauseMs?: (() => number) | undefined;
  /** The pauses between streams. Default: up to 2 s. */
  readonly backoff?: BackoffShape | undefined;
}

/**
 * The state of a resumable stream.
 *
 * - `pausing`: the last one ended; a timer brings the next.
 * - `opening`: waiting for a token and a ready endpoint.
 * - `open`: messages go both ways.
 * - `over`: disposed, or fatally ended.
 */
type State<Request> =
  | { readonly kind: 'pausing'; readonly timer: TimerHandle }
  | { readonly kind: 'opening' }
  | { readonly kind: 'open'; readonly stream: Duplex<Request>; readonly since: number }
  | { readonly kind: 'over' };

/** The first new stream comes at once, the next ones after longer and longer pauses. */
const BACKOFF: BackoffShape = { initialMs: 25, maxMs: 2_000 };

/** A stream that lasted this long worked: its end is a first failure again. */
const WORKED_AFTER_MS = 1_000;

/** Failures to open a stream that another endpoint, another token or more time do not cure. */
const FATAL: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'ABORTED',
  'AUTHENTICATION_FAILED',
  'CLIENT_CLOSED',
  'CLUSTER_ID_MISMATCH',
  'INVALID_ARGUMENT',
  'UNIMPLEMENTED',
]);

/** Failures of a stream that was open which no other stream will do better with. */
const FATAL_WHEN_OPEN: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'AUTHENTICATION_FAILED',
  'CLIENT_CLOSED',
  // It would come again on the next stream: the limit is the client's own.
  'RESPONSE_TOO_LARGE',
  'UNIMPLEMENTED',
]);

/** Returns whether a failure to open a stream, or the end of one, is the end of all. */
export function isFatal(error: EtcdError | undefined, wasOpen: boolean): boolean {
  return error !== undefined && (wasOpen ? FATAL_WHEN_OPEN : FATAL).has(error.code);
}

/**
 * A bidirectional stream that is opened again whenever it ends, without limit. It goes to another endpoint if
 * there is one, with a new token if the old one was refused, after jittered pauses. Watches and lease
 * renewals use it.
 */
export class ResumableDuplex<Request, Response> {
  readonly #context: ResumableContext<Request, Response>;
  readonly #handlers: ResumableHandlers<Request, Response>;
  readonly #backoff: Backoff;
  readonly #abort = new AbortController();
  #state: State<Request> = { kind: 'opening' };
  #lastEndpoint: string | undefined;

  /** Opening begins at once; the owner hears of it later, never from within the constructor. */
  constructor(
    context: ResumableContext<Request, Response>,
    handlers: ResumableHandlers<Request, Response>,
  ) {
    this.#context = context;
    this.#handlers = handlers;
    this.#backoff = new Backoff(context.backoff ?? BACKOFF, context.clock);
    void this.#open();
  }

  /** The stream that is open now. */
  get stream(): Duplex<Request> | undefined {
    return this.#state.kind === 'open' ? this.#state.stream : undefined;
  }

  /** The owner saw that the stream does its work: its end will be a first failure. */
  succeeded(): void {
    this.#backoff.reset();
  }

  /** The owner saw that this stream is of no more use: another is opened in its place. */
  replace(error: EtcdError): void {
    const { stream } = this;
    if (stream === undefined) return;
    this.#ended(error);
    stream.cancel();
  }

  /**
   * The server said on the stream that it does not accept the token: another stream is opened with
   * another token. The end of all, if no other token can be had.
   */
  tokenRefused(error: EtcdError): void {
    const { stream } = this;
    if (stream === undefined) return;
    try {
      stream.tokenRefused(error);
      this.replace(error);
    } catch (fatal) {
      this.#over(fatal instanceof EtcdError ? fatal : error);
      stream.cancel();
    }
  }

  /** Ends it. The owner is not told. */
  dispose(): void {
    const state = this.#state;
    this.#state = { kind: 'over' };
    if (state.kind === 'pausing') state.timer.cancel();
    if (state.kind === 'open') state.stream.cancel();
    this.#abort.abort();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  async #open(): Promise<void> {
    this.#state = { kind: 'opening' };
    const { transport, method, options, longestPauseMs } = this.#context;
    // Handlers of a stream that was replaced must not be taken for those of its successor.
    let current: Duplex<Request> | undefined;
    let endedEarly: { readonly error: EtcdError | undefined } | undefined;
    try {
      const stream = await transport.duplex(
        method,
        {
          onMessage: (message) => {
            if (current !== undefined && this.stream === current) {
              this.#handlers.onMessage(message, current);
            }
          },
          onEnd: (error) => {
            if (current === undefined) endedEarly = { error };
            else if (this.stream === current) this.#ended(error);
          },
          onDrain: () => {
            if (current !== undefined && this.stream === current) this.#handlers.onDrain?.();
          },
        },
        { ...options, longestPauseMs, avoid: this.#lastEndpoint, signal: this.#abort.signal },
      );
      if (this.#state.kind !== 'opening') {
        stream.cancel();
        return;
      }
      current = stream;
      this.#lastEndpoint = stream.endpoint;
      this.#state = { kind: 'open', stream, since: this.#context.clock.now() };
      if (endedEarly === undefined) this.#handlers.onOpen(stream);
      else this.#ended((endedEarly as { readonly error: EtcdError | undefined }).error);
    } catch (error) {
      if (this.#state.kind === 'opening') this.#failed(error);
    }
  }

  #failed(error: unknown): void {
    if (error instanceof EtcdError && isFatal(error, false)) {
      this.#over(error);
      return;
    }
    if (error instanceof EtcdError) this.#handlers.onOpenFailed?.(error);
    if (this.#state.kind === 'opening') this.#pause();
  }

  #ended(error: EtcdError | undefined): void {
    const state = this.#state;
    if (state.kind !== 'open') return;
    if (this.#context.clock.now() - state.since > WORKED_AFTER_MS) this.#backoff.reset();
    if (error !== undefined && isFatal(error, true)) {
      this.#over(error);
      return;
    }
    this.#state = { kind: 'opening' };
    this.#handlers.onBreak(error);
    // The owner may have had enough.
    if (this.#state.kind === 'opening') this.#pause();
  }

  #pause(): void {
    const { clock, longestPauseMs } = this.#context;
    const pauseMs = Math.min(this.#backoff.next(), longestPauseMs?.() ?? Infinity);
    const timer = clock.setTimeout(() => void this.#open(), pauseMs);
    this.#state = { kind: 'pausing', timer };
  }

  #over(error: EtcdError): void {
    this.#state = { kind: 'over' };
    this.#handlers.onFatal(error);
  }
}
