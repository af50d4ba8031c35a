import { LOG_LEVELS, type Logger } from './diagnostics/logger.js';
import {
  checkBoolean,
  checkFunction,
  checkKnownOptions,
  checkPositiveInteger,
  checkTimeoutMs,
  described,
  hide,
  invalidArgument,
  type OptionNames,
  redactAddress,
  showAddress,
  showWord,
} from './errors/index.js';
import { isWellFormed } from './internal/bytes.js';
import type { Key } from './model/keys/index.js';
import { type BatchingOptions, checkBatchingOptions } from './transport/batching/options.js';
import type { RetryOptions } from './transport/call/retry.js';
import { schemeOf } from './transport/channel/address.js';
import type { KeepAliveOptions } from './transport/channel/keep-alive-options.js';
import { checkMetadata, isHeaderText } from './transport/channel/metadata.js';
import { checkTlsOptions, type TlsSource } from './transport/channel/tls-options.js';
import { isWire, WIRES, type Wire } from './transport/channel/wire.js';
import type { AuthOptions } from './transport/connection/auth-token.js';
import { parseVersion } from './transport/connection/capabilities.js';
import type { EndpointSyncOptions } from './transport/connection/endpoint-sync.js';
import type { Interceptor } from './transport/interceptors.js';
import type { CallMetadata } from './transport/transport.js';

/** Options of a client. Only `endpoints` is needed. */
export interface EtcdClientOptions {
  /**
   * One endpoint or several of the same cluster: `host:port`, `http://`, `https://`, `unix://`, or
   * `dnssrv://domain`, whose SRV records of the service `etcd-client` (`etcd-client-ssl` for encrypted
   * ones) are looked up when they are needed.
   */
  readonly endpoints: string | readonly string[];
  /** TLS: options, or a function that is asked for them before each new connection. */
  readonly tls?: TlsSource | undefined;
  /** Credentials: a name and a password, or a token from elsewhere. */
  readonly auth?: AuthOptions | undefined;
  /**
   * The way in which gRPC is spoken: `'grpc-js'`, or `'direct'` for HTTP/2 of the client's own, which takes
   * a fraction of the time for each call. Default: the variable `ETCD_KIT_WIRE`, or else `'grpc-js'`.
   */
  readonly wire?: Wire | undefined;
  /** Stands before every key, and is taken off every key that comes back. */
  readonly namespace?: Key | undefined;
  /** Milliseconds of a unary call without a deadline of its own; 0 for none. Default: 5,000. */
  readonly timeoutMs?: number | undefined;
  /** The pauses between attempts of one call. */
  readonly retry?: RetryOptions | undefined;
  /**
   * Milliseconds for a new connection and the first answer over it; then the endpoint is tried again after a
   * pause. Default: 4,000, and more where round trips are known to be long.
   */
  readonly connectTimeoutMs?: number | undefined;
  /**
   * `false`: a call fails at once, with `UNAVAILABLE`, while every endpoint has failed, as gRPC's calls do by
   * default. Default: `true`, it waits for an endpoint up to its deadline. Watches and lease renewals always
   * wait.
   */
  readonly waitForReady?: boolean | undefined;
  /**
   * Bytes of the largest answer that is taken; a larger one is a `RESPONSE_TOO_LARGE` error. Pages of an
   * iteration and gathered reads are asked for in parts then. A watch needs room for the largest event, and
   * for 2 MiB at least. Default: 2,147,483,647, the most that a server can send.
   */
  readonly maxReceiveBytes?: number | undefined;
  /**
   * The name told to servers, or to a proxy that goes by it, over connections that are not encrypted (HTTP/2's
   * `:authority`). Default: the host and the port of the endpoint. For TLS there is `tls.serverName`.
   */
  readonly authority?: string | undefined;
  /** The pings by which a hung server is noticed. */
  readonly keepAlive?: KeepAliveOptions | undefined;
  /** Gathering of calls into transactions; `false` switches it off. Default: reads are gathered. */
  readonly batching?: BatchingOptions | false | undefined;
  /** Takes the endpoints from the list of members, again and again. Default: only `syncEndpoints()` does. */
  readonly endpointSync?: EndpointSyncOptions | undefined;
  /** Layers that see each call before it is sent; the first sees it first. */
  readonly interceptors?: readonly Interceptor[] | undefined;
  /** Asks servers to fail calls at once while they see no leader. Default: `false`; watches always do. */
  readonly requireLeader?: boolean | undefined;
  /** Metadata that goes with every call. */
  readonly metadata?: CallMetadata | undefined;
  /** The servers' version, `x.y.z`, where they may not tell it. */
  readonly serverVersion?: string | undefined;
  /**
   * Gets a line for each change of state, and at `debug` for each request: see docs/observability.md. `console`
   * is a logger. Default: none.
   */
  readonly logger?: Logger | undefined;
}

