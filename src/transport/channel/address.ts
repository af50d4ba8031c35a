import { isIP } from 'node:net';
import { type InvalidArgumentError, invalidArgument, showAddress } from '../../errors/index.js';
// The types of the sockets behind it are Node's, and must not be in the way of a public type.
import type { Place } from '../../wire/place.js';

/** One endpoint, taken apart once. */
export interface Address {
  /** The tidied form of the given endpoint: the name of this endpoint in errors, events and per-endpoint calls. */
  readonly endpoint: string;
  /** Equal for all spellings of one endpoint, such as `http://host:2379` and `host:2379`. */
  readonly key: string;
  /** The target string of grpc-js. */
  readonly target: string;
  /** The socket that is connected to. */
  readonly place: Place;
  /** The name that requests give to the server. */
  readonly authority: string;
  /** The host a certificate is checked against; empty for a Unix socket, which is never encrypted. */
  readonly host: string;
  /** True if the connection is encrypted. */
  readonly secure: boolean;
}

const ALLOWED = 'host:port, http://host:port, https://host:port, unix:///path or dnssrv://domain';
/** etcd's client port, for a host that comes without one. */
const DEFAULT_PORT = '2379';
/** A name, or an address of IP version 6. The parser lets other signs pass, or escapes them. */
const HOST = /^(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])$/i;
const SCHEME = /^([a-z][a-z0-9+.-]*):\/\/(.*)$/i;

/** Splits `scheme://rest`; a bare `host:port` has no scheme. */
export function schemeOf(endpoint: string): { scheme: string | undefined; rest: string } {
  const match = SCHEME.exec(endpoint);
  return match === null
    ? { scheme: undefined, rest: endpoint }
    : { scheme: match[1]?.toLowerCase(), rest: match[2] ?? '' };
}

/**
 * Reads one endpoint that can be connected to (`dnssrv://` is looked up before it gets here).
 *
 * @param tls whether the client has TLS options: a bare `host:port` is then encrypted.
 * @throws InvalidArgumentError naming the endpoint when it cannot be read.
 */
export function parseAddress(endpoint: string, tls: boolean): Address {
  const { scheme, rest } = schemeOf(endpoint.trim());
  switch (scheme) {
    case 'unix':
      return unixAddress(rest, endpoint);
    case 'http':
    case 'https':
      return hostAddress(endpoint, scheme, rest, scheme === 'https');
    case undefined:
      return hostAddress(endpoint, undefined, rest, tls);
    default:
      throw refusedAddress(endpoint);
  }
}

/** The error for an endpoint that cannot be read. Users and passwords in it are not shown. */
function refusedAddress(given: string, problem?: string): InvalidArgumentError {
  const allowed = `allowed are ${ALLOWED}`;
  const wayOut = problem === undefined ? allowed : `${problem}; ${allowed}`;
  return invalidArgument('endpoints', showAddress(given), wayOut);
}

function unixAddress(path: string, given: string): Address {
  if (path === '') throw refusedAddress(given);
  if (/^[^/]*:[^/]*@/.test(path)) throw refusedAddress(given, misreading(path));
  const target = `unix:${path}`;
  return {
    endpoint: `unix://${path}`,
    key: target,
    target,
    place: { path },
    authority: 'localhost',
    host: '',
    secure: false,
  };
}

function hostAddress(
  given: string,
  scheme: string | undefined,
  rest: string,
  secure: boolean,
): Address {
  const url = parseUrl(given, rest);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const port = url.port === '' ? DEFAULT_PORT : url.port;
  const authority = `${url.hostname}:${port}`;
  return {
    endpoint: scheme === undefined ? authority : `${scheme}://${authority}`,
    key: `${secure ? 'https' : 'http'}://${authority.toLowerCase()}`,
    target: `${targetScheme(host)}:${authority}`,
    place: { host, port: Number(port) },
    authority,
    host,
    secure,
  };
}

function parseUrl(given: string, rest: string): URL {
  // A neutral scheme, so that no port is dropped for being some scheme's default.
  let url: URL;
  try {
    url = new URL(`etcd://${rest}`);
  } catch {
    throw refusedAddress(given, misreading(rest));
  }
  const bare = url.pathname === '' || url.pathname === '/';
  const portMissing = /:\/?$/.test(rest) || url.port === '0';
  const noHost = !HOST.test(url.hostname);
  if (noHost || !bare || portMissing || url.search || url.hash || url.username || url.password) {
    throw refusedAddress(given, misreading(rest));
  }
  return url;
}

/** Names the usual mistakes in an address, and the way out of each. */
function misreading(rest: string): string | undefined {
  if (rest.includes('@')) {
    return 'a user and a password do not belong in an address: use the option auth';
  }
  if (/[,;]|\S\s+\S/.test(rest)) {
    return "several endpoints are an array: ['http://a:2379', 'http://b:2379']";
  }
  const path = /^[^/?#]+(\/[^?#]+)/.exec(rest)?.[1];
  if (path !== undefined) return `the path ${path} has no meaning here: leave it out`;
  if (/[?#]/.test(rest)) return 'a query has no meaning here: leave it out';
  if (/:[^:\]]*$/.test(rest)) return 'a port is a number from 1 to 65535';
  return undefined;
}

function targetScheme(host: string): string {
  switch (isIP(host)) {
    case 4:
      return 'ipv4';
    case 6:
      return 'ipv6';
    default:
      return 'dns';
  }
}
