const CLIENT_PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';
const FRAME_HEADER_BYTES = 9;
const MESSAGE_HEADER_BYTES = 5;
const DATA = 0x0;
const HEADERS = 0x1;
const RST_STREAM = 0x3;
const END_STREAM = 0x1;
const PADDED = 0x8;

/** A run of bytes as they came, cut where gRPC messages begin and end. */
export interface Piece {
  readonly bytes: Uint8Array;
  /** Begins with the header of a frame of some call, rather than of the connection itself (settings, pings and the like). */
  readonly opensFrameOfCall: boolean;
  /** Begins with the header of the frame in which a message begins. */
  readonly opensMessage: boolean;
  /** The number of messages that are complete with its last byte. */
  readonly closesMessages: number;
}

interface Message {
  /** Bytes of its length prefix that have come. */
  header: number[];
  /** Bytes of its body still to come. */
  missing: number;
}

/**
 * Finds the gRPC messages in one direction of an HTTP/2 connection, so that it can be cut between two of
 * them. Frame headers are held back until they are whole. DATA frames are followed per stream. All else
 * passes.
 */
export class MessageSplitter {
  readonly #streams = new Map<number, Message>();
  #prefaceLeft: number;
  #header: number[] = [];
  /** Bytes left of the current frame. */
  #frameLeft = 0;
  /** Padding at the end of the current frame, unknown until its first byte. */
  #padding: number | undefined = 0;
  #message: Message | undefined;

  constructor(from: 'client' | 'server') {
    this.#prefaceLeft = from === 'client' ? CLIENT_PREFACE.length : 0;
  }

  /** Returns whether a connection whose client begins with this byte can be HTTP/2 in plain text. */
  static understands(firstByte: number | undefined): boolean {
    return firstByte === CLIENT_PREFACE.charCodeAt(0);
  }

  /** The pieces of what has come; a frame header that is not whole yet is kept for the next call. */
  push(chunk: Uint8Array): Piece[] {
    const pieces: Piece[] = [];
    let at = Math.min(this.#prefaceLeft, chunk.length);
    this.#prefaceLeft -= at;
    if (at > 0) pieces.push(piece(chunk.subarray(0, at)));
    while (at < chunk.length) {
      if (this.#frameLeft === 0) {
        this.#header.push(chunk[at++] ?? 0);
        if (this.#header.length === FRAME_HEADER_BYTES) pieces.push(this.#openFrame());
      } else {
        const end = Math.min(at + this.#frameLeft, chunk.length);
        const bytes = chunk.subarray(at, end);
        this.#frameLeft -= bytes.length;
        pieces.push({ ...piece(bytes), closesMessages: this.#readPayload(bytes) });
        at = end;
      }
    }
    return pieces;
  }

  #openFrame(): Piece {
    const header = Uint8Array.from(this.#header);
    this.#header = [];
    const [high = 0, middle = 0, low = 0, type = 0, flags = 0] = header;
    this.#frameLeft = (high << 16) | (middle << 8) | low;
    // The highest bit of a stream's number is reserved.
    const stream = new DataView(header.buffer).getUint32(5) & 0x7fff_ffff;
    const known = this.#streams.get(stream);
    const endsStream =
      type === RST_STREAM || ((type === DATA || type === HEADERS) && (flags & END_STREAM) !== 0);
    if (endsStream) this.#streams.delete(stream);
    this.#message = undefined;
    if (type !== DATA || this.#frameLeft === 0) {
      return { ...piece(header), opensFrameOfCall: type === DATA || type === HEADERS };
    }
    this.#padding = (flags & PADDED) === 0 ? 0 : undefined;
    this.#message = known ?? { header: [], missing: 0 };
    if (!endsStream) this.#streams.set(stream, this.#message);
    // No byte of the next message's length has come: this frame begins it.
    const opensMessage = this.#message.header.length === 0;
    return { bytes: header, opensFrameOfCall: true, opensMessage, closesMessages: 0 };
  }

  /** Follows a message through a part of a DATA frame; returns how many messages ended in it. */
  #readPayload(bytes: Uint8Array): number {
    const message = this.#message;
    if (message === undefined) return 0;
    let at = 0;
    if (this.#padding === undefined) this.#padding = bytes[at++] ?? 0;
    // What is left after these bytes may be padding in part; only what is no padding counts.
    const end = bytes.length - Math.max(0, this.#padding - this.#frameLeft);
    let ended = 0;
    while (at < end) {
      if (message.header.length < MESSAGE_HEADER_BYTES) {
        message.header.push(bytes[at++] ?? 0);
        if (message.header.length === MESSAGE_HEADER_BYTES) {
          message.missing = new DataView(Uint8Array.from(message.header).buffer).getUint32(1);
        }
      } else {
        const step = Math.min(message.missing, end - at);
        message.missing -= step;
        at += step;
      }
      if (message.header.length === MESSAGE_HEADER_BYTES && message.missing === 0) {
        message.header = [];
        ended++;
      }
    }
    return ended;
  }
}

function piece(bytes: Uint8Array): Piece {
  return { bytes, opensFrameOfCall: false, opensMessage: false, closesMessages: 0 };
}
