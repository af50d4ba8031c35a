import { type CallStatus, fromHttp, fromReset, fromTrailers } from './call-status.js';
import { ConnectionFault, MessageFault } from './faults.js';
import type { FloodGuard } from './flood-guard.js';
import { HpackDecoder } from './hpack/decoder.js';
import { unreadable } from './message-reader.js';
import {
  Flag,
  FrameType,
  H2Code,
  LARGEST_31_BIT,
  LARGEST_FRAME_BYTES,
  readUint31,
  Setting,
} from './protocol.js';
import { ReceiveWindow } from './receive-window.js';
import { MOST_FIELD_BYTES, ResponseFields } from './response-fields.js';
import type { Stream } from './stream.js';
import type { StreamTable } from './stream-table.js';

/** Bytes that all streams together may be sent before the peer hears that they have come. */
export const CONNECTION_WINDOW_BYTES = 2 ** 22;

/** Frames in which one block of header fields may come. */
const MOST_CONTINUATIONS = 32;

/** Frames about fewer bytes than this are counted as being of no use, where a peer could send them without end. */
const WORTH_BYTES = 1_024;

const HTTP_OK = 200;

/** The connection, as the frames of its peer change it. */
export interface InboundHost {
  readonly streams: StreamTable;
  readonly guard: FloodGuard;
  /** The peer has said how it wants the connection to be; an empty map is the first word, too. */
  settings(values: ReadonlyMap<number, number>): void;
  pinged(bytes: Buffer, start: number): void;
  goAway(lastId: number, code: number, reason: string): void;
  /** More may be sent, on this stream or, without one, on the connection. */
  enlarged(stream: Stream | undefined, bytes: number): void;
  /** The peer may be told that it may send more. */
  giveBack(streamId: number, bytes: number): void;
  /** The peer ended the stream. */
  ended(stream: Stream, status: CallStatus): void;
  /** The stream ends now on our side: with this code for the peer, and this status for the caller. */
  breakOff(stream: Stream, code: number, status: CallStatus): void;
}

/** A block of header fields of which the end is still to come. */
interface OpenBlock {
  readonly streamId: number;
  readonly endStream: boolean;
  readonly parts: Buffer[];
  bytes: number;
}

/**
 * Takes the frames of the peer. What breaks a rule of HTTP/2 is thrown, with the code that the rule names,
 * and ends the connection; what breaks one on a single stream ends that stream (RFC 9113, 5.4).
 */
export class Inbound {
  readonly #host: InboundHost;
  readonly #decoder = new HpackDecoder();
  readonly #fields = new ResponseFields();
  readonly #window = new ReceiveWindow(CONNECTION_WINDOW_BYTES);
  #block: OpenBlock | undefined;
  /** The first frame has come. */
  #begun = false;

  constructor(host: InboundHost) {
    this.#host = host;
  }

