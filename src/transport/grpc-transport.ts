import type { CallsStatus, EndpointStatus } from '../diagnostics/status.js';
import { addCallerStack, clientClosed, EtcdError } from '../errors/index.js';
import { MAX_TIMER_MS } from '../internal/clock.js';
import { CoarseTimers } from '../internal/coarse-timers.js';
import { LinkedList } from '../internal/linked-list.js';
import { type Method, requestWhenReady } from '../rpc/method.js';
import { explainRefusal, isRefusalToExplain } from '../rpc/refusal.js';
import { auth as authMethods } from '../rpc/services.js';
import { askedTls, askedToken } from './asked-options.js';
import type { AttemptOptions, CallProgress, SteeredTransport } from './call/attempts.js';
import type { CallContext } from './call/call-context.js';
import { DuplexCall } from './call/duplex-call.js';
import { ServerStreamCall } from './call/server-stream-call.js';
import { startStream } from './call/stream-call.js';
import { UnaryCall } from './call/unary-call.js';
import { CallScope } from './call-scope.js';
import { DEFAULT_KEEPALIVE, type KeepAliveOptions } from './channel/keep-alive-options.js';
import { checkMetadata, MetadataFactory } from './channel/metadata.js';
import { explainMismatch } from './channel/protocol-mismatch.js';
import { openerOf } from './channel/wire.js';
import { type AuthOptions, AuthToken } from './connection/auth-token.js';
import { Balancer } from './connection/balancer.js';
import type { Connection } from './connection/endpoint.js';
import type {
  CallMetadata,
  Duplex,
  DuplexHandlers,
  ServerStream,
  TransportCallOptions,
} from './transport.js';
import type { TransportContext } from './transport-context.js';

/** Longest time that calls which are not to be cancelled go on after the client was closed. */
const LAST_GRACE_MS = 500;

/** The transport over gRPC: a channel for each endpoint, and our own balance and retries. */
export class GrpcTransport implements SteeredTransport {
  readonly #context: TransportContext;
  readonly #callContext: CallContext;
  readonly #balancer: Balancer;
  /** Calls and streams under way. */
  readonly #open = new LinkedList<CallScope>();
  #closed = false;

