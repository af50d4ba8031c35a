/**
 * A key as a string with one character for each byte. Such strings compare as the bytes do, and can be
 * the keys of a map.
 */
export type BinaryKey = string;

/** The keys from `from` up to, not including, `to`; without `to` there is no end. */
export interface KeyBounds {
  readonly from: BinaryKey;
  readonly to: BinaryKey | undefined;
  /** The bounds hold one key alone. */
  readonly single: boolean;
}

const END_OF_ALL = '\0';

/** The key as a string. */
export function binaryKey(bytes: Uint8Array): BinaryKey {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}

/** The key as bytes, in memory of its own. */
export function keyBytes(key: BinaryKey): Uint8Array {
  return new Uint8Array(Buffer.from(key, 'latin1'));
}

/** The bounds of a request: an empty end is one key, an end of one zero byte is no end. */
export function keyBounds(key: Uint8Array, rangeEnd: Uint8Array): KeyBounds {
  const from = binaryKey(key);
  if (rangeEnd.length === 0) return pointBounds(from);
  const to = binaryKey(rangeEnd);
  return { from, to: to === END_OF_ALL ? undefined : to, single: false };
}

/** The bounds of one key alone. */
export function pointBounds(key: BinaryKey): KeyBounds {
  return { from: key, to: `${key}\0`, single: true };
}

/** Returns whether a key lies within the bounds. */
export function isWithin(key: BinaryKey, { from, to }: KeyBounds): boolean {
  return key >= from && (to === undefined || key < to);
}
