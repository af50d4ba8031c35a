import { type CallStatus, fromHttp, fromReset, fromTrailers } from './call-status.js';
import { MessageFault } from './faults.js';
import type { FloodGuard } from './flood-guard.js';
import {
  floodFault,
  flowControlFault,
  frameSizeFault,
  paddingOf,
  protocolFault,
} from './frame-rules.js';
import { HpackDecoder } from './hpack/decoder.js';
import { unreadable } from './message-reader.js';
import { Flag, H2Code } from './protocol.js';
import { ReceiveWindow } from './receive-window.js';
import { MOST_FIELD_BYTES, ResponseFields } from './response-fields.js';
import type { Stream } from './stream.js';
import type { StreamTable } from './stream-table.js';

/** Bytes that all streams together may be sent before the peer hears that they have come. */
export const CONNECTION_WINDOW_BYTES = 2 ** 22;

/** Frames in which one block of header fields may come. */
const MOST_CONTINUATIONS = 32;

/** Frames about fewer bytes than this are counted as being of no use, where a peer could send them without end. */
export const WORTH_BYTES = 1_024;

const HTTP_OK = 200;

/** The connection, as answers change it. */
export interface AnswersContext {
  readonly streams: StreamTable;
  readonly guard: FloodGuard;
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
 * Reads the answers to calls out of the frames that carry them: header fields, messages, trailers. What
 * breaks a rule on a single stream ends that stream, and the others go on (RFC 9113, 5.4).
 */
export class Answers {
  readonly #context: AnswersContext;
  readonly #decoder = new HpackDecoder();
  readonly #fields = new ResponseFields();
  readonly #window = new ReceiveWindow(CONNECTION_WINDOW_BYTES);
  #block: OpenBlock | undefined;

  constructor(context: AnswersContext) {
    this.#context = context;
  }

  /** The stream whose header fields have begun: nothing else may come before their end. */
  get openBlock(): number | undefined {
    return this.#block?.streamId;
  }

  /** @throws ConnectionFault */
  data(flags: number, id: number, bytes: Buffer, start: number, end: number): void {
    const { streams, guard } = this.#context;
    if (id === 0) throw protocolFault('DATA on stream 0');
    // All of the frame counts, its padding too.
    const counted = end - start;
    if (!this.#window.receive(counted)) {
      throw flowControlFault('more DATA than the window of the connection allows');
    }
    const room = this.#window.giveBack(0);
    if (room > 0) this.#context.giveBack(0, room);
    const padded = (flags & Flag.PADDED) !== 0;
    const from = padded ? start + 1 : start;
    const to = end - (padded ? paddingOf(bytes, start, end, 'DATA') : 0);
    const stream = streams.get(id);
    if (stream === undefined) {
      streams.checkLate(id, 'DATA');
      if (to - from < WORTH_BYTES) guard.useless('DATA of closed streams');
      return;
    }
    const endStream = (flags & Flag.END_STREAM) !== 0;
    if (from === to && !endStream) guard.useless('empty DATA');
    else guard.useful();
    if (!stream.window.receive(counted)) {
      this.malformed(stream, 'more DATA than its window allows', H2Code.FLOW_CONTROL_ERROR);
    } else if (!stream.answered) {
      this.malformed(stream, 'DATA before HEADERS');
    } else {
      this.#body(stream, bytes, from, to, endStream);
    }
  }

  /** @throws ConnectionFault */
  headers(flags: number, id: number, bytes: Buffer, start: number, end: number): void {
    if (id === 0) throw protocolFault('HEADERS on stream 0');
    const padded = (flags & Flag.PADDED) !== 0;
    const to = end - (padded ? paddingOf(bytes, start, end, 'HEADERS') : 0);
    const from = start + (padded ? 1 : 0) + ((flags & Flag.PRIORITY) !== 0 ? 5 : 0);
    if (from > to) throw frameSizeFault('HEADERS');
    const endStream = (flags & Flag.END_STREAM) !== 0;
    if ((flags & Flag.END_HEADERS) !== 0) {
      this.#fieldsOf(id, endStream, bytes, from, to);
    } else {
      const parts = [Buffer.from(bytes.subarray(from, to))];
      this.#block = { streamId: id, endStream, parts, bytes: to - from };
    }
  }

