import type { Metadata } from '@grpc/grpc-js';
import {
  EtcdError,
  fromGrpcStatus,
  needsNewToken,
  TimeoutError,
  withDetails,
} from '../errors/index.js';
import type { Clock, TimerHandle } from '../internal/clock.js';
import type { Method } from '../rpc/method.js';
import type { AuthToken } from './auth-token.js';
import type { Balancer } from './balancer.js';
import type { CallScope, Start } from './call-scope.js';
import { type Connection, type Endpoint, SUSPECT_TIMEOUT_MS } from './endpoint.js';
import { type RawStatus, unaryCall } from './raw-call.js';
import { type RetryOptions, retryCall } from './retry.js';
import type { TransportCallOptions } from './transport.js';

/** What calls share: where they may go and what they carry. */
export interface CallContext {
  readonly clock: Clock;
  readonly balancer: Balancer;
  readonly auth: AuthToken | undefined;
  readonly retry: RetryOptions | undefined;
  metadata(token: string | undefined, options: TransportCallOptions): Metadata;
}

/** How many times one call fetches another token before it gives up. */
const MOST_TOKEN_REFRESHES = 5;

/** A unary call over as many attempts as its rules allow. */
export class UnaryCall<Request, Response> {
  readonly #context: CallContext;
  readonly #method: Method<Request, Response>;
  readonly #message: Uint8Array;
  readonly #options: TransportCallOptions;
  readonly #scope: CallScope;
  /** Repeating it after an unknown outcome does no harm. */
  readonly #repeatable: boolean;
  readonly #tried = new Set<Endpoint>();
  #refreshes = 0;

  constructor(
    context: CallContext,
    method: Method<Request, Response>,
    message: Uint8Array,
    options: TransportCallOptions,
    scope: CallScope,
  ) {
    this.#context = context;
    this.#method = method;
    this.#message = message;
    this.#options = options;
    this.#scope = scope;
    this.#repeatable = options.idempotent === true || (options.readOnly ?? isRead(method));
  }

  async run(): Promise<Response> {
    try {
      return await this.#attempt();
    } catch (error) {
      return await this.#goOn(error);
    } finally {
      this.#scope.dispose();
    }
  }

  /** The attempts after the first, which did not pass through the retry loop. */
  async #goOn(first: unknown): Promise<Response> {
    try {
      return await retryCall(
        this.#scope,
        first,
        () => this.#attempt(),
        { again: (error) => this.#again(error), atOnce: (error) => this.#atOnce(error) },
        this.#context.retry,
      );
    } catch (error) {
      throw this.#final(error);
    }
  }

  async #attempt(): Promise<Response> {
    const { auth } = this.#context;
    const token = auth === undefined || auth.known ? auth?.value : await auth.get(this.#scope);
    const connection = this.#pick() ?? (await this.#ready());
    try {
      return await this.#send(connection, token);
    } catch (error) {
      this.#tried.add(connection.endpoint);
      if (error instanceof EtcdError && needsNewToken(error)) {
        auth?.refused(token, error);
      }
      throw error;
    }
  }

  #pick(): Connection | undefined {
    const { balancer } = this.#context;
    const { endpoint } = this.#options;
    return endpoint === undefined
      ? balancer.pick(this.#tried)
      : balancer.require(endpoint).connection;
  }

  #ready(): Promise<Connection> {
    const { balancer } = this.#context;
    const { endpoint } = this.#options;
    const candidates = endpoint === undefined ? undefined : [balancer.require(endpoint)];
    return balancer.waitReady(this.#scope, () => this.#pick(), candidates);
  }

