import { GrpcCode } from '../errors/index.js';
import { MessageFault } from './faults.js';

/** One byte that tells of compression, and the length of the message in four. */
export const MESSAGE_PREFIX_BYTES = 5;

/** Memory that is taken for a message before any of it has come; beyond, what has come is doubled. */
const TRUSTED_BYTES = 2 ** 20;

const NOTHING = Buffer.alloc(0);

/** Takes messages, in their order. */
export interface MessageSink {
  message(message: Buffer): void;
}

/** Puts the messages of a stream together from the pieces in which they come. */
export class MessageReader {
  /** Bytes of the largest message that is taken. */
  readonly #most: number;
  #prefix = 0;
  #length = 0;
  #message: Buffer = NOTHING;
  #filled = 0;

  constructor(mostBytes: number) {
    this.#most = mostBytes;
  }

  /** Bytes of a message that is not complete. */
  get pending(): number {
    return this.#prefix + this.#filled;
  }

  /**
   * Takes bytes, which may be written over when this returns.
   *
   * @throws MessageFault for a message that is compressed, or too large
   */
  push(bytes: Buffer, start: number, end: number, sink: MessageSink): void {
    let at = this.#prefix === 0 ? this.#takeWhole(bytes, start, end, sink) : start;
    while (at < end) {
      if (this.#prefix < MESSAGE_PREFIX_BYTES) {
        at = this.#readPrefix(bytes, at, end);
        if (this.#prefix < MESSAGE_PREFIX_BYTES) return;
      }
      const until = Math.min(end, at + this.#length - this.#filled);
      this.#take(bytes, at, until);
      at = until;
      if (this.#filled < this.#length) return;
      const message = this.#message;
      this.#prefix = 0;
      this.#length = 0;
      this.#filled = 0;
      this.#message = NOTHING;
      sink.message(message);
    }
  }

  /** Takes the messages that have come whole, which nearly all do; returns where the rest begins. */
  #takeWhole(bytes: Buffer, start: number, end: number, sink: MessageSink): number {
    let at = start;
    while (end - at >= MESSAGE_PREFIX_BYTES && bytes[at] === 0) {
      const length = bytes.readUInt32BE(at + 1);
      const from = at + MESSAGE_PREFIX_BYTES;
      if (length > end - from || length > this.#most) break;
      at = from + length;
      const message = Buffer.allocUnsafe(length);
      bytes.copy(message, 0, from, at);
      sink.message(message);
    }
    return at;
  }

  #readPrefix(bytes: Buffer, start: number, end: number): number {
    let at = start;
    while (at < end && this.#prefix < MESSAGE_PREFIX_BYTES) {
      const byte = bytes[at++] as number;
      if (this.#prefix > 0) this.#length = this.#length * 0x100 + byte;
      // Nobody has offered to read compressed messages.
      else if (byte !== 0) throw unreadable('it is compressed');
      this.#prefix++;
    }
    if (this.#length > this.#most) {
      throw new MessageFault(
        GrpcCode.RESOURCE_EXHAUSTED,
        `Received message larger than max (${this.#length} vs ${this.#most})`,
      );
    }
    return at;
  }

  #take(bytes: Buffer, start: number, end: number): void {
    const needed = this.#filled + end - start;
    if (needed > this.#message.length) this.#grow(needed);
    bytes.copy(this.#message, this.#filled, start, end);
    this.#filled = needed;
  }

  /** Takes memory: a length that was announced is not believed beyond measure. */
  #grow(needed: number): void {
    const wanted = Math.max(TRUSTED_BYTES, 2 * this.#message.length, needed);
    const message = Buffer.allocUnsafe(Math.min(this.#length, wanted));
    this.#message.copy(message, 0, 0, this.#filled);
    this.#message = message;
  }
}

/** The fault of bytes that are not a message. */
export function unreadable(why: string): MessageFault {
  return new MessageFault(GrpcCode.INTERNAL, `Unreadable response: ${why}`);
}
