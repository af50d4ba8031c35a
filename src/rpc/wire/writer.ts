import { invalidArgument } from '../../errors/index.js';
import { encodeUtf8 } from '../../internal/bytes.js';
import {
  checkArray,
  checkBool,
  checkBytes,
  checkEnum,
  checkInt64,
  checkMessage,
  checkString,
} from './check.js';

/** Most messages fit, so that the scratch array rarely grows. */
const FIRST_SIZE = 4096;

/** A scratch array that one large message blew up beyond this is not kept for the next. */
const LARGEST_KEPT = 1 << 20;

/** Deeper nesting is a mistake: most likely a transaction that contains itself. */
const DEEPEST = 100;

/** The longest integer on the wire. */
const LONGEST_VARINT = 10;

/** Shorter runs are copied faster byte by byte than by a call into the engine. */
const SHORT_RUN = 24;

const LOW_32_BITS = 0xffffffffn;
const TWO_TO_32 = 0x100000000;

/** The writer at rest. Taken while a message is written: a getter in a caller's object may write too. */
let idle: Writer | undefined;

/** Writes a whole message: the bytes that go on the wire, in an array of their own. */
export function encodeMessage<T>(
  name: string,
  message: T,
  write: (writer: Writer, message: T) => void,
): Uint8Array {
  checkMessage(message, name);
  const writer = idle ?? new Writer();
  idle = undefined;
  write(writer, message);
  const bytes = writer.finish();
  idle = writer;
  return bytes;
}

/**
 * Puts a message together in the protobuf wire format. Tags are in octal: see {@link Reader}.
 *
 * A field that is `undefined`, or has its default, is left out, as proto3 has it. The `chosen` forms
 * are for members of a oneof, which count as given when they have their default too. A value of the
 * wrong type is an `InvalidArgumentError` that names the field.
 */
export class Writer {
  #scratch = Buffer.allocUnsafeSlow(FIRST_SIZE);
  #position = 0;
  #depth = 0;

  /** The bytes that were written, copied; the writer is then empty. */
  finish(): Uint8Array {
    const bytes = Buffer.allocUnsafe(this.#position);
    this.#scratch.copy(bytes, 0, 0, this.#position);
    this.#position = 0;
    if (this.#scratch.length > LARGEST_KEPT) this.#scratch = Buffer.allocUnsafeSlow(FIRST_SIZE);
    return bytes;
  }

  bytes(tag: number, value: Uint8Array | undefined, name: string): void {
    if (value === undefined) return;
    checkBytes(value, name);
    if (value.length > 0) this.#run(tag, value);
  }

  chosenBytes(tag: number, value: Uint8Array | undefined, name: string): void {
    if (value === undefined) return;
    checkBytes(value, name);
    this.#run(tag, value);
  }

  string(tag: number, value: string | undefined, name: string): void {
    if (value === undefined) return;
    checkString(value, name);
    if (value !== '') this.#run(tag, encodeUtf8(value));
  }

  int64(tag: number, value: bigint | undefined, name: string): void {
    if (value !== 0n) this.chosenInt64(tag, value, name);
  }

  chosenInt64(tag: number, value: bigint | undefined, name: string): void {
    if (value === undefined) return;
    checkInt64(value, name);
    this.#reserve(2 * LONGEST_VARINT);
    this.#varint(tag);
    this.#varint64(value);
  }

  bool(tag: number, value: boolean | undefined, name: string): void {
    if (value === undefined) return;
    checkBool(value, name);
    if (value) this.#integer(tag, 1);
  }

  enum<T extends string>(
    tag: number,
    value: T | undefined,
    numbers: Readonly<Record<T, number>>,
    name: string,
  ): void {
    if (value === undefined) return;
    const number = checkEnum(value, numbers, name);
    if (number !== 0) this.#integer(tag, number);
  }

  /** Enum values in one run, as proto3 writes repeated ones. */
  enums<T extends string>(
    tag: number,
    values: readonly T[] | undefined,
    numbers: Readonly<Record<T, number>>,
    name: string,
  ): void {
    if (values === undefined) return;
    checkArray(values, name);
    if (values.length > 0) {
      this.#run(
        tag,
        Uint8Array.from(values, (value) => checkEnum(value, numbers, name)),
      );
    }
  }

  /** A nested message: its length is put before it when it is known. */
  message<T>(
    tag: number,
    value: T | undefined,
    write: (writer: Writer, value: T) => void,
    name: string,
  ): void {
    if (value === undefined) return;
    checkMessage(value, name);
    this.#reserve(2 * LONGEST_VARINT);
    this.#varint(tag);
    // One byte is kept for the length, which is enough for most messages; longer ones are moved.
    const start = this.#position + 1;
    this.#position = start;
    this.#depth += 1;
    if (this.#depth > DEEPEST) {
      throw invalidArgument(name, value, `allowed are ${DEEPEST} messages inside one another`);
    }
    write(this, value);
    this.#depth -= 1;
    const length = this.#position - start;
    const extra = varintSize(length) - 1;
    if (extra > 0) {
      this.#reserve(extra);
      this.#scratch.copyWithin(start + extra, start, this.#position);
    }
    this.#position = start - 1;
    this.#varint(length);
    this.#position += length;
  }

  messages<T>(
    tag: number,
    values: readonly T[] | undefined,
    write: (writer: Writer, value: T) => void,
    name: string,
  ): void {
    if (values === undefined) return;
    checkArray(values, name);
    for (const value of values) {
      checkMessage(value, name);
      this.message(tag, value, write, name);
    }
  }

  #integer(tag: number, value: number): void {
    this.#reserve(2 * LONGEST_VARINT);
    this.#varint(tag);
    this.#varint(value);
  }

  #run(tag: number, value: Uint8Array): void {
    this.#reserve(2 * LONGEST_VARINT + value.length);
    this.#varint(tag);
    this.#varint(value.length);
    const scratch = this.#scratch;
    const position = this.#position;
    if (value.length <= SHORT_RUN) {
      for (let index = 0; index < value.length; index++) {
        scratch[position + index] = value[index] as number;
      }
    } else {
      scratch.set(value, position);
    }
    this.#position = position + value.length;
  }

  #varint64(value: bigint): void {
    const safe = Number(value);
    if (safe >= 0 && safe <= Number.MAX_SAFE_INTEGER) {
      this.#varint(safe);
      return;
    }
    const bits = BigInt.asUintN(64, value);
    let low = Number(bits & LOW_32_BITS);
    let high = Number(bits >> 32n);
    // The high half is never 0 here, so the first five bytes all have a successor.
    for (let count = 0; count < 4; count++) {
      this.#scratch[this.#position++] = low | 0x80;
      low >>>= 7;
    }
    this.#scratch[this.#position++] = ((high & 0x07) << 4) | low | 0x80;
    high >>>= 3;
    this.#varint(high);
  }

  /** A whole number from 0 to 2^53-1. */
  #varint(value: number): void {
    let rest = value;
    while (rest >= TWO_TO_32) {
      this.#scratch[this.#position++] = (rest & 0x7f) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    while (rest >= 0x80) {
      this.#scratch[this.#position++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.#scratch[this.#position++] = rest;
  }

  /** Makes room for this number of bytes. */
  #reserve(size: number): void {
    const needed = this.#position + size;
    if (needed <= this.#scratch.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, 2 * this.#scratch.length));
    this.#scratch.copy(larger, 0, 0, this.#position);
    this.#scratch = larger;
  }
}

function varintSize(value: number): number {
  let size = 1;
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) size += 1;
  return size;
}