  #send(connection: Connection, token: string | undefined): Promise<Response> {
    const { remainingMs } = this.#scope;
    const { uncancelled = false } = this.#options;
    const limitless = uncancelled || remainingMs === Infinity;
    this.#options.onSend?.();
    const start: Start<Response> = (resolve, reject) => {
      let gone = false;
      const cancelCall = unaryCall(
        connection.channel,
        this.#method.path,
        this.#context.metadata(token, this.#options),
        limitless ? Infinity : Date.now() + remainingMs,
        this.#message,
        (status, answer) => {
          if (gone) return;
          watchdog?.cancel();
          if (answer === undefined) reject(this.#failure(status, connection));
          else this.#accept(answer, connection, resolve, reject);
        },
      );
      const leave = (): void => {
        gone = true;
        if (!uncancelled) cancelCall();
      };
      const watchdog = this.#watch(connection, (error) => {
        leave();
        reject(error);
      });
      return () => {
        watchdog?.cancel();
        leave();
      };
    };
    if (!uncancelled) return this.#scope.stage('unknown', start);
    // The server is not told of the deadline, so it is kept here.
    const late = (): EtcdError => this.#scope.timedOut(undefined, connection.endpoint.name);
    return this.#scope.waiting(start, late, 'unknown');
  }

  #accept(
    answer: Uint8Array,
    connection: Connection,
    resolve: (response: Response) => void,
    reject: (error: EtcdError) => void,
  ): void {
    let response: Response;
    try {
      response = this.#method.decode(answer);
    } catch (cause) {
      reject(unreadable(this.#method.name, connection, cause));
      return;
    }
    const wrong = this.#context.balancer.verify(connection, response);
    if (wrong !== undefined) {
      reject(withDetails(wrong, { method: this.#method.name, outcome: 'unknown' }));
      return;
    }
    connection.endpoint.succeeded();
    resolve(response);
  }

  /**
   * A read that could go elsewhere does not wait for a hung server up to the deadline: after its
   * share of the time the server must show that it lives.
   */
  #watch(connection: Connection, giveUp: (error: EtcdError) => void): TimerHandle | undefined {
    const { balancer, clock } = this.#context;
    const others = balancer.others(connection, this.#tried);
    const { remainingMs } = this.#scope;
    if (!this.#repeatable || this.#options.endpoint !== undefined) return undefined;
    if (others === 0 || remainingMs === Infinity) return undefined;
    const share = remainingMs / (others + 1);
    const grace = Math.min(SUSPECT_TIMEOUT_MS, share / 2);
    return clock.setTimeout(() => {
      const error = new TimeoutError(`no answer within ${Math.round(share)} ms`, {
        method: this.#method.name,
        endpoint: connection.endpoint.name,
        retryable: true,
      });
      connection.endpoint.suspect(connection, error, grace).then((alive) => {
        if (!alive) giveUp(error);
      });
    }, share - grace);
  }

  #failure(status: RawStatus, connection: Connection): EtcdError {
    const { endpoint } = connection;
    const error = fromGrpcStatus(status, {
      method: this.#method.name,
      endpoint: endpoint.name,
      sent: true,
      write: !this.#repeatable,
    });
    if (!(error instanceof TimeoutError)) return error;
    void endpoint.suspect(connection, error, SUSPECT_TIMEOUT_MS);
    return this.#scope.remainingMs > 0 ? error : this.#scope.timedOut(error.cause, endpoint.name);
  }

  #again(error: unknown): boolean {
    if (!(error instanceof EtcdError)) return false;
    this.#scope.note(error.outcome);
    if (this.#scope.remainingMs <= 0) return false;
    if (this.#context.auth !== undefined && needsNewToken(error)) {
      return this.#refreshes++ < MOST_TOKEN_REFRESHES;
    }
    return error.retryable;
  }

  #atOnce(error: unknown): boolean {
    if (this.#context.auth !== undefined && needsNewToken(error)) return true;
    return this.#options.endpoint === undefined && this.#context.balancer.hasOther(this.#tried);
  }

  /** The error of the whole call: what its attempts together leave open. */
  #final(error: unknown): unknown {
    if (!(error instanceof EtcdError)) return error;
    const { outcome } = this.#scope;
    if (error.outcome === outcome && error.method !== undefined) return error;
    return withDetails(error, {
      outcome,
      method: this.#method.name,
      retryable: error.retryable && (this.#repeatable || outcome !== 'unknown'),
    });
  }
}

function isRead<Request, Response>({ retry }: Method<Request, Response>): boolean {
  return retry === 'read' || retry === 'pinned-read';
}

/** The server answered, so it acted; what it said cannot be read. */
export function unreadable(method: string, connection: Connection, cause: unknown): EtcdError {
  return new EtcdError('the answer of the server cannot be read', {
    code: 'INTERNAL',
    method,
    endpoint: connection.endpoint.name,
    cause,
  });
}