/** Milliseconds of a unary call, unless said otherwise. */
export const DEFAULT_TIMEOUT_MS = 5_000;

/** Servers answer faster pings by closing the connection. */
const LEAST_PING_INTERVAL_MS = 5_000;

const NAMES: OptionNames<EtcdClientOptions> = {
  endpoints: true,
  tls: true,
  auth: true,
  wire: true,
  namespace: true,
  timeoutMs: true,
  retry: true,
  keepAlive: true,
  connectTimeoutMs: true,
  waitForReady: true,
  maxReceiveBytes: true,
  authority: true,
  batching: true,
  endpointSync: true,
  interceptors: true,
  requireLeader: true,
  metadata: true,
  serverVersion: true,
  logger: true,
};

/**
 * Checks the options of a client.
 *
 * @returns the endpoints as a list
 * @throws InvalidArgumentError naming what is wrong or contradictory
 */
export function checkClientOptions(options: EtcdClientOptions): readonly string[] {
  if (options === undefined || typeof options === 'string') {
    const example = "{ endpoints: 'http://127.0.0.1:2379' }";
    throw invalidArgument('options', options, `an object with endpoints, such as ${example}`);
  }
  checkKnownOptions('options', options, NAMES);
  const { tls, auth, timeoutMs, retry, keepAlive, requireLeader, metadata, serverVersion } =
    options;
  const endpoints = checkEndpoints(options.endpoints, tls);
  if (tls !== undefined && typeof tls !== 'function') checkTlsOptions(tls);
  if (auth !== undefined) checkAuth(auth);
  wireOf(options);
  checkTimeoutMs('timeoutMs', timeoutMs);
  checkRetry(retry);
  checkKeepAlive(keepAlive);
  checkMilliseconds('connectTimeoutMs', options.connectTimeoutMs);
  checkBoolean('waitForReady', options.waitForReady);
  if (options.maxReceiveBytes !== undefined)
    checkPositiveInteger('maxReceiveBytes', options.maxReceiveBytes);
  checkAuthority(options.authority, endpoints);
  checkBatchingOptions(options.batching);
  checkEndpointSync(options.endpointSync);
  checkInterceptors(options.interceptors);
  checkBoolean('requireLeader', requireLeader);
  if (metadata !== undefined) checkMetadata('metadata', metadata);
  if (serverVersion !== undefined && parseVersion(serverVersion) === undefined) {
    throw invalidArgument('serverVersion', showWord(serverVersion), "a version such as '3.5.16'");
  }
  checkLogger(options.logger);
  return endpoints;
}

/**
 * Checks a list of endpoints; whether each can be read is seen when it is parsed.
 *
 * @param tls the option of the client that they are for
 * @throws InvalidArgumentError for an empty list, for an argument that is not a string, and for TLS with none of them encrypted
 */
export function checkEndpoints(
  endpoints: string | readonly string[],
  tls: TlsSource | undefined,
): readonly string[] {
  const list = typeof endpoints === 'string' ? [endpoints] : endpoints;
  if (!Array.isArray(list) || list.length === 0) {
    throw invalidArgument(
      'endpoints',
      endpoints,
      'at least one endpoint, such as http://host:2379',
    );
  }
  for (const endpoint of list) {
    if (typeof endpoint === 'string' && endpoint.trim() !== '') continue;
    throw invalidArgument('endpoints', showAddress(endpoint), 'a string such as http://host:2379');
  }
  if (tls !== undefined && list.every(isPlain)) {
    const shown = list.map(redactAddress).join(', ');
    throw invalidArgument('tls', tls, `the endpoints are not encrypted (${shown}): say https://`);
  }
  return list;
}

/** The variable that names the wire of clients whose options do not. */
const WIRE_VARIABLE = 'ETCD_KIT_WIRE';

/**
 * Returns the wire of a client: that of its options, or of the environment.
 *
 * @throws InvalidArgumentError for one that is not known
 */
export function wireOf({ wire }: EtcdClientOptions): Wire {
  const given = wire ?? (process.env[WIRE_VARIABLE] || 'grpc-js');
  if (isWire(given)) return given;
  const name = wire === undefined ? WIRE_VARIABLE : 'wire';
  const got = typeof given === 'string' ? showWord(given) : given;
  throw invalidArgument(name, got, WIRES.map((known) => `'${known}'`).join(' or '));
}

function isPlain(endpoint: string): boolean {
  return ['http', 'unix'].includes(schemeOf(endpoint).scheme ?? '');
}

