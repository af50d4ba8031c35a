import {
  DecodeError,
  describeKey,
  describeKind,
  hide,
  InvalidArgumentError,
  invalidArgument,
} from '../../errors/index.js';
import { decodeUtf8, isBytes } from '../../internal/bytes.js';
import type { Codec } from './codec.js';

/**
 * Encodes a value that is to be written.
 *
 * @param key whose value it is, for the error
 * @throws InvalidArgumentError for `value`, with the codec's own error as its cause
 */
export function encodeValue<In>(
  codec: Codec<unknown, In>,
  value: In,
  key: string | Uint8Array,
): Uint8Array {
  let encoded: unknown;
  try {
    encoded = codec.encode(value);
  } catch (error) {
    if (error instanceof InvalidArgumentError) throw error;
    const allowed = `the codec ${titleOf(codec)} refuses it for the key ${describeKey(key)}: ${messageOf(error)}`;
    throw invalidArgument('value', hide(value), allowed, { cause: error });
  }
  if (isBytes(encoded)) return encoded;
  const allowed = `the codec ${titleOf(codec)} made ${describeKind(encoded)} of it for the key ${describeKey(key)}, not a Uint8Array`;
  throw invalidArgument('value', hide(value), allowed);
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
      `the value of ${describeKey(key)} is not valid for the codec ${titleOf(codec)}: ${messageOf(error)}`,
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
    throw new DecodeError(
      `the key ${describeKey(stored)} is not valid UTF-8: read keyBytes instead`,
      {
        key: stored,
        cause: error,
      },
    );
  }
}

/** The characters of the key where it has some, else its bytes. */
function keyOf(record: Keyed): string | Uint8Array {
  try {
    return record.key;
  } catch {
    return record.keyBytes;
  }
}

/** The text of a codec's error. The platform's own errors quote the value: those are told by name. */
function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return describeKind(error);
  const { name, code } = error as NodeJS.ErrnoException;
  const quotes = name === 'SyntaxError' || code?.startsWith('ERR_') === true;
  return quotes ? `${name} (see cause)` : error.message;
}

function titleOf({ name }: Codec<unknown, never>): string {
  return name ?? 'custom';
}