  /** @throws ConnectionFault */
  frame(type: number, flags: number, id: number, bytes: Buffer, start: number, end: number): void {
    if (
      this.#block !== undefined &&
      (type !== FrameType.CONTINUATION || id !== this.#block.streamId)
    ) {
      throw protocol('another frame within a block of header fields');
    }
    if (!this.#begun) {
      if (type !== FrameType.SETTINGS || (flags & Flag.ACK) !== 0) {
        throw protocol('the first frame is not SETTINGS');
      }
      this.#begun = true;
    }
    switch (type) {
      case FrameType.DATA:
        this.#data(flags, id, bytes, start, end);
        return;
      case FrameType.HEADERS:
        this.#headers(flags, id, bytes, start, end);
        return;
      case FrameType.CONTINUATION:
        this.#continuation(flags, bytes, start, end);
        return;
      case FrameType.SETTINGS:
        this.#settings(flags, id, bytes, start, end);
        return;
      case FrameType.PING:
        this.#ping(flags, id, bytes, start, end);
        return;
      case FrameType.WINDOW_UPDATE:
        this.#windowUpdate(id, bytes, start, end);
        return;
      case FrameType.RST_STREAM:
        this.#reset(id, bytes, start, end);
        return;
      case FrameType.GOAWAY:
        this.#goAway(id, bytes, start, end);
        return;
      case FrameType.PRIORITY:
        this.#priority(id, start, end);
        return;
      case FrameType.PUSH_PROMISE:
        throw protocol('PUSH_PROMISE, which was switched off');
      default:
        this.#host.guard.useless('frames of an unknown type');
    }
  }

  #data(flags: number, id: number, bytes: Buffer, start: number, end: number): void {
    const { streams, guard } = this.#host;
    if (id === 0) throw protocol('DATA on stream 0');
    // All of the frame counts, its padding too.
    const counted = end - start;
    if (!this.#window.receive(counted)) throw flowControl('the connection');
    const room = this.#window.giveBack(0);
    if (room > 0) this.#host.giveBack(0, room);
    const padded = (flags & Flag.PADDED) !== 0;
    const from = padded ? start + 1 : start;
    const to = end - (padded ? paddingOf(bytes, start, end, 'DATA') : 0);
    const stream = streams.get(id);
    if (stream === undefined) {
      streams.checkLate(id, 'DATA');
      if (to - from < WORTH_BYTES) guard.useless('DATA of streams that are over');
      return;
    }
    const endStream = (flags & Flag.END_STREAM) !== 0;
    if (from === to && !endStream) guard.useless('empty DATA');
    else guard.useful();
    if (!stream.window.receive(counted)) {
      this.#malformed(stream, 'more DATA than its window allows', H2Code.FLOW_CONTROL_ERROR);
    } else if (!stream.answered) {
      this.#malformed(stream, 'DATA before HEADERS');
    } else {
      this.#body(stream, bytes, from, to, endStream);
    }
  }

  #body(stream: Stream, bytes: Buffer, from: number, to: number, endStream: boolean): void {
    try {
      stream.receive(bytes, from, to);
    } catch (error) {
      if (!(error instanceof MessageFault)) throw error;
      const { status: code, message: details } = error;
      this.#host.breakOff(stream, H2Code.CANCEL, { code, details });
      return;
    }
    // A callback of the call may have ended it.
    if (this.#host.streams.get(stream.id) !== stream) return;
    if (endStream) this.#host.ended(stream, fromReset(H2Code.NO_ERROR));
    else this.giveBack(stream);
  }

  /** Tells the peer that it may send more on a stream, if there is enough of it to tell. */
  giveBack(stream: Stream): void {
    const room = stream.window.giveBack(stream.heldBytes);
    if (room > 0) this.#host.giveBack(stream.id, room);
  }

  #headers(flags: number, id: number, bytes: Buffer, start: number, end: number): void {
    if (id === 0) throw protocol('HEADERS on stream 0');
    const padded = (flags & Flag.PADDED) !== 0;
    const to = end - (padded ? paddingOf(bytes, start, end, 'HEADERS') : 0);
    const from = start + (padded ? 1 : 0) + ((flags & Flag.PRIORITY) !== 0 ? 5 : 0);
    if (from > to) throw frameSize('HEADERS');
    const endStream = (flags & Flag.END_STREAM) !== 0;
    if ((flags & Flag.END_HEADERS) !== 0) {
      this.#fieldsOf(id, endStream, bytes, from, to);
    } else {
      const parts = [Buffer.from(bytes.subarray(from, to))];
      this.#block = { streamId: id, endStream, parts, bytes: to - from };
    }
  }