function checkAuth(auth: AuthOptions): void {
  checkKnownOptions('auth', auth, { username: true, password: true, token: true });
  const { username, password, token } = auth;
  if (token !== undefined && (username !== undefined || password !== undefined)) {
    throw invalidArgument('auth', hide(auth), 'either username and password, or token, not both');
  }
  if (token !== undefined) {
    if (typeof token === 'function') return;
    if (typeof token === 'string' && isHeaderText(token) && token !== '') return;
    throw invalidArgument(
      'auth.token',
      hide(token),
      'a token of printable ASCII, or a function that returns one',
    );
  }
  if (typeof username !== 'string' || username === '' || !isWellFormed(username)) {
    throw invalidArgument('auth.username', hide(username), 'the name of a user');
  }
  if (typeof password !== 'string' || !isWellFormed(password)) {
    const got =
      typeof password === 'string' ? described('half of a surrogate pair') : hide(password);
    throw invalidArgument('auth.password', got, 'a string of whole characters');
  }
}

function checkEndpointSync(sync: EndpointSyncOptions | undefined): void {
  if (sync === undefined) return;
  checkKnownOptions('endpointSync', sync, { intervalSeconds: true });
  const { intervalSeconds } = sync;
  if (typeof intervalSeconds !== 'number' || !(intervalSeconds > 0 && intervalSeconds < Infinity)) {
    throw invalidArgument('endpointSync.intervalSeconds', intervalSeconds, 'seconds, above 0');
  }
}

function checkInterceptors(interceptors: readonly Interceptor[] | undefined): void {
  if (interceptors === undefined) return;
  if (!Array.isArray(interceptors) || interceptors.some((one) => typeof one !== 'function')) {
    throw invalidArgument('interceptors', interceptors, 'a list of functions');
  }
}

function checkLogger(logger: Logger | undefined): void {
  if (logger === undefined) return;
  const levels = LOG_LEVELS.join(', ');
  if (typeof logger !== 'object' || logger === null) {
    throw invalidArgument('logger', hide(logger), `an object with ${levels}, or some of them`);
  }
  for (const level of LOG_LEVELS) checkFunction(`logger.${level}`, logger[level]);
  if (LOG_LEVELS.every((level) => logger[level] === undefined)) {
    throw invalidArgument('logger', hide(logger), `it has none of the functions ${levels}`);
  }
}

function checkRetry(retry: RetryOptions | undefined): void {
  checkKnownOptions('retry', retry, {
    maxAttempts: true,
    initialBackoffMs: true,
    maxBackoffMs: true,
  });
  if (retry?.maxAttempts !== undefined)
    checkPositiveInteger('retry.maxAttempts', retry.maxAttempts);
  checkTimeoutMs('retry.initialBackoffMs', retry?.initialBackoffMs);
  checkTimeoutMs('retry.maxBackoffMs', retry?.maxBackoffMs);
}

function checkKeepAlive(keepAlive: KeepAliveOptions | undefined): void {
  checkKnownOptions('keepAlive', keepAlive, {
    intervalMs: true,
    timeoutMs: true,
    whileIdle: true,
  });
  const { intervalMs, timeoutMs, whileIdle } = keepAlive ?? {};
  if (intervalMs !== undefined && !(intervalMs >= LEAST_PING_INTERVAL_MS)) {
    throw invalidArgument(
      'keepAlive.intervalMs',
      intervalMs,
      `at least ${LEAST_PING_INTERVAL_MS}: servers close connections that ping faster`,
    );
  }
  checkTimeoutMs('keepAlive.intervalMs', intervalMs);
  checkMilliseconds('keepAlive.timeoutMs', timeoutMs);
  checkBoolean('keepAlive.whileIdle', whileIdle);
}

/** Checks a time that cannot be "none". */
function checkMilliseconds(name: string, value: number | undefined): void {
  if (value === undefined) return;
  if (typeof value !== 'number' || !(value > 0 && Number.isFinite(value))) {
    throw invalidArgument(name, value, 'a number of milliseconds above 0');
  }
}

/** A host, with or without a port. */
const AUTHORITY = /^(?:[\w.-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?$/i;

function checkAuthority(authority: string | undefined, endpoints: readonly string[]): void {
  if (authority === undefined) return;
  if (typeof authority !== 'string' || !AUTHORITY.test(authority)) {
    throw invalidArgument('authority', showAddress(authority), 'a name such as etcd.example:2379');
  }
  if (endpoints.every((endpoint) => schemeOf(endpoint).scheme === 'https')) {
    const wayOut = 'the endpoints are encrypted: the name for those is tls.serverName';
    throw invalidArgument('authority', showAddress(authority), wayOut);
  }
}
