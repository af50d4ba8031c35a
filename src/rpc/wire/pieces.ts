/** Bytes of a piece: so much memory a record that is kept may hold beside its own bytes. */
export const PIECE_BYTES = 4 * 1024;

/**
 * A received message in small pieces, for the records that are read from it. A record that is kept then
 * holds a piece in memory, and not the whole message: a batch of answers, or a page of many records.
 *
 * A piece is copied when its first record is read, and the records after it use the same copy.
 */
export class Pieces {
  /** The bytes that hold what was last asked for. */
  bytes: Buffer;
  /** The difference between a position in `bytes` and in the message. */
  shift = 0;
  readonly #message: Buffer;
  /** The part of the message that `bytes` has. */
  #start = 0;
  #end = 0;

  constructor(message: Buffer) {
    this.#message = message;
    this.bytes = message;
  }

  /** Makes `bytes` and `shift` good for this stretch of the message. */
  hold(start: number, end: number): void {
    if (start >= this.#start && end <= this.#end) return;
    const message = this.#message;
    // The memory behind a small message may be shared with others, so its size is what counts.
    const held = message.buffer.byteLength;
    if (held <= PIECE_BYTES || (end - start) * 2 >= held) {
      this.bytes = message;
      this.shift = 0;
      this.#start = this.#end = 0;
      return;
    }
    this.#start = start;
    this.#end = Math.max(end, Math.min(start + PIECE_BYTES, message.length));
    this.bytes = Buffer.allocUnsafeSlow(this.#end - start);
    message.copy(this.bytes, 0, start, this.#end);
    this.shift = -start;
  }
}
