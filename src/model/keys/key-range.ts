import { compareBytes, concatBytes, EMPTY_BYTES, equalBytes } from '../../internal/bytes.js';
import { toText } from '../../internal/printable.js';

/** A key as callers give it: a string, which is written as UTF-8, or bytes. */
export type Key = string | Uint8Array;

/**
 * A range of keys as etcd's wire has it: from `key` on, up to but not including `rangeEnd`.
 *
 * Two ends are special: empty means `key` alone, and one zero byte means everything from `key` on.
 * These values are shared and must not be written to.
 */
export interface KeyRange {
  readonly key: Uint8Array;
  readonly rangeEnd: Uint8Array;
}

const HIGHEST_BYTE = 0xff;

/** The smallest key there can be, since a key is not empty. As the end of a range it means no end. */
const ZERO_BYTE: Uint8Array = Uint8Array.of(0);

/** The end of a range of one key. */
const NO_RANGE_END = EMPTY_BYTES;

/** The end of a range that goes on to the last key there is. */
export const UNBOUNDED_END: Uint8Array = ZERO_BYTE;

/** Returns whether a range end means "to the last key". */
export function isUnboundedEnd(rangeEnd: Uint8Array): boolean {
  return rangeEnd.length === 1 && rangeEnd[0] === 0;
}

/**
 * Returns the first key after all that begin with `prefix`. The last byte below 0xff is incremented, and what
 * follows it is cut (`a\xff` -> `b`). Without such a byte (`\xff`, or an empty prefix) every later key has the
 * prefix. The result is then the end that means "to the last key".
 */
export function prefixEnd(prefix: Uint8Array): Uint8Array {
  let length = prefix.length;
  while (length > 0 && prefix[length - 1] === HIGHEST_BYTE) length -= 1;
  if (length === 0) return UNBOUNDED_END;
  const end = new Uint8Array(prefix.subarray(0, length));
  end[length - 1] = (prefix[length - 1] as number) + 1;
  return end;
}

/** One key. */
export function singleKey(key: Uint8Array): KeyRange {
  return { key, rangeEnd: NO_RANGE_END };
}

/** The keys that begin with `prefix`; for an empty one, all keys. */
export function prefixRange(prefix: Uint8Array): KeyRange {
  return { key: prefix.length === 0 ? ZERO_BYTE : prefix, rangeEnd: prefixEnd(prefix) };
}

/** The keys from `key` on. */
export function rangeFrom(key: Uint8Array): KeyRange {
  return { key, rangeEnd: UNBOUNDED_END };
}

/** Every key there is. */
export function allKeys(): KeyRange {
  return prefixRange(EMPTY_BYTES);
}

/** Returns `true` if `key` is one of the keys of the range. */
export function rangeContains(range: KeyRange, key: Uint8Array): boolean {
  if (isSingleKey(range)) return equalBytes(range.key, key);
  if (compareBytes(key, range.key) < 0) return false;
  return isUnboundedEnd(range.rangeEnd) || compareBytes(key, range.rangeEnd) < 0;
}

/** Returns whether a range is one key alone. */
export function isSingleKey(range: KeyRange): boolean {
  return range.rangeEnd.length === 0;
}

/** A range that no key can be in: its end is not behind its start. */
export function isEmptyRange(range: KeyRange): boolean {
  if (isSingleKey(range) || isUnboundedEnd(range.rangeEnd)) return false;
  return compareBytes(range.key, range.rangeEnd) >= 0;
}

/** The key directly after `key`: where the next page of a range begins. */
export function keyAfter(key: Uint8Array): Uint8Array {
  return concatBytes(key, ZERO_BYTE);
}

/** Keys that a range has: one, those that begin with it, those up to an end, those from it on, or all. */
export type RangeScope = 'key' | 'prefix' | 'range' | 'fromKey' | 'all';

/** The scope of a range. One that ends where a prefix would end has the keys of that prefix. */
export function scopeOf(range: KeyRange): RangeScope {
  const { key, rangeEnd } = range;
  if (isSingleKey(range)) return 'key';
  if (isUnboundedEnd(rangeEnd)) return equalBytes(key, allKeys().key) ? 'all' : 'fromKey';
  return equalBytes(rangeEnd, prefixEnd(key)) ? 'prefix' : 'range';
}

/** A range for people: `{ prefix: 'users/' }`. Keys are those of the store. */
export function showRange(range: KeyRange): object {
  const scope = scopeOf(range);
  const from = toText(range.key);
  if (scope === 'all') return { all: true };
  return { [scope]: scope === 'range' ? [from, toText(range.rangeEnd)] : from };
}