  /** @throws ConnectionFault */
  continuation(flags: number, bytes: Buffer, start: number, end: number): void {
    const block = this.#block;
    if (block === undefined) throw protocolFault('CONTINUATION without HEADERS');
    block.parts.push(Buffer.from(bytes.subarray(start, end)));
    block.bytes += end - start;
    if (block.parts.length > MOST_CONTINUATIONS || block.bytes > MOST_FIELD_BYTES) {
      throw floodFault('a block of header fields that is too long');
    }
    if ((flags & Flag.END_HEADERS) === 0) return;
    this.#block = undefined;
    const whole = Buffer.concat(block.parts);
    this.#fieldsOf(block.streamId, block.endStream, whole, 0, whole.length);
  }

  /** Tells the peer that it may send more on a stream, if there is enough of it to tell. */
  giveBack(stream: Stream): void {
    const room = stream.window.giveBack(stream.heldBytes);
    if (room > 0) this.#context.giveBack(stream.id, room);
  }

  /** Ends a stream on which a rule was broken. The connection goes on. */
  malformed(stream: Stream, what: string, h2Code: number = H2Code.PROTOCOL_ERROR): void {
    const { status: code, message: details } = unreadable(what);
    this.#context.breakOff(stream, h2Code, { code, details });
  }

  #body(stream: Stream, bytes: Buffer, from: number, to: number, endStream: boolean): void {
    try {
      stream.receive(bytes, from, to);
    } catch (error) {
      if (!(error instanceof MessageFault)) throw error;
      const { status: code, message: details } = error;
      this.#context.breakOff(stream, H2Code.CANCEL, { code, details });
      return;
    }
    // A callback of the call may have ended it.
    if (this.#context.streams.get(stream.id) !== stream) return;
    if (endStream) this.#context.ended(stream, fromReset(H2Code.NO_ERROR));
    else this.giveBack(stream);
  }

  /** Takes a block of header fields that is complete. */
  #fieldsOf(id: number, endStream: boolean, bytes: Buffer, start: number, end: number): void {
    const { streams, guard } = this.#context;
    const fields = this.#fields;
    fields.clear();
    // Even of a stream that is over: the table of fields is that of the connection.
    this.#decoder.decode(bytes, start, end, fields.add);
    const stream = streams.get(id);
    if (stream === undefined) {
      streams.checkLate(id, 'HEADERS');
      guard.useless('HEADERS of closed streams');
      return;
    }
    if (fields.malformed !== undefined) {
      this.malformed(stream, fields.malformed);
    } else if (fields.tooLarge) {
      const { status: code, message: details } = unreadable('its header fields are too large');
      this.#context.breakOff(stream, H2Code.CANCEL, { code, details });
    } else if (stream.answered) {
      this.#trailers(stream, endStream);
    } else {
      this.#beginning(stream, endStream);
    }
  }

  /** Takes a block before any message. */
  #beginning(stream: Stream, endStream: boolean): void {
    const { guard } = this.#context;
    const { contentType, grpcStatus, grpcMessage, httpStatus } = this.#fields;
    if (httpStatus === 0) {
      this.malformed(stream, 'no :status in the header fields');
      return;
    }
    if (httpStatus < HTTP_OK) {
      if (endStream)
        this.malformed(stream, 'a stream that ends with an informational status (1xx)');
      else guard.useless('informational responses (1xx)');
      return;
    }
    guard.useful();
    stream.answered = true;
    stream.httpStatus = httpStatus;
    const isGrpc = contentType?.startsWith('application/grpc') === true;
    if (endStream) {
      this.#context.ended(stream, fromTrailers(grpcStatus, grpcMessage, httpStatus));
    } else if (grpcStatus === undefined && (httpStatus !== HTTP_OK || !isGrpc)) {
      // The page of a proxy, say. Its text is not read as messages.
      const type = contentType ?? 'none';
      this.#context.breakOff(stream, H2Code.CANCEL, fromHttp(httpStatus, type));
    }
  }

  #trailers(stream: Stream, endStream: boolean): void {
    const { httpStatus, grpcStatus, grpcMessage } = this.#fields;
    if (!endStream) {
      this.malformed(stream, 'HEADERS without END_STREAM in the middle of a response');
    } else if (httpStatus !== 0) {
      this.malformed(stream, ':status in the trailers');
    } else {
      this.#context.guard.useful();
      this.#context.ended(stream, fromTrailers(grpcStatus, grpcMessage, stream.httpStatus));
    }
  }
}
