import type { ErrorCode } from './codes.js';
import { GrpcCode } from './grpc-codes.js';
import { interrupted, refused, type Verdict, verdict } from './verdict.js';

/** Returns the meaning of a text of gRPC itself, or `undefined` if it is none. */
export function transportVerdict(code: number, details: string): Verdict | undefined {
  if (
    code === GrpcCode.DEADLINE_EXCEEDED &&
    BEFORE_SENDING.test(details) &&
    !details.includes(ON_A_CONNECTION)
  ) {
    return neverLeft('TIMEOUT');
  }
  if (details.startsWith(NO_CONNECTION) && TLS_REFUSAL.test(details)) {
    return neverLeft('UNAVAILABLE', false);
  }
  return transportMessages.find(([beginning]) => details.startsWith(beginning))?.[1];
}

/** The meaning of a code alone; what is not listed could be anything. */
export function codeVerdict(code: number): Verdict {
  return byCode.get(code) ?? interrupted('UNKNOWN');
}

/** Returns whether these are the details of a call whose connection was ended before any byte was received. */
export function tellsOfSuddenEnd(details: string): boolean {
  return ENDED_AT_ONCE.test(details);
}

const PROXY_LIMIT = 'a proxy before the server limits the size of requests';

/** The channel could not connect; the reason follows. */
const NO_CONNECTION = 'No connection established';

/**
 * Texts that come from gRPC itself, on our side or on the server's, by the way they begin. They are
 * no answers of etcd, and their gRPC codes mislead: RESOURCE_EXHAUSTED alone has four meanings here.
 */
const transportMessages: readonly (readonly [beginning: string, verdict: Verdict])[] = [
  [NO_CONNECTION, neverLeft()],
  ['Name resolution failed', neverLeft()],
  ['Failed to parse DNS address', neverLeft()],
  ['Channel closed before call started', neverLeft()],
  ['Getting metadata from plugin failed', neverLeft()],
  ['Failed to start HTTP/2 stream', neverLeft()],
  ['Deadline exceeded before the request was sent', neverLeft('TIMEOUT')],
  // The one HTTP/2 error that promises that nothing was processed.
  ['Stream refused by server', neverLeft()],
  ['Attempted to send message with a size larger than', neverLeft('REQUEST_TOO_LARGE', false)],
  // The server's limit on requests.
  ['grpc: received message larger than max', refused('REQUEST_TOO_LARGE')],
  ['grpc: received message after decompression larger than max', refused('REQUEST_TOO_LARGE')],
  // A proxy refuses to pass the request on: etcd's own by this text, others by the status of HTTP.
  ['trying to send message larger than max', refused('REQUEST_TOO_LARGE', PROXY_LIMIT)],
  ['Received HTTP status code 413', refused('REQUEST_TOO_LARGE', PROXY_LIMIT)],
  // The server's limit on answers, and ours: the request was carried out before.
  ['grpc: trying to send message larger than max', verdict('RESPONSE_TOO_LARGE', 'unknown', false)],
  ['Received message larger than max', verdict('RESPONSE_TOO_LARGE', 'unknown', false)],
  [
    'Received message that decompresses to a size larger than',
    verdict('RESPONSE_TOO_LARGE', 'unknown', false),
  ],
  [
    'Bandwidth exhausted or memory limit exceeded',
    interrupted(
      'TOO_MANY_PINGS',
      'the server ends connections that send keepalive pings too often',
    ),
  ],
  ['Protocol not secure enough', interrupted('UNAVAILABLE')],
  ['Received HTTP status code', interrupted('UNAVAILABLE', 'what answered there is not etcd')],
  // The server said that all went well, and sent no answer or several.
  ['No message received', verdict('INTERNAL', 'unknown', true)],
  ['Too many responses received', verdict('INTERNAL', 'unknown', true)],
  [
    'Unreadable response',
    verdict(
      'INTERNAL',
      'unknown',
      false,
      'what answers there may not be etcd, or a proxy damages it',
    ),
  ],
];

/** The stages before sending that grpc-js writes into its own deadline errors. */
const BEFORE_SENDING = /waiting for (?:name resolution|metadata filters)|Waiting for LB pick/;
/** Part of that text once the call is on a connection. */
const ON_A_CONNECTION = 'remote_addr=';

/**
 * Refusals of a TLS handshake that the next attempt meets again: certificates that one side does not accept,
 * and a server that does not speak TLS. A connection that was just closed is none of them.
 */
const TLS_REFUSAL = new RegExp(
  [
    'unable to (?:verify|get)',
    'self[- ]signed certificate',
    'certificate (?:has expired|is not yet valid|signature failure|revoked|rejected|not trusted)',
    "does not match certificate's altnames",
    'alert (?:[a-z]+ )*(?:certificate|ca|protocol version|handshake failure|access denied)',
    'wrong version number',
    'does not speak HTTP/2',
    'speaks TLS: use https',
  ].join('|'),
);

/** Texts of connections that the other side ended before it had sent anything. */
const ENDED_AT_ONCE =
  /Failed to connect|Connection dropped|before secure TLS connection was established|ECONNRESET|EPIPE|socket hang up|Protocol error|before its first word/;

/** The meaning of a status whose text says nothing: its code alone. */
const byCode: ReadonlyMap<number, Verdict> = new Map([
  [
    GrpcCode.CANCELLED,
    // When both sides' deadlines collide, the server's cancellation can come first.
    interrupted('TIMEOUT', 'this client did not cancel it, so its deadline passed on the server'),
  ],
  [GrpcCode.DEADLINE_EXCEEDED, interrupted('TIMEOUT')],
  [GrpcCode.INVALID_ARGUMENT, refused('REFUSED')],
  [GrpcCode.OUT_OF_RANGE, refused('REFUSED')],
  [GrpcCode.NOT_FOUND, verdict('REFUSED', 'unknown', false)],
  [GrpcCode.ALREADY_EXISTS, verdict('REFUSED', 'unknown', false)],
  [GrpcCode.FAILED_PRECONDITION, verdict('REFUSED', 'unknown', false)],
  [GrpcCode.PERMISSION_DENIED, refused('PERMISSION_DENIED')],
  [GrpcCode.UNAUTHENTICATED, refused('UNAUTHENTICATED')],
  [GrpcCode.UNIMPLEMENTED, refused('UNIMPLEMENTED')],
  [GrpcCode.INTERNAL, interrupted('INTERNAL')],
  [GrpcCode.UNAVAILABLE, interrupted('UNAVAILABLE')],
]);

/** No byte of the request reached a server's handler. */
function neverLeft(code: ErrorCode = 'UNAVAILABLE', passing = true): Verdict {
  return verdict(code, 'not-sent', passing);
}
