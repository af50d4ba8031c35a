import type { Key, KeyValue } from '../index.js';
import { compareBytes } from '../internal/bytes.js';

/** Compares the key of a record with another key, which may be bytes that are no text. */
export function compareWith(record: KeyValue<unknown>, key: Key): number {
  return typeof key === 'string'
    ? compareKeys(record.key, key)
    : compareBytes(record.keyBytes, key);
}

/**
 * Compares two keys in the order of the store, which is that of their UTF-8 bytes. JavaScript's own order
 * of strings differs from it for characters beyond U+FFFF.
 *
 * @returns a number below 0 if `left` comes first, above 0 if `right` does, 0 for equal keys
 */
export function compareKeys(left: string, right: string): number {
  const length = Math.min(left.length, right.length);
  for (let at = 0; at < length; at++) {
    const leftUnit = left.charCodeAt(at);
    const rightUnit = right.charCodeAt(at);
    if (leftUnit !== rightUnit) return rankOf(leftUnit) - rankOf(rightUnit);
  }
  return left.length - right.length;
}

const FIRST_SURROGATE = 0xd800;
const AFTER_SURROGATES = 0xe000;
const UNITS = 0x10000;

/** Surrogates stand for characters beyond U+FFFF, so they come after all other units. */
function rankOf(unit: number): number {
  return unit >= FIRST_SURROGATE && unit < AFTER_SURROGATES ? unit + UNITS : unit;
}
