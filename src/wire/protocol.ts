// The numbers of HTTP/2 (RFC 9113) that a client needs.

/** The bytes by which a client says that it speaks HTTP/2. */
export const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';

export const FRAME_HEADER_BYTES = 9;

export const FrameType = {
  DATA: 0,
  HEADERS: 1,
  PRIORITY: 2,
  RST_STREAM: 3,
  SETTINGS: 4,
  PUSH_PROMISE: 5,
  PING: 6,
  GOAWAY: 7,
  WINDOW_UPDATE: 8,
  CONTINUATION: 9,
} as const;

export const Flag = {
  /** Of DATA and HEADERS: nothing follows on the stream. */
  END_STREAM: 0x1,
  /** Of SETTINGS and PING: it answers one. */
  ACK: 0x1,
  END_HEADERS: 0x4,
  PADDED: 0x8,
  PRIORITY: 0x20,
} as const;

export const Setting = {
  HEADER_TABLE_SIZE: 1,
  ENABLE_PUSH: 2,
  MAX_CONCURRENT_STREAMS: 3,
  INITIAL_WINDOW_SIZE: 4,
  MAX_FRAME_SIZE: 5,
  MAX_HEADER_LIST_SIZE: 6,
} as const;

/** The codes of RST_STREAM and GOAWAY. */
export const H2Code = {
  NO_ERROR: 0,
  PROTOCOL_ERROR: 1,
  INTERNAL_ERROR: 2,
  FLOW_CONTROL_ERROR: 3,
  SETTINGS_TIMEOUT: 4,
  STREAM_CLOSED: 5,
  FRAME_SIZE_ERROR: 6,
  REFUSED_STREAM: 7,
  CANCEL: 8,
  COMPRESSION_ERROR: 9,
  CONNECT_ERROR: 10,
  ENHANCE_YOUR_CALM: 11,
  INADEQUATE_SECURITY: 12,
  HTTP_1_1_REQUIRED: 13,
} as const;

const CODE_NAMES = new Map<number, string>(
  Object.entries(H2Code).map(([name, code]) => [code, name]),
);

/** Returns the name of a code, or its number. */
export function codeName(code: number): string {
  return CODE_NAMES.get(code) ?? `code ${code}`;
}

/** The window of the connection, and of each stream, until something else is said. */
export const DEFAULT_WINDOW = 65_535;
/** The largest window, and the largest stream id. */
export const LARGEST_31_BIT = 2 ** 31 - 1;
/** The largest frame that everybody must take; no larger one is asked for here. */
export const DEFAULT_FRAME_BYTES = 16_384;
export const LARGEST_FRAME_BYTES = 2 ** 24 - 1;
/** The size of the table of header fields until something else is said. */
export const DEFAULT_TABLE_BYTES = 4_096;
/** The limit of a peer that names none. */
export const NO_STREAM_LIMIT = 2 ** 32 - 1;

/** A whole number of 31 bits; the bit before them is reserved, and not looked at. */
export function readUint31(bytes: Buffer, at: number): number {
  return bytes.readUInt32BE(at) & LARGEST_31_BIT;
}
