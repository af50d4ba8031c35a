import fc from 'fast-check';

/** The bytes of a text. */
export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/**
 * Few keys, so that operations meet; some are prefixes of others, some are no text, one is empty. No more
 * than twelve: a server sorts more than that in an order of its own where they are equal.
 */
const KEYS = ['', '\0', 'a', 'a/', 'a/1', 'a/2', 'a/20', 'b', 'b/\0', 'c', '\u00ff'].map(bytes);
const LONGER = Uint8Array.of(0xff, 0xff);
/** One of the keys. */
export const key = fc.constantFrom(...KEYS, LONGER, bytes('f'));
/** No end, an open end, ends before and behind the keys. */
export const rangeEnd = fc.oneof(
  { weight: 3, arbitrary: fc.constant(new Uint8Array()) },
  { weight: 1, arbitrary: fc.constant(new Uint8Array(1)) },
  { weight: 3, arbitrary: key },
);
