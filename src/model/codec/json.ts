import { describeKind } from '../../errors/index.js';
import { decodeUtf8, encodeUtf8 } from '../../internal/bytes.js';
import type { Codec } from './codec.js';

/**
 * Values as JSON text. Nothing checks on reading that they are `T`: for that, use `codecs.schema`.
 *
 * Refused on writing: what JSON has no form for (`undefined`, functions, symbols, bigints, numbers that
 * are not finite, cycles). Below the top level `JSON.stringify` leaves out or nulls some of these.
 *
 * @example
 * const settings = etcd.namespace('settings/').as(codecs.json<Settings>());
 */
export function json<T>(): Codec<T> {
  return jsonCodec as Codec<T>;
}

const jsonCodec: Codec<unknown> = {
  name: 'json',
  encode: encodeJson,
  decode: decodeJson,
};

/** JSON text as bytes. Throws a `TypeError` for a value that has no JSON. */
export function encodeJson(value: unknown): Uint8Array {
  // The platform would write a number that is not finite as null.
  const infinite = typeof value === 'number' && !Number.isFinite(value);
  const text: string | undefined = infinite ? undefined : JSON.stringify(value);
  if (text === undefined) {
    throw new TypeError(`JSON has no form for ${describeKind(value)}`);
  }
  return encodeUtf8(text);
}

/**
 * Reads JSON text. Throws a `TypeError` if the bytes are not UTF-8 or the text is not JSON.
 *
 * The platform's own error quotes the text, and stored values must not get into logs.
 */
export function decodeJson(stored: Uint8Array): unknown {
  const text = decodeUtf8(stored);
  try {
    return JSON.parse(text);
  } catch {
    throw new TypeError('the text is not JSON');
  }
}
