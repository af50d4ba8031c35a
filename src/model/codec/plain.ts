import { A_PROMISE, describeKind } from '../../errors/index.js';
import { decodeUtf8, encodeUtf8, isBytes, isWellFormed } from '../../internal/bytes.js';
import type { Codec } from './codec.js';

/**
 * Bytes as they are, uncopied either way: do not change an array that was given to a call before the
 * call has settled.
 */
export const bytes: Codec<Uint8Array> = {
  name: 'bytes',
  encode(value) {
    if (!isBytes(value)) throw new TypeError(`a Uint8Array is needed, not ${describeKind(value)}`);
    return value;
  },
  decode: (stored) => stored,
};

/**
 * Strings as UTF-8, strictly: bytes that are not UTF-8 and strings with half of a surrogate pair are
 * errors, never replacement characters. What was written is what is read, byte order mark included.
 */
export const utf8: Codec<string> = {
  name: 'utf8',
  encode(value) {
    if (typeof value !== 'string') {
      throw new TypeError(`a string is needed, not ${describeKind(value)}; ${wayOut(value)}`);
    }
    const encoded = encodeUtf8(value);
    // As many bytes as characters: plain ASCII, which needs no closer look.
    if (encoded.length !== value.length && !isWellFormed(value)) {
      throw new TypeError('the string has half of a surrogate pair, which UTF-8 cannot hold');
    }
    return encoded;
  },
  decode: decodeUtf8,
};

/** The right codec for a value that is no string. */
function wayOut(value: unknown): string {
  if (isBytes(value)) return 'for bytes take a view: etcd.as(codecs.bytes)';
  if (describeKind(value) === A_PROMISE) return 'is an `await` missing?';
  if (typeof value === 'object' && value !== null) {
    return 'for objects take a view: etcd.as(codecs.json())';
  }
  return 'convert it, or take a view with another codec: etcd.as(codecs.json())';
}
