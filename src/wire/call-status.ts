import { GrpcCode } from '../errors/index.js';
import { codeName, H2Code } from './protocol.js';

/** The end of a call, as gRPC names it. */
export interface CallStatus {
  readonly code: number;
  readonly details: string;
}

const HTTP_OK = 200;

// The texts are those of grpc-js where it has one: a search for them finds what others wrote, and
// what they prove is a table that both wires share.

/** The statuses by which HTTP says what gRPC has codes for. */
const HTTP_CODES: ReadonlyMap<number, number> = new Map([
  [400, GrpcCode.INTERNAL],
  [401, GrpcCode.UNAUTHENTICATED],
  [403, GrpcCode.PERMISSION_DENIED],
  [404, GrpcCode.UNIMPLEMENTED],
  [429, GrpcCode.UNAVAILABLE],
  [502, GrpcCode.UNAVAILABLE],
  [503, GrpcCode.UNAVAILABLE],
  [504, GrpcCode.UNAVAILABLE],
]);

/** The end of a call that was answered in HTTP, and not in gRPC. */
export function fromHttp(httpStatus: number, contentType?: string): CallStatus {
  const details = `Received HTTP status code ${httpStatus}`;
  const foreign = httpStatus === HTTP_OK && contentType !== undefined;
  return {
    code: HTTP_CODES.get(httpStatus) ?? GrpcCode.UNKNOWN,
    details: foreign ? `${details} with content-type ${contentType}` : details,
  };
}

/** The end that the trailers tell of. Without a status they are none of gRPC. */
export function fromTrailers(
  grpcStatus: string | undefined,
  grpcMessage: string,
  httpStatus: number,
): CallStatus {
  if (grpcStatus === undefined) return fromHttp(httpStatus);
  const code = /^\d{1,9}$/.test(grpcStatus) ? Number(grpcStatus) : GrpcCode.UNKNOWN;
  return { code, details: percentDecoded(grpcMessage) };
}

/**
 * The end of a call whose stream the peer has reset with this code of HTTP/2.
 *
 * @param answered is true if the answer has begun: then the peer cannot have refused to look at the request
 */
export function fromReset(code: number, answered = false): CallStatus {
  switch (code) {
    case H2Code.NO_ERROR:
      return internal(`Received RST_STREAM with code ${code} (Call ended without gRPC status)`);
    case H2Code.REFUSED_STREAM:
      if (!answered) return REFUSED;
      break;
    case H2Code.CANCEL:
      return { code: GrpcCode.CANCELLED, details: 'Call cancelled' };
    case H2Code.ENHANCE_YOUR_CALM:
      return EXHAUSTED;
    case H2Code.INADEQUATE_SECURITY:
      return { code: GrpcCode.PERMISSION_DENIED, details: 'Protocol not secure enough' };
    case H2Code.INTERNAL_ERROR:
      return internal(`Received RST_STREAM with code ${code} (Internal server error)`);
  }
  return internal(`Received RST_STREAM with code ${code} (${codeName(code)})`);
}

function internal(details: string): CallStatus {
  return { code: GrpcCode.INTERNAL, details };
}

/** No byte of the request was processed: the peer said so. */
export const REFUSED: CallStatus = {
  code: GrpcCode.UNAVAILABLE,
  details: 'Stream refused by server',
};

/** The peer ends connections that ask too much of it. */
export const EXHAUSTED: CallStatus = {
  code: GrpcCode.RESOURCE_EXHAUSTED,
  details: 'Bandwidth exhausted or memory limit exceeded',
};

/** The connection takes no more calls: this one was not sent. */
export const CLOSED: CallStatus = {
  code: GrpcCode.UNAVAILABLE,
  details: 'Channel closed before call started',
};

/** The connection broke before a byte of the call was written. */
export const NOT_WRITTEN: CallStatus = {
  code: GrpcCode.UNAVAILABLE,
  details: 'Failed to start HTTP/2 stream: the connection was lost before',
};

/** The end of a call whose time is up. */
export function deadlineExceeded(written: boolean): CallStatus {
  return {
    code: GrpcCode.DEADLINE_EXCEEDED,
    details: written ? 'Deadline exceeded' : 'Deadline exceeded before the request was sent',
  };
}

/** The end of a call that waited for a connection that could not be made. */
export function notConnected(reason: string): CallStatus {
  return {
    code: GrpcCode.UNAVAILABLE,
    details: `No connection established. Last error: ${reason}`,
  };
}

/** The end of a call that was under way when its connection broke. */
export function connectionDropped(reason: string): CallStatus {
  return { code: GrpcCode.UNAVAILABLE, details: `Connection dropped: ${reason}` };
}

const ESCAPES = /%[0-9a-f]{2}/i;

/** The text of `grpc-message`, in which all but printable ASCII is written as `%` and two digits, in UTF-8. */
function percentDecoded(text: string): string {
  if (!ESCAPES.test(text)) return text;
  const bytes: number[] = [];
  for (let at = 0; at < text.length; at++) {
    const escaped = text[at] === '%' ? /^%([0-9a-f]{2})/i.exec(text.slice(at, at + 3)) : null;
    // What is no escape stands for itself: servers forget to escape it.
    bytes.push(escaped === null ? text.charCodeAt(at) : Number.parseInt(escaped[1] as string, 16));
    if (escaped !== null) at += 2;
  }
  return Buffer.from(bytes).toString();
}
