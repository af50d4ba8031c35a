import {
  addCallerStack,
  EtcdError,
  InvalidArgumentError,
  needsNewToken,
  UnavailableError,
  withoutStack,
} from '../../errors/index.js';
import type { TimerHandle } from '../../internal/clock.js';
import type { Method } from '../../rpc/method.js';
import type { CallScope } from '../call-scope.js';
import type { AuthToken } from '../connection/auth-token.js';
import type { Balancer } from '../connection/balancer.js';
import type { Connection, Endpoint } from '../connection/endpoint.js';
import type { StreamUse } from '../connection/stream-pool.js';
import type { StreamPermit } from '../connection/stream-queue.js';
import type { TransportCallOptions } from '../transport.js';
import type { CallProgress } from './attempts.js';
import { type CallContext, isRead } from './call-context.js';
import { startMessageTime } from './message-time.js';
import { RepeatRule } from './repeat-rule.js';
import { retryCall, retryNews } from './retry.js';
import { type AttemptedCall, UnaryAttempt } from './unary-attempt.js';

/** Function that returns the final error of a call with a better message, or the same error. */
type Explain = (error: unknown) => unknown;

const asItIs: Explain = (error) => error;

/** A deadline with so many milliseconds left counts as passed: the channel measures time by another clock. */
const CLOCK_SKEW_MS = 5;

/**
 * A unary call over as many attempts as its rules allow. Call one of `run`, `attemptOver` and `goOnAfter`,
 * once: at its end the scope is disposed of.
 *
 * Resolves with the first answer. Rejects with one `EtcdError` for all attempts: its `outcome` is
 * `unknown` if any of them may have been applied, and its message says how each endpoint failed.
 */
export class UnaryCall<Request, Response> implements AttemptedCall<Request, Response> {
  readonly context: CallContext;
  readonly method: Method<Request, Response>;
  readonly message: Uint8Array;
  readonly options: TransportCallOptions;
  readonly scope: CallScope;
  /** Repeating it after an unknown outcome does no harm. */
  readonly repeatable: boolean;
  /** Milliseconds for the answer, extended while bytes arrive; 0 where the scope has the deadline. */
  readonly messageTimeoutMs: number;
  /** The one connection of a single attempt, which is not cancelled once it is sent. */
  #steered: Connection | undefined;
  /** The attempt that was made last, once it was sent. */
  #sent: UnaryAttempt<Request, Response> | undefined;
  /** The number of attempts that were sent. */
  attempts = 0;
  /** The one endpoint that the call is for. */
  #only: Endpoint | undefined;
  /** The endpoints where it failed so far, with the last failure of each. */
  tried: Map<Endpoint, EtcdError> | undefined;
  #rule: RepeatRule | undefined;

  constructor(
    context: CallContext,
    method: Method<Request, Response>,
    message: Uint8Array,
    options: TransportCallOptions,
    scope: CallScope,
    messageTimeoutMs = 0,
  ) {
    this.context = context;
    this.method = method;
    this.message = message;
    this.options = options;
    this.scope = scope;
    this.messageTimeoutMs = messageTimeoutMs;
    this.repeatable = options.idempotent === true || (options.readOnly ?? isRead(method));
  }

  get balancer(): Balancer {
    return this.context.balancer;
  }

  get requestBytes(): number {
    return this.message.length;
  }

  get uncancelled(): boolean {
    return this.#steered !== undefined;
  }

  /**
   * Makes as many attempts as the rules allow.
   *
   * @param explain may give the final error a better message
   */
  async run(explain: Explain = asItIs): Promise<Response> {
    const time = this.#startTime();
    try {
      return await this.#attempt();
    } catch (error) {
      return await this.#repeat(this.#failed(error), explain);
    } finally {
      time?.cancel();
      this.scope.dispose();
    }
  }

