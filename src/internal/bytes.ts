import { types } from 'node:util';

const encoder = new TextEncoder();
/** A leading byte order mark is part of the text: dropping it would change a key. */
const strictDecoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** No bytes. Shared. */
export const EMPTY_BYTES: Uint8Array = new Uint8Array(0);

/** Below this length a loop in JavaScript is faster than the call into the runtime's encoder. */
const SHORT_TEXT = 96;
const LAST_ASCII = 0x7f;

/**
 * A string as UTF-8, in memory of its own. Half of a surrogate pair becomes U+FFFD, as everywhere in
 * JavaScript; where that must not happen, ask `isWellFormed` first.
 */
export function encodeUtf8(text: string): Uint8Array {
  const { length } = text;
  if (length > SHORT_TEXT) return encoder.encode(text);
  const bytes = new Uint8Array(length);
  for (let index = 0; index < length; index += 1) {
    const unit = text.charCodeAt(index);
    if (unit > LAST_ASCII) return encoder.encode(text);
    bytes[index] = unit;
  }
  return bytes;
}

/** The string that the bytes are in UTF-8. Throws a `TypeError` if they are not UTF-8. */
export function decodeUtf8(bytes: Uint8Array): string {
  try {
    return strictDecoder.decode(bytes);
  } catch {
    throw new TypeError('the bytes are not valid UTF-8');
  }
}

const LONE_SURROGATE = /\p{Surrogate}/u;

/** Returns whether a string can be written as UTF-8 without loss: it has no half of a surrogate pair. */
export function isWellFormed(text: string): boolean {
  return !LONE_SURROGATE.test(text);
}

/** Returns whether a value is a `Uint8Array`, of whichever realm: test runners have several. */
export function isBytes(value: unknown): value is Uint8Array {
  return types.isUint8Array(value);
}

/** Returns whether two arrays have the same bytes. */
export function equalBytes(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && startsWithBytes(left, right);
}

/** Returns whether `bytes` begins with `prefix`. */
export function startsWithBytes(bytes: Uint8Array, prefix: Uint8Array): boolean {
  return startsAt(bytes, 0, bytes.length, prefix);
}

/** Returns whether the stretch of `bytes` from `start` to `end` begins with `prefix`. */
export function startsAt(
  bytes: Uint8Array,
  start: number,
  end: number,
  prefix: Uint8Array,
): boolean {
  if (end - start < prefix.length) return false;
  for (let index = 0; index < prefix.length; index += 1) {
    if (bytes[start + index] !== prefix[index]) return false;
  }
  return true;
}

/** The order of etcd's keys: byte by byte, a prefix before what it begins. Negative, zero or positive. */
export function compareBytes(left: Uint8Array, right: Uint8Array): number {
  return Buffer.compare(left, right);
}

/** The parts one after the other, in memory of its own. */
export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const whole = new Uint8Array(length);
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}

/** Two lower-case digits for each byte. */
export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}
