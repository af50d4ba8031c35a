import {
  addCallerStack,
  EtcdError,
  GrpcCode,
  iteratedAlready,
  TimeoutError,
} from '../../errors/index.js';
import { isBytes } from '../../internal/bytes.js';
import type { Method } from '../../rpc/method.js';
import type { CallScope } from '../call-scope.js';
import { type RawStatus, type RawStream, receivedFromNow } from '../channel/channel.js';
import type { Endpoint } from '../connection/endpoint.js';
import type { ServerStream, TransportCallOptions } from '../transport.js';
import { type CallContext, isRead, unreadable } from './call-context.js';
import { startMessageTime } from './message-time.js';
import { RepeatRule } from './repeat-rule.js';
import { retryCall, retryNews } from './retry.js';
import { planLook, ReceiptWatch, type SilenceContext, SilenceWatch } from './silence.js';
import { type StreamStart, startStream, streamFailure } from './stream-call.js';

/** Not an error: the stream came to its end. */
const END = Symbol('end of stream');

/**
 * A call that is answered by many messages. Each is asked for when the consumer wants it, so a slow
 * consumer holds the server back. Until the first message a read may be begun again elsewhere.
 */
export class ServerStreamCall<Request, Response> implements ServerStream<Response> {
  readonly #context: CallContext;
  readonly #method: Method<Request, Response>;
  readonly #message: Uint8Array;
  readonly #options: TransportCallOptions;
  readonly #openScope: () => CallScope;
  /** Milliseconds that each message may take; 0 for no limit. */
  readonly #messageTimeoutMs: number;
  /** Adds to an error what the request tells of its reason. */
  readonly #explained: (error: unknown) => unknown;
  #scope: CallScope | undefined;
  #iterated = false;
  #cancelled = false;
  #raw: RawStream | undefined;
  #start: StreamStart | undefined;
  /** Bytes that have arrived since the stream was opened, over its connection. */
  #received: () => number = () => 0;
  readonly #tried = new Set<Endpoint>();
  /** Settles the `next()` that waits for an answer. */
  #deliver: ((result: Uint8Array | RawStatus) => void) | undefined;
  /** An end that came while nobody was waiting. */
  #ended: RawStatus | undefined;

  constructor(
    context: CallContext,
    method: Method<Request, Response>,
    message: Uint8Array,
    options: TransportCallOptions,
    openScope: () => CallScope,
    messageTimeoutMs: number,
    explained: (error: unknown) => unknown = (error) => error,
  ) {
    this.#context = context;
    this.#method = method;
    this.#message = message;
    this.#options = options;
    this.#openScope = openScope;
    this.#messageTimeoutMs = messageTimeoutMs;
    this.#explained = explained;
  }

  cancel(): void {
    this.#cancelled = true;
    this.#scope?.abort();
  }