  #continuation(flags: number, bytes: Buffer, start: number, end: number): void {
    const block = this.#block;
    if (block === undefined) throw protocol('CONTINUATION without HEADERS');
    block.parts.push(Buffer.from(bytes.subarray(start, end)));
    block.bytes += end - start;
    if (block.parts.length > MOST_CONTINUATIONS || block.bytes > MOST_FIELD_BYTES) {
      throw new ConnectionFault(H2Code.ENHANCE_YOUR_CALM, 'header fields without end');
    }
    if ((flags & Flag.END_HEADERS) === 0) return;
    this.#block = undefined;
    const whole = Buffer.concat(block.parts);
    this.#fieldsOf(block.streamId, block.endStream, whole, 0, whole.length);
  }

  /** Takes a block that is complete. */
  #fieldsOf(id: number, endStream: boolean, bytes: Buffer, start: number, end: number): void {
    const { streams, guard } = this.#host;
    const fields = this.#fields;
    fields.clear();
    // Even of a stream that is over: the table of fields is that of the connection.
    this.#decoder.decode(bytes, start, end, fields.add);
    const stream = streams.get(id);
    if (stream === undefined) {
      streams.checkLate(id, 'HEADERS');
      guard.useless('HEADERS of streams that are over');
      return;
    }
    const { malformed, httpStatus } = fields;
    if (malformed !== undefined) {
      this.#malformed(stream, malformed);
      return;
    }
    if (fields.tooLarge) {
      const { status: code, message: details } = unreadable('its header fields are too large');
      this.#host.breakOff(stream, H2Code.CANCEL, { code, details });
      return;
    }
    if (stream.answered) {
      this.#trailers(stream, endStream);
      return;
    }
    if (httpStatus === 0) {
      this.#malformed(stream, 'no status in the header fields');
      return;
    }
    if (httpStatus < HTTP_OK) {
      if (endStream) {
        this.#malformed(stream, 'an end with a status that announces another');
        return;
      }
      guard.useless('answers that announce another');
      return;
    }
    guard.useful();
    stream.answered = true;
    stream.httpStatus = httpStatus;
    this.#answer(stream, endStream);
  }

  /** Takes the first block of an answer. */
  #answer(stream: Stream, endStream: boolean): void {
    const { contentType, grpcStatus, grpcMessage, httpStatus } = this.#fields;
    const isGrpc = contentType?.startsWith('application/grpc') === true;
    if (endStream) {
      this.#host.ended(stream, fromTrailers(grpcStatus, grpcMessage, httpStatus));
    } else if (grpcStatus === undefined && (httpStatus !== HTTP_OK || !isGrpc)) {
      // The page of a proxy, say. Its text is not read as messages.
      const type = contentType ?? 'none';
      this.#host.breakOff(stream, H2Code.CANCEL, fromHttp(httpStatus, type));
    }
  }

  #trailers(stream: Stream, endStream: boolean): void {
    const { httpStatus, grpcStatus, grpcMessage } = this.#fields;
    if (!endStream) {
      this.#malformed(stream, 'HEADERS in the midst of an answer');
      return;
    }
    if (httpStatus !== 0) {
      this.#malformed(stream, 'a status of HTTP in the trailers');
      return;
    }
    this.#host.guard.useful();
    this.#host.ended(stream, fromTrailers(grpcStatus, grpcMessage, stream.httpStatus));
  }

  #settings(flags: number, id: number, bytes: Buffer, start: number, end: number): void {
    if (id !== 0) throw protocol('SETTINGS on a stream');
    const length = end - start;
    const isAck = (flags & Flag.ACK) !== 0;
    if (isAck ? length !== 0 : length % 6 !== 0) throw frameSize('SETTINGS');
    this.#host.guard.useless('SETTINGS');
    if (isAck) return;
    const values = new Map<number, number>();
    for (let at = start; at < end; at += 6) {
      const setting = bytes.readUInt16BE(at);
      const value = bytes.readUInt32BE(at + 2);
      checkSetting(setting, value);
      values.set(setting, value);
    }
    this.#host.settings(values);
  }

  #ping(flags: number, id: number, bytes: Buffer, start: number, end: number): void {
    if (id !== 0) throw protocol('PING on a stream');
    if (end - start !== 8) throw frameSize('PING');
    this.#host.guard.useless('PING');
    if ((flags & Flag.ACK) === 0) this.#host.pinged(bytes, start);
  }

  #windowUpdate(id: number, bytes: Buffer, start: number, end: number): void {
    if (end - start !== 4) throw frameSize('WINDOW_UPDATE');
    const { streams, guard } = this.#host;
    const more = readUint31(bytes, start);
    // Larger ones have an end: that of the window.
    if (more < WORTH_BYTES) guard.useless('WINDOW_UPDATE');
    if (id === 0) {
      if (more === 0) throw protocol('WINDOW_UPDATE by nothing');
      this.#host.enlarged(undefined, more);
      return;
    }
    const stream = streams.get(id);
    // It may come for a stream that has just ended.
    if (stream === undefined) streams.checkOpened(id, 'WINDOW_UPDATE');
    else if (more === 0) this.#malformed(stream, 'WINDOW_UPDATE by nothing');
    else this.#host.enlarged(stream, more);
  }

  #reset(id: number, bytes: Buffer, start: number, end: number): void {
    if (id === 0) throw protocol('RST_STREAM on stream 0');
    if (end - start !== 4) throw frameSize('RST_STREAM');
    const { streams, guard } = this.#host;
    const stream = streams.get(id);
    if (stream === undefined) {
      // Servers send it behind an answer that came before the end of the request.
      streams.checkOpened(id, 'RST_STREAM');
      guard.useless('RST_STREAM');
      return;
    }
    // It ends the stream on both sides: nothing is sent in reply.
    stream.localEnd = true;
    this.#host.ended(stream, fromReset(bytes.readUInt32BE(start)));
  }

  #goAway(id: number, bytes: Buffer, start: number, end: number): void {
    if (id !== 0) throw protocol('GOAWAY on a stream');
    if (end - start < 8) throw frameSize('GOAWAY');
    this.#host.guard.useless('GOAWAY');
    const text = bytes.toString('latin1', start + 8, Math.min(end, start + 8 + MOST_REASON_BYTES));
    this.#host.goAway(readUint31(bytes, start), bytes.readUInt32BE(start + 4), text);
  }

  #priority(id: number, start: number, end: number): void {
    if (id === 0) throw protocol('PRIORITY on stream 0');
    this.#host.guard.useless('PRIORITY');
    if (end - start === 5) return;
    const stream = this.#host.streams.get(id);
    if (stream !== undefined) {
      this.#malformed(stream, 'PRIORITY of a wrong size', H2Code.FRAME_SIZE_ERROR);
    }
  }

  /** Ends a stream on which a rule was broken. The connection goes on. */
  #malformed(stream: Stream, what: string, h2Code: number = H2Code.PROTOCOL_ERROR): void {
    const { status: code, message: details } = unreadable(what);
    this.#host.breakOff(stream, h2Code, { code, details });
  }
}

