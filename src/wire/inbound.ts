import { Answers, type AnswersContext, WORTH_BYTES } from './answers.js';
import { fromReset } from './call-status.js';
import { checkSetting, frameSizeFault, protocolFault } from './frame-rules.js';
import { Flag, FrameType, H2Code, readUint31 } from './protocol.js';
import type { Stream } from './stream.js';

/** Characters of the reason that a peer gives for its going. */
const MOST_REASON_BYTES = 200;

/** The connection, as the frames of its peer change it. */
export interface InboundContext extends AnswersContext {
  /** The peer has said how it wants the connection to be; an empty map is the first word, too. */
  settings(values: ReadonlyMap<number, number>): void;
  pinged(bytes: Buffer, start: number): void;
  goAway(lastId: number, code: number, reason: string): void;
  /** More may be sent, on this stream or, without one, on the connection. */
  enlarged(stream: Stream | undefined, bytes: number): void;
}

/**
 * Takes the frames of the peer. What breaks a rule of HTTP/2 is thrown, with the code that the rule names,
 * and ends the connection.
 */
export class Inbound {
  readonly #context: InboundContext;
  readonly #answers: Answers;
  /** The first frame has come. */
  #begun = false;

  constructor(context: InboundContext) {
    this.#context = context;
    this.#answers = new Answers(context);
  }

  /** @throws ConnectionFault */
  frame(type: number, flags: number, id: number, bytes: Buffer, start: number, end: number): void {
    const open = this.#answers.openBlock;
    if (open !== undefined && (type !== FrameType.CONTINUATION || id !== open)) {
      throw protocolFault('another frame between HEADERS and its CONTINUATION');
    }
    if (!this.#begun) {
      if (type !== FrameType.SETTINGS || (flags & Flag.ACK) !== 0) {
        throw protocolFault('the first frame is not SETTINGS');
      }
      this.#begun = true;
    }
    switch (type) {
      case FrameType.DATA:
        this.#answers.data(flags, id, bytes, start, end);
        return;
      case FrameType.HEADERS:
        this.#answers.headers(flags, id, bytes, start, end);
        return;
      case FrameType.CONTINUATION:
        this.#answers.continuation(flags, bytes, start, end);
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
        throw protocolFault('PUSH_PROMISE, although this client has disabled push');
      default:
        this.#context.guard.useless('frames of an unknown type');
    }
  }

  /** Tells the peer that it may send more on a stream, if there is enough of it to tell. */
  giveBack(stream: Stream): void {
    this.#answers.giveBack(stream);
  }

  #settings(flags: number, id: number, bytes: Buffer, start: number, end: number): void {
    if (id !== 0) throw protocolFault('SETTINGS on a stream');
    const length = end - start;
    const isAck = (flags & Flag.ACK) !== 0;
    if (isAck ? length !== 0 : length % 6 !== 0) throw frameSizeFault('SETTINGS');
    this.#context.guard.useless('SETTINGS');
    if (isAck) return;
    const values = new Map<number, number>();
    for (let at = start; at < end; at += 6) {
      const setting = bytes.readUInt16BE(at);
      const value = bytes.readUInt32BE(at + 2);
      checkSetting(setting, value);
      values.set(setting, value);
    }
    this.#context.settings(values);
  }

  #ping(flags: number, id: number, bytes: Buffer, start: number, end: number): void {
    if (id !== 0) throw protocolFault('PING on a stream');
    if (end - start !== 8) throw frameSizeFault('PING');
    this.#context.guard.useless('PING');
    if ((flags & Flag.ACK) === 0) this.#context.pinged(bytes, start);
  }

  #windowUpdate(id: number, bytes: Buffer, start: number, end: number): void {
    if (end - start !== 4) throw frameSizeFault('WINDOW_UPDATE');
    const { streams, guard } = this.#context;
    const more = readUint31(bytes, start);
    // Larger ones have an end: that of the window.
    if (more < WORTH_BYTES) guard.useless('WINDOW_UPDATE');
    if (id === 0) {
      if (more === 0) throw protocolFault('WINDOW_UPDATE with an increment of 0');
      this.#context.enlarged(undefined, more);
      return;
    }
    const stream = streams.get(id);
    // It may come for a stream that has just ended.
    if (stream === undefined) streams.checkOpened(id, 'WINDOW_UPDATE');
    else if (more === 0) this.#answers.malformed(stream, 'WINDOW_UPDATE with an increment of 0');
    else this.#context.enlarged(stream, more);
  }

  #reset(id: number, bytes: Buffer, start: number, end: number): void {
    if (id === 0) throw protocolFault('RST_STREAM on stream 0');
    if (end - start !== 4) throw frameSizeFault('RST_STREAM');
    const { streams, guard } = this.#context;
    const stream = streams.get(id);
    if (stream === undefined) {
      // Servers send it behind an answer that came before the end of the request.
      streams.checkOpened(id, 'RST_STREAM');
      guard.useless('RST_STREAM');
      return;
    }
    // It ends the stream on both sides: nothing is sent in reply.
    stream.localEnd = true;
    this.#context.ended(stream, fromReset(bytes.readUInt32BE(start), stream.answered));
  }

  #goAway(id: number, bytes: Buffer, start: number, end: number): void {
    if (id !== 0) throw protocolFault('GOAWAY on a stream');
    if (end - start < 8) throw frameSizeFault('GOAWAY');
    this.#context.guard.useless('GOAWAY');
    const text = bytes.toString('latin1', start + 8, Math.min(end, start + 8 + MOST_REASON_BYTES));
    this.#context.goAway(readUint31(bytes, start), bytes.readUInt32BE(start + 4), text);
  }

  #priority(id: number, start: number, end: number): void {
    if (id === 0) throw protocolFault('PRIORITY on stream 0');
    this.#context.guard.useless('PRIORITY');
    if (end - start === 5) return;
    const stream = this.#context.streams.get(id);
    if (stream !== undefined) {
      this.#answers.malformed(stream, 'PRIORITY of a wrong size', H2Code.FRAME_SIZE_ERROR);
    }
  }
}
