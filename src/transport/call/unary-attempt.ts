import { type EtcdError, fromGrpcStatus, TimeoutError, withDetails } from '../../errors/index.js';
import type { Clock, TimerHandle } from '../../internal/clock.js';
import type { Method } from '../../rpc/method.js';
import type { Start } from '../call-scope.js';
import { type CancelCall, type RawStatus, receivedFromNow } from '../channel/channel.js';
import type { Connection } from '../connection/endpoint.js';
import type { StreamPermit } from '../connection/stream-queue.js';
import { type AttemptTimeContext, longestMs, otherServers, shareMs } from './attempt-time.js';
import { type CallContext, unreadable, type Waiting } from './call-context.js';
import { type Look, planLook, type SilenceContext, SilenceWatch } from './silence.js';

/** A unary call, as its attempts need it. */
export interface AttemptedCall<Request, Response> extends AttemptTimeContext {
  readonly context: CallContext;
  readonly method: Method<Request, Response>;
  readonly message: Uint8Array;
  /** Repeating it after an unknown outcome does no harm. */
  readonly repeatable: boolean;
  /** Once sent it is not cancelled: giving up means not listening any more. */
  readonly uncancelled: boolean;
}

/** One attempt of a unary call: over one connection, from sending it to its answer. */
export class UnaryAttempt<Request, Response> implements SilenceContext, Waiting {
  readonly connection: Connection;
  /** The token that it was sent with. */
  readonly token: string | undefined;
  readonly #call: AttemptedCall<Request, Response>;
  readonly #permit: StreamPermit;
  readonly #sentAt: number;
  /** The amount that had arrived from the server by then: see `Endpoint.heard`. */
  readonly #heard: number;
  /** Returns the bytes that have arrived over its connection since it was made. */
  readonly received: () => number;
  /** The functions that settle it; `undefined` as long as it was not sent. */
  #resolve: ((response: Response) => void) | undefined;
  #reject: ((error: EtcdError) => void) | undefined;
  #cancelCall: CancelCall | undefined;
  /** The call does not wait for it any more. */
  #gone = false;
  /** The first look after its server, and when it is due. Nearly all are answered before. */
  #look: Look | undefined;
  #lookAt = Infinity;
  #watch: SilenceWatch | undefined;
  #limit: TimerHandle | undefined;

  constructor(
    call: AttemptedCall<Request, Response>,
    connection: Connection,
    permit: StreamPermit,
    token: string | undefined,
  ) {
    this.connection = connection;
    this.token = token;
    this.#call = call;
    this.#permit = permit;
    this.#sentAt = call.context.clock.now();
    this.#heard = this.heard();
    this.received = receivedFromNow(permit.channel);
  }

  get clock(): Clock {
    return this.#call.context.clock;
  }

  /** Sends the request, and waits for the answer as long as the call may. To be called once. */
  send(): Promise<Response> {
    const { options, scope, uncancelled } = this.#call;
    options.trace?.sent(this.connection.endpoint.name);
    options.onSend?.();
    const start: Start<Response> = (resolve, reject) => this.#start(resolve, reject);
    // Of an uncancelled call the server is not told the deadline, so it is kept here.
    const late = (): EtcdError => scope.timedOut(undefined, this.connection.endpoint.name);
    const answer = uncancelled
      ? scope.waiting(start, late, 'unknown')
      : scope.stage('unknown', start);
    // The call was interrupted between two stages.
    if (this.#resolve === undefined) this.#permit.release();
    return answer;
  }

  /** The time to look after the server has come, without an answer. */
  look(): void {
    if (this.#look === undefined) return;
    this.#watch = new SilenceWatch(this);
    this.#watch.look(this.#look);
  }

  heard(): number {
    return this.connection.endpoint.heard(this.#permit.channel);
  }

  hasOther(): boolean {
    return otherServers(this.#call, this.connection) > 0;
  }

  shareMs(): number {
    return shareMs(this.#call, this.connection);
  }

  onSilence(): void {
    if (!this.#call.repeatable) return;
    this.#leave();
    this.#reject?.(
      new TimeoutError('no answer came within the time of this attempt', {
        method: this.#call.method.name,
        endpoint: this.connection.endpoint.name,
        retryable: true,
      }),
    );
  }

  /** Sends it; returns how it is interrupted. */
  #start(resolve: (response: Response) => void, reject: (error: EtcdError) => void): () => void {
    this.#resolve = resolve;
    this.#reject = reject;
    const { context, method, message, options, scope, uncancelled } = this.#call;
    this.#cancelCall = this.#permit.channel.unary(
      method.path,
      context.metadata(this.token, options),
      uncancelled ? Infinity : scope.remainingMs,
      message,
      (status, answer) => this.#end(status, answer),
    );
    if (method.waits !== true) this.#startWatch();
    return () => this.#leave();
  }

  /** The wire has brought the answer, or says that there will be none. */
  #end(status: RawStatus, answer: Uint8Array | undefined): void {
    if (this.#gone) {
      if (this.#cancelCall !== undefined) this.#call.context.abandoned.delete(this.#cancelCall);
      this.#permit.release();
      return;
    }
    this.#permit.release();
    this.#stopWatch();
    if (answer === undefined) this.#reject?.(this.#failure(status));
    else this.#accept(answer);
  }

  #accept(answer: Uint8Array): void {
    const { connection } = this;
    const { context, method } = this.#call;
    let response: Response;
    try {
      response = method.decode(answer);
    } catch (cause) {
      this.#reject?.(unreadable(method.name, connection, cause));
      return;
    }
    const wrong = context.balancer.verify(connection, response);
    if (wrong !== undefined) {
      this.#reject?.(withDetails(wrong, { outcome: 'unknown' }));
      return;
    }
    connection.endpoint.succeeded(context.clock.now() - this.#sentAt);
    this.#resolve?.(response);
  }

  /** Gives the answer up. */
  #leave(): void {
    this.#stopWatch();
    this.#gone = true;
    if (this.#cancelCall === undefined) return;
    if (this.#call.uncancelled) {
      this.#call.context.abandoned.add(this.#cancelCall);
    } else {
      this.#cancelCall();
      this.#permit.release();
    }
  }

  #startWatch(): void {
    const { context } = this.#call;
    this.#look = planLook(this);
    this.#lookAt = this.#sentAt + this.#look.afterMs;
    // Hardly any call comes to it: a timer for each would be a large part of what a call costs.
    context.looks.add(this, this.#lookAt);
    const mostMs = longestMs(this.#call, this.connection);
    if (mostMs !== Infinity) this.#limit = this.clock.setTimeout(() => this.onSilence(), mostMs);
  }

  #stopWatch(): void {
    this.#call.context.looks.remove(this, this.#lookAt);
    this.#watch?.cancel();
    this.#limit?.cancel();
  }

  #failure(status: RawStatus): EtcdError {
    const { method, repeatable } = this.#call;
    const { endpoint } = this.connection;
    const error = fromGrpcStatus(status, {
      method: method.name,
      endpoint: endpoint.name,
      sent: true,
      write: !repeatable,
    });
    // The deadline may have been too short, or the server is gone: it is asked unless it spoke meanwhile.
    if (error instanceof TimeoutError && this.heard() === this.#heard) {
      void endpoint.suspect(this.connection);
    }
    return error;
  }
}