  /** @throws InvalidArgumentError naming an endpoint that cannot be read */
  constructor(context: TransportContext) {
    this.#context = context;
    const tls =
      typeof context.tls === 'function' ? askedTls(context.tls, context.clock) : context.tls;
    const metadata = new MetadataFactory(context.metadata);
    const auth = context.auth && this.#authToken(context.auth);
    const openChannel = context.openChannel ?? openerOf(context.wire);
    this.#balancer = new Balancer({
      clock: context.clock,
      serverVersion: context.serverVersion,
      tls: context.tls !== undefined,
      renewsTls: typeof context.tls === 'function',
      connectTimeoutMs: context.connectTimeoutMs,
      idleIntervalMs: idleIntervalMs(context.keepAlive),
      waitForReady: context.waitForReady,
      events: context.events,
      report: context.report,
      openChannel: (address) => openChannel(address, { ...context, tls }),
      // Connections that are not made of sockets have no port to ask.
      explain:
        context.openChannel === undefined
          ? (address, error) => explainMismatch(address, error, context.clock)
          : undefined,
      statusMetadata: () => metadata.make(auth?.value, false, undefined),
    });
    this.#balancer.set(context.endpoints);
    this.#callContext = {
      clock: context.clock,
      balancer: this.#balancer,
      auth,
      retry: context.retry,
      report: context.report,
      abandoned: new Set(),
      looks: new CoarseTimers(context.clock, (call) => call.look()),
      metadata: (token, options): CallMetadata =>
        metadata.make(
          token,
          options.requireLeader ?? context.requireLeader ?? false,
          options.metadata,
        ),
    };
  }

  /** The names of the endpoints. */
  get endpoints(): readonly string[] {
    return this.#balancer.names;
  }

  /** True if a call has asked for a connection, and the client is not closed. */
  get inUse(): boolean {
    return this.#balancer.wanted && !this.#closed;
  }

  /** Replaces the endpoints; see the balancer. */
  setEndpoints(endpoints: readonly string[]): void {
    this.#refuseIfClosed('setEndpoints');
    this.#balancer.set(endpoints);
  }

  /** Replaces the endpoints by what the members announce; the given ones stay as a fallback. */
  announceEndpoints(endpoints: readonly string[]): void {
    this.#refuseIfClosed('announceEndpoints');
    this.#balancer.announce(endpoints);
  }

  /** True if the client uses TLS, so that it may not be led to a server in plain text. */
  get encrypted(): boolean {
    return this.#balancer.encrypted;
  }

  /** State of each endpoint, for people. */
  get endpointStatus(): readonly EndpointStatus[] {
    return this.#balancer.status;
  }

  /** Calls that are not answered; streams that last and batches do not count. */
  get calls(): CallsStatus {
    const open = this.#open.all().filter(({ counts }) => counts);
    return { open: open.length, waiting: open.filter(({ isWaiting }) => isWaiting).length };
  }

  get canRangeStream(): boolean {
    const { ready, preferred } = this.#balancer;
    if (preferred.length === 0 || preferred.some(({ info }) => info.isLearner)) return false;
    return ready.every(({ info }) => info.rangeStream);
  }

  /** The connections that calls go to now, in turn: the same array as long as nothing changes. */
  get connections(): readonly Connection[] {
    return this.#balancer.preferred;
  }

  unary<Request, Response>(
    method: Method<Request, Response>,
    request: Request,
    options: TransportCallOptions = {},
  ): Promise<Response> {
    const preparing = method.prepare?.();
    if (preparing !== undefined) return this.#unaryAfter(preparing, method, request, options);
    // Each async function on the way would cost every call a few turns of the microtask queue.
    try {
      const call = this.#call(method, request, options);
      return call.run((error) => this.#explained(error, method, request));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** Makes a call whose codec was not ready. An async function keeps the caller's line in the stack. */
  async #unaryAfter<Request, Response>(
    preparing: Promise<void>,
    method: Method<Request, Response>,
    request: Request,
    options: TransportCallOptions,
  ): Promise<Response> {
    const since = this.#callContext.clock.now();
    const copy = await requestWhenReady(method, request, preparing);
    const call = this.#call(method, copy, options, since);
    return await call.run((error) => this.#explained(error, method, copy));
  }

  async attempt<Request, Response>(
    method: Method<Request, Response>,
    request: Request,
    connection: Connection,
    { timeoutMs, repeatable, readOnly }: AttemptOptions,
  ): Promise<Response> {
    const rule = readOnly ? { readOnly } : { idempotent: repeatable };
    const call = this.#call(method, request, { timeoutMs, ...rule });
    return await call.attemptOver(connection);
  }

  async goOn<Request, Response>(
    method: Method<Request, Response>,
    request: Request,
    options: TransportCallOptions,
    { since, failed }: CallProgress,
  ): Promise<Response> {
    const call = this.#call(method, request, options, since);
    const explain = (error: unknown): unknown => this.#explained(error, method, request);
    return await (failed === undefined ? call.run(explain) : call.goOnAfter(failed, explain));
  }

  #explained<Request>(error: unknown, method: Method<Request, unknown>, request: Request): unknown {
    if (!isRefusalToExplain(error)) return error;
    const size = method.encode(request).length;
    const user = this.#context.auth?.username;
    return explainRefusal(error, method.name, request as object, { size, user });
  }

  #call<Request, Response>(
    method: Method<Request, Response>,
    request: Request,
    options: TransportCallOptions,
    since?: number,
  ): UnaryCall<Request, Response> {
    this.#check(method.name, options);
    const message = method.encode(request);
    const messageTimeoutMs = this.#messageTimeoutMs(options);
    const whole = options.timeoutPerMessage ? { ...options, timeoutMs: 0 } : options;
    const timeoutMs = method.waits ? 0 : this.#context.timeoutMs;
    const scope = this.#scope(method.name, whole, timeoutMs, since);
    return new UnaryCall(this.#callContext, method, message, options, scope, messageTimeoutMs);
  }

  /** Milliseconds for each message; 0 where the time is for the whole call. */
  #messageTimeoutMs({ timeoutPerMessage, timeoutMs }: TransportCallOptions): number {
    return timeoutPerMessage === true ? (timeoutMs ?? this.#context.timeoutMs) : 0;
  }

  serverStream<Request, Response>(
    method: Method<Request, Response>,
    request: Request,
    options: TransportCallOptions = {},
  ): ServerStream<Response> {
    this.#check(method.name, options);
    const messageTimeoutMs = this.#messageTimeoutMs(options);
    const whole = options.timeoutPerMessage ? { ...options, timeoutMs: 0 } : options;
    return new ServerStreamCall(
      this.#callContext,
      method,
      method.encode(request),
      options,
      () => {
        this.#refuseIfClosed(method.name);
        return this.#scope(method.name, whole, 0);
      },
      messageTimeoutMs,
      (error) => this.#explained(error, method, request),
    );
  }

  async duplex<Request, Response>(
    method: Method<Request, Response>,
    handlers: DuplexHandlers<Response>,
    options: TransportCallOptions = {},
  ): Promise<Duplex<Request>> {
    this.#check(method.name, options);
    const scope = this.#scope(method.name, options, 0);
    scope.counts = false;
    try {
      const start = await startStream(this.#callContext, options, scope);
      return new DuplexCall(this.#callContext, method, start, handlers, options, scope);
    } catch (error) {
      scope.dispose();
      throw error;
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const scope of this.#open.all()) scope.close();
    this.#endAbandoned();
    this.#callContext.looks.clear();
    this.#callContext.auth?.close();
    this.#balancer.close();
  }

  /**
   * Ends the calls that were left to finish, after a grace period. A server that hangs would otherwise keep
   * the process alive.
   */
  #endAbandoned(): void {
    const { abandoned } = this.#callContext;
    if (abandoned.size === 0) return;
    this.#context.clock
      .setTimeout(() => {
        for (const cancel of [...abandoned]) cancel();
      }, LAST_GRACE_MS)
      .unref();
  }

  #scope(
    method: string,
    { signal, timeoutMs }: TransportCallOptions,
    defaultMs: number,
    since?: number,
  ): CallScope {
    return new CallScope(
      method,
      { signal, since },
      timeoutMs ?? defaultMs,
      this.#context.clock,
      this.#open,
    );
  }

  /** Refuses what cannot be sent. */
  #check(method: string, { metadata }: TransportCallOptions): void {
    if (metadata !== undefined) checkMetadata('metadata', metadata);
    this.#refuseIfClosed(method);
  }

  #refuseIfClosed(method: string): void {
    if (!this.#closed) return;
    // Many frames of the client may stand before the caller's.
    throw addCallerStack(clientClosed({ method, outcome: 'not-sent' }));
  }

  #authToken({ token, username, password }: AuthOptions): AuthToken {
    const { clock } = this.#context;
    // Servers that tell their version to users alone can be asked now.
    const fetched = (): void => this.#balancer.askAgain();
    if (token === undefined) {
      const fetch = (): Promise<string | undefined> => this.#logIn(username, password);
      return new AuthToken({ fetch, renewable: true, fetched }, clock);
    }
    if (typeof token === 'string') {
      return new AuthToken({ fetch: async () => token, renewable: false, fetched }, clock);
    }
    const asked = askedToken(token, clock);
    const fetch = (): Promise<string> => asked.ask();
    return new AuthToken({ fetch, renewable: true, fetched, silence: () => asked.silence }, clock);
  }

  /** One Authenticate call, without a token. A cluster without authentication needs none. */
  async #logIn(name: string, password: string): Promise<string | undefined> {
    const method = authMethods.authenticate;
    this.#refuseIfClosed(method.name);
    const message = method.encode({ name, password });
    const scope = this.#scope(method.name, {}, this.#context.timeoutMs);
    const context = { ...this.#callContext, auth: undefined };
    try {
      const { token } = await new UnaryCall(context, method, message, {}, scope).run();
      return token;
    } catch (error) {
      if (error instanceof EtcdError && error.code === 'AUTH_NOT_ENABLED') return undefined;
      throw error;
    }
  }
}

/** Milliseconds after which an idle connection is used by the client; `undefined` for never. */
function idleIntervalMs(keepAlive: KeepAliveOptions | undefined): number | undefined {
  if (keepAlive?.whileIdle !== true) return undefined;
  return Math.min(keepAlive.intervalMs ?? DEFAULT_KEEPALIVE.intervalMs, MAX_TIMER_MS);
}
