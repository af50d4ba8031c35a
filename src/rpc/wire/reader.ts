import { Pieces } from './pieces.js';

const VARINT = 0;
const FIXED_64 = 1;
const LENGTH_DELIMITED = 2;
const FIXED_32 = 5;

/** Deeper nesting than any honest message has: beyond it the stack would be at stake. */
const DEEPEST = 100;

/** The high half from which a 64-bit integer no longer fits a number exactly (2^53 / 2^32). */
const UNSAFE_HIGH = 0x200000;
const TWO_TO_32 = 0x100000000;

/** The byte order mark is text like any other here. */
const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });

/**
 * Reads a whole message from the bytes that arrived. Integers and lengths are checked on the way. Damaged
 * bytes end in an error that names the message. They never lead to a hang, nor to values from other bytes.
 */
export function decodeMessage<T>(name: string, bytes: Uint8Array, read: (reader: Reader) => T): T {
  return read(new Reader(name, new Pieces(asBuffer(bytes))));
}

/** Reads a whole message as `decodeMessage` does, with its records as plain objects. */
export function decodePlainMessage<T>(
  name: string,
  bytes: Uint8Array,
  read: (reader: Reader) => T,
): T {
  const reader = new Reader(name, new Pieces(asBuffer(bytes)));
  reader.plainRecords = true;
  return read(reader);
}

/** Returns the bytes as a `Buffer`, which can decode a part of them without a view. */
function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes)
    ? bytes
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/**
 * A cursor over the bytes of one message in the protobuf wire format.
 *
 * A tag is the field's number and its wire type in one integer. Tags are written in octal here, so
 * that the last digit is the wire type and the digits before it are the field: `0o12` is field 1,
 * bytes or a message; `0o20` is field 2, an integer.
 *
 * Reading past the end of an array gives `undefined`, for which `byte < 0x80` is false. So it never counts as
 * the last byte of an integer. That is how an integer that is cut short is noticed, at no cost.
 *
 * Its fields are private to the compiler alone: `#` fields made reading a sixth slower.
 */
export class Reader {
  readonly bytes: Buffer;
  /** Pieces of these bytes, for what outlives the reading of them. */
  readonly pieces: Pieces;
  /** Records become plain objects, whose fields are all read at once. */
  plainRecords = false;
  /** The position of the next byte. */
  position: number;
  private readonly name: string;
  /** The end of the message that is being read. */
  private end: number;
  private depth = 0;

  /** Reads from `start` to `end`, by default all of the message. */
  constructor(name: string, pieces: Pieces, start = 0, end = pieces.message.length) {
    this.name = name;
    this.pieces = pieces;
    this.bytes = pieces.message;
    this.position = start;
    this.end = end;
  }

  /** The next tag of the current message, or 0 at its end. */
  tag(): number {
    if (this.position >= this.end) return 0;
    const tag = this.uint32();
    if (tag < 8) throw this.malformed('a field without a number');
    return tag;
  }

  bool(): boolean {
    return this.int64() !== 0;
  }

  /** A signed 64-bit integer: a number where that is exact, which is much cheaper than a bigint. */
  int64(): number | bigint {
    const value = this.uint64();
    return typeof value === 'number' ? value : BigInt.asIntN(64, value);
  }

  /** An unsigned 64-bit integer, in the same way. */
  uint64(): number | bigint {
    const { bytes } = this;
    let byte = bytes[this.position++] as number;
    if (byte < 0x80) return byte;
    let low = byte & 0x7f;
    for (let shift = 7; shift < 28; shift += 7) {
      byte = bytes[this.position++] as number;
      low |= (byte & 0x7f) << shift;
      if (byte < 0x80) return low;
    }
    // The fifth byte has the last four bits of the low half and the first three of the high one.
    byte = bytes[this.position++] as number;
    low = (low | ((byte & 0x0f) << 28)) >>> 0;
    let high = (byte & 0x7f) >>> 4;
    for (let shift = 3; !(byte < 0x80); shift += 7) {
      if (shift > 31) throw this.malformed('an integer that is too long or cut short');
      byte = bytes[this.position++] as number;
      high |= (byte & 0x7f) << shift;
    }
    high >>>= 0;
    if (high < UNSAFE_HIGH) return high * TWO_TO_32 + low;
    return (BigInt(high) << 32n) | BigInt(low);
  }

  /** Steps over a run of bytes and tells where it starts; `position` is then where it ends. */
  run(): number {
    const length = this.uint32();
    const start = this.position;
    if (length > this.end - start) throw this.malformed('a length that goes past the end');
    this.position = start + length;
    return start;
  }

  /** A run of bytes, as a view of the received ones. */
  view(): Uint8Array {
    const start = this.run();
    return viewOf(this.bytes, start, this.position);
  }

  /** A run of bytes as UTF-8 text. */
  string(): string {
    return utf8.decode(this.view());
  }

  /** A nested message. */
  message<T>(read: (reader: Reader) => T): T {
    const outerEnd = this.end;
    const start = this.run();
    this.end = this.position;
    this.position = start;
    this.depth += 1;
    if (this.depth > DEEPEST) throw this.malformed('nested too deeply');
    const value = read(this);
    if (this.position !== this.end) throw this.malformed('a field that goes past its message');
    this.end = outerEnd;
    this.depth -= 1;
    return value;
  }

  /** Steps over the value of a field that nobody here knows: newer servers may send some. */
  skip(tag: number): void {
    switch (tag & 7) {
      case VARINT:
        this.uint64();
        break;
      case FIXED_64:
        this.position += 8;
        break;
      case LENGTH_DELIMITED:
        this.run();
        break;
      case FIXED_32:
        this.position += 4;
        break;
      default:
        throw this.malformed('a field of an unknown kind');
    }
    if (this.position > this.end) throw this.malformed('a field that is cut short');
  }

  /** A tag or a length. */
  private uint32(): number {
    const { bytes } = this;
    let byte = bytes[this.position++] as number;
    if (byte < 0x80) return byte;
    let value = byte & 0x7f;
    for (let shift = 7; shift <= 28; shift += 7) {
      byte = bytes[this.position++] as number;
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value >>> 0;
    }
    throw this.malformed('a tag or a length that is too long or cut short');
  }

  private malformed(reason: string): Error {
    return new Error(`malformed ${this.name}: ${reason}, before byte ${this.position}`);
  }
}

/**
 * A plain `Uint8Array` on a stretch of received bytes: no copy, whatever class of array they came in.
 * It keeps all of the received bytes in memory for as long as it lives.
 */
export function viewOf(bytes: Uint8Array, start: number, end: number): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset + start, end - start);
}
