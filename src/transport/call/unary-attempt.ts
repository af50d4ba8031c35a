import { type EtcdError, fromGrpcStatus, TimeoutError, withDetails } from '../../errors/index.js';
import type { TimerHandle } from '../../internal/clock.js';
import type { Method } from '../../rpc/method.js';
import type { Start } from '../call-scope.js';
import { type RawStatus, receivedFromNow } from '../channel/channel.js';
import type { Connection } from '../connection/endpoint.js';
import type { StreamPermit } from '../connection/stream-queue.js';
import { type AttemptTimeContext, longestMs, otherServers, shareMs } from './attempt-time.js';
import { type CallContext, unreadable } from './call-context.js';
import { watchForSilence } from './silence.js';

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
export class UnaryAttempt<Request, Response> {
  readonly connection: Connection;
  /** The token that it was sent with. */
  readonly token: string | undefined;
  /** Returns the bytes that have arrived since it was made, over its connection. */
  readonly received: () => number;
  readonly #call: AttemptedCall<Request, Response>;
  readonly #permit: StreamPermit;
  readonly #sentAt: number;
  /** The amount that had arrived from the server by then: see `Endpoint.heard`. */
  readonly #heard: number;

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
    this.#heard = connection.endpoint.heard(permit.channel);
    this.received = receivedFromNow(permit.channel);
  }

  /** Sends the request, and waits for the answer as long as the call may. To be called once. */
  send(): Promise<Response> {
    const { context, method, message, options, scope, uncancelled } = this.#call;
    const { abandoned } = context;
    const { remainingMs } = scope;
    const permit = this.#permit;
    options.trace?.sent(this.connection.endpoint.name);
    options.onSend?.();
    let started = false;
    const start: Start<Response> = (resolve, reject) => {
      started = true;
      let gone = false;
      const cancelCall = permit.channel.unary(
        method.path,
        context.metadata(this.token, options),
        uncancelled ? Infinity : remainingMs,
        message,
        (status, answer) => {
          abandoned.delete(cancelCall);
          permit.release();
          if (gone) return;
          watchdog?.cancel();
          if (answer === undefined) reject(this.#failure(status));
          else this.#accept(answer, resolve, reject);
        },
      );
      const leave = (): void => {
        gone = true;
        if (uncancelled) {
          abandoned.add(cancelCall);
        } else {
          cancelCall();
          permit.release();
        }
      };
      const watchdog = this.#watch((error) => {
        watchdog?.cancel();
        leave();
        reject(error);
      });
      return () => {
        watchdog?.cancel();
        leave();
      };
    };
    // Of an uncancelled call the server is not told the deadline, so it is kept here.
    const late = (): EtcdError => scope.timedOut(undefined, this.connection.endpoint.name);
    const answer = uncancelled
      ? scope.waiting(start, late, 'unknown')
      : scope.stage('unknown', start);
    // The call was interrupted between two stages.
    if (!started) permit.release();
    return answer;
  }

  #accept(
    answer: Uint8Array,
    resolve: (response: Response) => void,
    reject: (error: EtcdError) => void,
  ): void {
    const { connection } = this;
    const { context, method } = this.#call;
    let response: Response;
    try {
      response = method.decode(answer);
    } catch (cause) {
      reject(unreadable(method.name, connection, cause));
      return;
    }
    const wrong = context.balancer.verify(connection, response);
    if (wrong !== undefined) {
      reject(withDetails(wrong, { outcome: 'unknown' }));
      return;
    }
    connection.endpoint.succeeded(context.clock.now() - this.#sentAt);
    resolve(response);
  }

  #watch(giveUp: (error: EtcdError) => void): TimerHandle | undefined {
    const call = this.#call;
    const { connection } = this;
    if (call.method.waits === true) return undefined;
    return watchForSilence({
      clock: call.context.clock,
      connection,
      heard: () => connection.endpoint.heard(this.#permit.channel),
      hasOther: () => otherServers(call, connection) > 0,
      shareMs: () => shareMs(call, connection),
      mostMs: () => longestMs(call, connection),
      onSilence: () => {
        if (!call.repeatable) return;
        giveUp(
          new TimeoutError('no answer came in the share of this attempt', {
            method: call.method.name,
            endpoint: connection.endpoint.name,
            retryable: true,
          }),
        );
      },
    });
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
    if (error instanceof TimeoutError && endpoint.heard(this.#permit.channel) === this.#heard) {
      void endpoint.suspect(this.connection);
    }
    return error;
  }
}
