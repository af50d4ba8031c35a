import {
  DecodeError,
  describeValue,
  InvalidArgumentError,
  invalidArgument,
} from '../errors/index.js';
import { decodeUtf8, isBytes, toHex } from '../internal/bytes.js';
import type { Codec } from './codec.js';

/**
 * The bytes of a value to be written.
 *
 * @throws InvalidArgumentError for `value`, with the codec's own error as its cause
 */
export function encodeValue<In>(codec: Codec<unknown, In>, value: In): Uint8Array {
  let encoded: unknown;
  try {
    encoded = codec.encode(value);
  } catch (error) {
    if (error instanceof InvalidArgumentError) throw error;
    const allowed = `the codec ${titleOf(codec)} refuses it: ${messageOf(error)}`;
    throw invalidArgument('value', value, allowed, { cause: error });
  }
  if (isBytes(encoded)) return encoded;
  const allowed = `the codec ${titleOf(codec)} made ${describeValue(encoded)} of it, not a Uint8Array`;
  throw invalidArgument('value', value, allowed);
}

/** The key of a record, by which an error can name it: `key` may throw, `keyBytes` does not. */
export interface Keyed {
  readonly key: string;
  readonly keyBytes: Uint8Array;
}

/**
 * The value that a record holds.
 *
 * @param record whose value it is; its key is looked at only for an error
 * @throws DecodeError naming the key, with the codec's own error as its cause
 */
export function decodeValue<Out>(codec: Codec<Out, never>, stored: Uint8Array, record: Keyed): Out {
  try {
    return codec.decode(stored);
  } catch (error) {
    // A codec that cannot work at all is no fault of the record.
    if (error instanceof InvalidArgumentError) throw error;
    const key = keyOf(record);
    throw new DecodeError(
      `the value of ${nameOf(key)} is not valid for the codec ${titleOf(codec)}: ${messageOf(error)}`,
      { key, cause: error },
    );
  }
}

/**
 * A key that came back, as a string.
 *
 * @throws DecodeError with the bytes, if they are not UTF-8
 */
export function decodeKey(stored: Uint8Array): string {
  try {
    return decodeUtf8(stored);
  } catch (error) {
    throw new DecodeError(`the key ${nameOf(stored)} is not valid UTF-8: read keyBytes instead`, {
      key: stored,
      cause: error,
    });
  }
}

/** Its characters where it has some, else its bytes. */
function keyOf(record: Keyed): string | Uint8Array {
  try {
    return record.key;
  } catch {
    return record.keyBytes;
  }
}

function nameOf(key: string | Uint8Array): string {
  return typeof key === 'string' ? JSON.stringify(key) : `0x${toHex(key)}`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : describeValue(error);
}

function titleOf({ name }: Codec<unknown, never>): string {
  return name ?? 'custom';
}