/** Characters of the reason that a peer gives for its going. */
const MOST_REASON_BYTES = 200;

function checkSetting(setting: number, value: number): void {
  switch (setting) {
    case Setting.ENABLE_PUSH:
      if (value !== 0) throw protocol('a server that switches pushing on');
      return;
    case Setting.INITIAL_WINDOW_SIZE:
      if (value > LARGEST_31_BIT) {
        throw new ConnectionFault(H2Code.FLOW_CONTROL_ERROR, `a window of ${value} bytes`);
      }
      return;
    case Setting.MAX_FRAME_SIZE:
      if (value < 2 ** 14 || value > LARGEST_FRAME_BYTES)
        throw protocol(`frames of ${value} bytes`);
  }
}

/** Returns the bytes of padding behind the content, which begins with their number. */
function paddingOf(bytes: Buffer, start: number, end: number, frame: string): number {
  if (start === end) throw frameSize(frame);
  const padding = bytes[start] as number;
  if (padding >= end - start) throw protocol(`${frame} that is all padding and more`);
  return padding;
}

function protocol(rule: string): ConnectionFault {
  return new ConnectionFault(H2Code.PROTOCOL_ERROR, rule);
}

function frameSize(frame: string): ConnectionFault {
  return new ConnectionFault(H2Code.FRAME_SIZE_ERROR, `${frame} of a wrong size`);
}

function flowControl(what: string): ConnectionFault {
  return new ConnectionFault(
    H2Code.FLOW_CONTROL_ERROR,
    `more DATA than the window of ${what} allows`,
  );
}