  #startTime(): TimerHandle | undefined {
    const timeoutMs = this.messageTimeoutMs;
    if (timeoutMs === 0) return undefined;
    return startMessageTime({
      clock: this.context.clock,
      timeoutMs,
      received: () => this.#sent?.received() ?? 0,
      onProgress: this.options.onProgress,
      onLate: () => this.scope.expire(timeoutMs),
    });
  }

  /** Makes one attempt over this connection. Fails as `not-sent` if the connection was lost before. */
  async attemptOver(connection: Connection): Promise<Response> {
    this.#steered = connection;
    this.scope.counts = false;
    try {
      return await this.#attempt();
    } catch (error) {
      throw addCallerStack(this.#final(this.#failed(error)));
    } finally {
      this.scope.dispose();
    }
  }

  /** Makes further attempts, by the rules, after a first one that was part of a failed batch. */
  async goOnAfter(
    { connection, error }: NonNullable<CallProgress['failed']>,
    explain: Explain,
  ): Promise<Response> {
    this.tried = new Map([[connection.endpoint, error]]);
    this.scope.note(error.outcome);
    try {
      return await this.#repeat(error, explain);
    } finally {
      this.scope.dispose();
    }
  }

  /** The attempts after the first, which did not pass through the retry loop. */
  async #repeat(first: unknown, explain: Explain): Promise<Response> {
    // In a burst of thousands of late calls, the retry loop would take longer than the calls.
    if (this.#late) throw addCallerStack(explain(this.#final(first)));
    try {
      return await retryCall(
        this.scope,
        first,
        () => this.#attemptAgain(),
        {
          again: (error) => this.#again(error),
          atOnce: (error) => this.#atOnce(error),
          repeats: retryNews(this.context.report, this.method.name),
        },
        this.context.retry,
      );
    } catch (error) {
      throw addCallerStack(explain(this.#final(error)));
    }
  }

  async #attemptAgain(): Promise<Response> {
    try {
      return await this.#attempt();
    } catch (error) {
      throw this.#failed(error);
    }
  }

  /** Makes an attempt: at once if nothing has to be waited for, which each `await` would make slower. */
  #attempt(): Promise<Response> {
    this.#sent = undefined;
    const { auth } = this.context;
    if (auth !== undefined && !auth.known) return this.#attemptWithToken(auth);
    const token = auth?.value;
    const connection = this.#pick();
    const permit = connection?.streams.take(this.#use);
    return connection === undefined || permit === undefined
      ? this.#attemptLater(connection, token)
      : this.#send(connection, permit, token);
  }

  async #attemptWithToken(auth: AuthToken): Promise<Response> {
    const { balancer } = this.context;
    const token = await auth.get(this.scope, () => balancer.explain(this.scope));
    return await this.#attemptLater(this.#pick(), token);
  }

  /** Waits for what is not there yet: a connection, or a free stream of it. */
  async #attemptLater(
    picked: Connection | undefined,
    token: string | undefined,
  ): Promise<Response> {
    const connection = picked ?? (await this.#ready());
    const { streams } = connection;
    const permit = streams.take(this.#use) ?? (await streams.wait(this.#use, this.scope));
    return await this.#send(connection, permit, token);
  }

  get #use(): StreamUse {
    return this.method.waits === true ? 'lasting' : 'short';
  }

  /**
   * Takes note of a failed attempt, if it was sent.
   *
   * @returns the error of the attempt, or the reason why no new token can be had
   */
  #failed(error: unknown): unknown {
    if (this.#sent === undefined || !(error instanceof EtcdError)) return error;
    const { token, connection } = this.#sent;
    const { endpoint } = connection;
    this.tried ??= new Map();
    // The one that failed last stands last, so that it is the last to have its turn again.
    this.tried.delete(endpoint);
    this.tried.set(endpoint, error);
    this.scope.note(error.outcome);
    switch (error.code) {
      case 'NO_LEADER':
      case 'NOT_SUPPORTED_FOR_LEARNER':
      case 'SERVER_TIMEOUT':
        // Calls go elsewhere as long as it sees no leader, or is a learner.
        void endpoint.ask();
    }
    if (!needsNewToken(error)) return error;
    try {
      this.context.auth?.refused(token, error);
      return error;
    } catch (fatal) {
      return fatal;
    }
  }

  #pick(): Connection | undefined {
    const { balancer } = this.context;
    const { endpoint } = this.options;
    const steered = this.#steered;
    if (steered !== undefined) {
      if (steered.endpoint.connection !== steered) throw this.#gone(steered);
      return steered;
    }
    if (endpoint === undefined) return balancer.pick(this.tried, this.#use);
    // Asked for once: it may be taken out of the client while the call is under way.
    this.#only ??= balancer.require(endpoint);
    if (this.#only.hopeless && balancer.named(this.#only.name).size === 0) {
      throw this.#takenOut(this.#only);
    }
    return this.#only.connection;
  }

  #gone({ endpoint }: Connection): EtcdError {
    return new UnavailableError('the connection was lost', {
      method: this.method.name,
      endpoint: endpoint.name,
      outcome: 'not-sent',
      retryable: true,
    });
  }

  #takenOut({ name }: Endpoint): EtcdError {
    return new UnavailableError('the endpoint was removed from the client meanwhile', {
      method: this.method.name,
      endpoint: name,
      outcome: 'not-sent',
    });
  }

  #ready(): Promise<Connection> {
    const only = this.#only;
    const find = only === undefined ? () => this.#pick() : () => only.connection;
    return this.context.balancer.waitReady(this.scope, find, only);
  }

  #send(
    connection: Connection,
    permit: StreamPermit,
    token: string | undefined,
  ): Promise<Response> {
    const attempt = new UnaryAttempt(this, connection, permit, token);
    this.#sent = attempt;
    this.attempts++;
    return attempt.send();
  }

  /** Returns whether the call goes on after this failure: see the retry rules of the method table. */
  #again(error: unknown): boolean {
    if (!(error instanceof EtcdError) || this.#late) return false;
    this.#rule ??= new RepeatRule({
      pinned: this.options.endpoint !== undefined,
      renewable: this.context.auth !== undefined,
      repeatable: this.repeatable,
      mayServe: () => this.context.balancer.mayServe(this.#only),
      hopeful: () => this.context.balancer.hopeful,
      mayHaveVoter: () => this.context.balancer.mayHaveVoter,
    });
    return this.#rule.again(error);
  }

  #atOnce(error: unknown): boolean {
    if (this.context.auth !== undefined && needsNewToken(error)) return true;
    return this.options.endpoint === undefined && this.context.balancer.hasOther(this.tried);
  }

  /** True if the deadline has passed. */
  get #late(): boolean {
    return this.scope.remainingMs <= CLOCK_SKEW_MS;
  }

  /** The error of the whole call, still without a stack: what its attempts leave open, and how each failed. */
  #final(given: unknown): unknown {
    if (!(given instanceof EtcdError) || given instanceof InvalidArgumentError) return given;
    const failures = this.tried === undefined ? [] : [...this.tried.values()];
    // An attempt that ran into the deadline of the call says only that there was no answer.
    const late = given.code === 'TIMEOUT' && this.#late && failures.includes(given);
    const error = late ? this.scope.timedOut(given, given.endpoint) : given;
    const explained = failures.length === 1 && error === failures[0];
    this.scope.note(error.outcome);
    const { outcome } = this.scope;
    const passing = error.retryable || error.code === 'TIMEOUT';
    return withoutStack(error, {
      message: explained ? error.message : `${error.message}${this.#eachFailure()}`,
      outcome,
      method: this.method.name,
      retryable: passing && (this.repeatable || outcome !== 'unknown'),
    });
  }

  #eachFailure(): string {
    if (this.tried === undefined) return '';
    const each = [...this.tried].map(([{ name }, { message }]) => `${name} (${message})`);
    return `; tried: ${each.join(', ')}`;
  }
}
