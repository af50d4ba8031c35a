/** Bytes of a piece: so much memory a record that is kept may hold beside its own bytes. */
export const PIECE_BYTES = 4 * 1024;

/** Above this length a text may cost more than it takes to see later whether anybody wants it. */
const MAX_SHORT_TEXT_BYTES = 1024;

/** The character that lenient decoding puts in place of bytes that are not UTF-8. */
const REPLACEMENT = '\ufffd';

/** The bits of four bytes that none of them has in ASCII. */
const NOT_ASCII = 0x80808080;

/** Received bytes that what is read from them keeps: a whole message, or a part of it. */
export class Piece {
  readonly bytes: Buffer;
  #view: DataView | undefined;
  /** All of the bytes, each as a character. */
  #characters: string | undefined;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  /**
   * The text of a stretch; `undefined` when it is long, or a strict decoder has to look at it.
   *
   * Texts of a small piece that are ASCII are cut out of one string. That takes less than half of the time of
   * decoding each by itself, which is most of what a record costs.
   */
  shortText(start: number, end: number): string | undefined {
    if (end - start > MAX_SHORT_TEXT_BYTES) return undefined;
    const { bytes } = this;
    if (bytes.length <= PIECE_BYTES && this.#isAscii(start, end)) {
      this.#characters ??= bytes.toString('latin1');
      return this.#characters.slice(start, end);
    }
    const text = bytes.toString('utf8', start, end);
    return text.includes(REPLACEMENT) ? undefined : text;
  }

  /** Looks at four bytes at a time. */
  #isAscii(start: number, end: number): boolean {
    const { bytes } = this;
    this.#view ??= new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const view = this.#view;
    let bits = 0;
    let at = start;
    for (; at + 4 <= end; at += 4) bits |= view.getInt32(at);
    for (; at < end; at += 1) bits |= view.getInt8(at);
    return (bits & NOT_ASCII) === 0;
  }
}

/**
 * A received message in small pieces, for the records that are read from it. A record that is kept then
 * holds a piece in memory, and not the whole message: a batch of answers, or a page of many records.
 *
 * A piece is copied when its first record is read, and the records after it use the same copy.
 */
export class Pieces {
  /** The piece that has what was last asked for. */
  piece: Piece;
  /** The difference between a position in the piece and in the message. */
  shift = 0;
  readonly #message: Piece;
  /** The part of the message that the piece has. */
  #start = 0;
  #end = 0;

  constructor(message: Piece) {
    this.#message = message;
    this.piece = message;
  }

  /** Makes `piece` and `shift` good for this stretch of the message. */
  hold(start: number, end: number): void {
    if (start >= this.#start && end <= this.#end) return;
    const { bytes } = this.#message;
    // The memory behind a small message may be shared with others, so its size is what counts.
    const held = bytes.buffer.byteLength;
    if (held <= PIECE_BYTES || (end - start) * 2 >= held) {
      this.piece = this.#message;
      this.shift = 0;
      this.#start = this.#end = 0;
      return;
    }
    this.#start = start;
    this.#end = Math.max(end, Math.min(start + PIECE_BYTES, bytes.length));
    const copy = Buffer.allocUnsafeSlow(this.#end - start);
    bytes.copy(copy, 0, start, this.#end);
    this.piece = new Piece(copy);
    this.shift = -start;
  }
}