  [Symbol.asyncIterator](): AsyncGenerator<Response, void, undefined> {
    if (this.#iterated) throw iteratedAlready('answers', 'make the call once more');
    this.#iterated = true;
    return this.#iterate();
  }

  async *#iterate(): AsyncGenerator<Response, void, undefined> {
    const scope = this.#openScope();
    this.#scope = scope;
    scope.whenInterrupted(() => this.#raw?.cancel());
    if (this.#cancelled) scope.abort();
    try {
      let message = await this.#timely(scope, this.#first(scope));
      while (message !== END) {
        yield message;
        message = await this.#timely(scope, this.#next(scope));
      }
    } catch (error) {
      throw addCallerStack(this.#explained(error));
    } finally {
      this.#raw?.cancel();
      this.#start?.permit.release();
      scope.dispose();
    }
  }

  /** Waits for a message, and ends the call when it takes too long. The consumer's own time is free. */
  async #timely<T>(scope: CallScope, message: Promise<T>): Promise<T> {
    const timeoutMs = this.#messageTimeoutMs;
    if (timeoutMs === 0) return message;
    const time = startMessageTime({
      clock: this.#context.clock,
      timeoutMs,
      received: () => this.#received(),
      onProgress: this.#options.onProgress,
      onLate: () => scope.expire(timeoutMs),
    });
    try {
      return await message;
    } finally {
      time.cancel();
    }
  }

  async #first(scope: CallScope): Promise<Response | typeof END> {
    try {
      return await this.#open(scope);
    } catch (error) {
      if (!isRead(this.#method) || this.#options.repeat === false) throw error;
      const { auth, balancer } = this.#context;
      const { endpoint } = this.#options;
      const only = endpoint === undefined ? undefined : balancer.require(endpoint);
      const pinned = only !== undefined;
      const rule = new RepeatRule({
        pinned,
        renewable: auth !== undefined,
        repeatable: true,
        mayServe: () => balancer.mayServe(only),
        hopeful: () => balancer.hopeful,
        mayHaveVoter: () => balancer.mayHaveVoter,
      });
      return await retryCall(
        scope,
        error,
        () => this.#open(scope),
        {
          again: (failure) =>
            failure instanceof EtcdError && scope.remainingMs > 0 && rule.again(failure),
          atOnce: () => !pinned && balancer.hasOther(this.#tried),
          repeats: retryNews(this.#context.report, this.#method.name),
        },
        this.#context.retry,
      );
    }
  }

  async #open(scope: CallScope): Promise<Response | typeof END> {
    const start = await startStream(this.#context, this.#options, scope, this.#tried);
    // The one tried last stands last.
    this.#tried.delete(start.connection.endpoint);
    this.#tried.add(start.connection.endpoint);
    this.#options.trace?.sent(start.connection.endpoint.name);
    this.#start = start;
    this.#ended = undefined;
    this.#received = receivedFromNow(start.permit.channel);
    this.#raw = start.permit.channel.stream(
      this.#method.path,
      this.#context.metadata(start.token, this.#options),
      scope.remainingMs,
      {
        onMessage: (bytes) => this.#deliver?.(bytes),
        onEnd: (status) => {
          start.permit.release();
          // One that was given up may end while the next is under way.
          if (this.#start !== start) return;
          if (this.#deliver === undefined) this.#ended = status;
          else this.#deliver(status);
        },
      },
    );
    this.#raw.write(this.#message);
    this.#raw.halfClose();
    const receipt = new ReceiptWatch({
      clock: this.#context.clock,
      connection: start.connection,
      channel: start.permit.channel,
    });
    receipt.sent();
    try {
      return await this.#next(scope);
    } finally {
      receipt.close();
    }
  }

  #next(scope: CallScope): Promise<Response | typeof END> {
    return scope.stage<Response | typeof END>('unknown', (resolve, reject) => {
      const leave = (): void => {
        watchdog?.cancel();
        this.#deliver = undefined;
      };
      const watchdog = this.#watch((error) => {
        leave();
        this.#raw?.cancel();
        reject(error);
      });
      this.#deliver = (result) => {
        leave();
        try {
          resolve(this.#read(result));
        } catch (error) {
          reject(error as EtcdError);
        }
      };
      if (this.#ended === undefined) this.#raw?.read();
      else this.#deliver(this.#ended);
      return leave;
    });
  }

  /** Watches a server that owes a page: one that is silent is given up before the time of the page is over. */
  #watch(giveUp: (error: EtcdError) => void): SilenceWatch | undefined {
    const start = this.#start;
    if (start === undefined || this.#options.timeoutPerMessage !== true) return undefined;
    const { connection, permit } = start;
    const { endpoint } = connection;
    const { balancer } = this.#context;
    const pinned = this.#options.endpoint !== undefined;
    const context: SilenceContext = {
      clock: this.#context.clock,
      connection,
      heard: () => endpoint.heard(permit.channel),
      hasOther: () => !pinned && balancer.others(connection, this.#tried) > 0,
      shareMs: () => Infinity,
      onSilence: () =>
        giveUp(
          new TimeoutError('the server fell silent', {
            method: this.#method.name,
            endpoint: endpoint.name,
            retryable: true,
          }),
        ),
    };
    const watch = new SilenceWatch(context);
    watch.wait(planLook(context));
    return watch;
  }

  #read(result: Uint8Array | RawStatus): Response | typeof END {
    const start = this.#start as StreamStart;
    if (isBytes(result)) {
      try {
        return this.#method.decode(result);
      } catch (cause) {
        throw unreadable(this.#method.name, start.connection, cause);
      }
    }
    if (result.code === GrpcCode.OK) return END;
    throw streamFailure(this.#context, this.#method, start, result);
  }
}
