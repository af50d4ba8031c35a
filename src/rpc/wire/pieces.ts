/** Bytes of a piece: so much memory a record that is kept may hold beside its own bytes. */
export const PIECE_BYTES = 4 * 1024;

/**
 * A received message in small pieces, for the records of it that are kept. Such a record then holds a piece in
 * memory, and not the whole message: a batch of answers, or a page of many records.
 *
 * A piece is copied for the first record that is kept, and the records after it use the same copy.
 */
export class Pieces {
  /** The bytes that hold what was last asked for. */
  bytes: Buffer;
  /** The difference between a position in `bytes` and in the message. */
  shift = 0;
  readonly message: Buffer;
  /** The part of the message that `bytes` has. */
  #start = 0;
  #end = 0;

  constructor(message: Buffer) {
    this.message = message;
    this.bytes = message;
  }

  /** Returns the pieces of the same message in memory of its own, if what it is in is much larger. */
  alone(): Pieces {
    const { message } = this;
    return isMostOf(message.length, message)
      ? this
      : new Pieces(copyOf(message, 0, message.length));
  }

  /** Makes `bytes` and `shift` good for this stretch of the message. */
  hold(start: number, end: number): void {
    if (start >= this.#start && end <= this.#end) return;
    const { message } = this;
    if (isMostOf(end - start, message)) {
      this.bytes = message;
      this.shift = 0;
      this.#start = this.#end = 0;
      return;
    }
    this.#start = start;
    this.#end = Math.max(end, Math.min(start + PIECE_BYTES, message.length));
    this.bytes = copyOf(message, start, this.#end);
    this.shift = -start;
  }
}

/**
 * Returns whether so many bytes are half of the memory that a message is in, or more, or whether that memory is small.
 * Others may share it, so its size is what counts.
 */
function isMostOf(bytes: number, message: Buffer): boolean {
  const held = message.buffer.byteLength;
  return held <= PIECE_BYTES || bytes * 2 >= held;
}

/** Copies a part of a message into memory that nobody shares. */
function copyOf(message: Buffer, start: number, end: number): Buffer {
  const copy = Buffer.allocUnsafeSlow(end - start);
  message.copy(copy, 0, start, end);
  return copy;
}
