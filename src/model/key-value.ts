import { encodeUtf8, toHex } from '../internal/bytes.js';
import { printable, toJson } from '../internal/printable.js';
import type { KeyValue as RawKeyValue } from '../rpc/generated/types.js';
import { keyText, owned, valueText } from '../rpc/wire/key-value.js';
import { codecs, decodeKey, decodeValue } from './codec/index.js';
import type { Space } from './space.js';

/**
 * One record of the store.
 *
 * Copies (`{ ...kv }`, `structuredClone`) and comparisons have its six fields: key, value, revisions,
 * version and lease. The bytes are accessors of the record itself, as they may be a part of a large
 * answer, and a copy does not have them.
 *
 * Bytes that are not valid for the codec throw a `DecodeError` where `key` or `value` is read. So one bad
 * record does not end a range or a watch. Copying a record reads both.
 */
// A class for the compiler alone: of a copy, it then knows the fields and neither accessors nor methods.
export declare abstract class KeyValue<Value = string> {
  /** The key within its view. Throws `DecodeError` when its bytes are not UTF-8. */
  readonly key: string;
  /** The value, decoded by the view's codec. Throws `DecodeError` when its bytes are not valid. */
  readonly value: Value;
  /** The revision of the put that created the key. */
  readonly createRevision: bigint;
  /** The revision of the last put. */
  readonly modRevision: bigint;
  /** The number of puts since it was created. */
  readonly version: bigint;
  /** The lease it is attached to; 0 for none. */
  readonly lease: bigint;
  /** The key within its view, as bytes. */
  get keyBytes(): Uint8Array;
  /** The value as it is stored. */
  get valueBytes(): Uint8Array;
  /** A form that can be logged: bigints as decimal strings, what cannot be decoded as hex. */
  toJSON(): Record<string, unknown>;
}

/**
 * A record. Short texts are decoded at once, and most keys and values are such. That is cheaper than to do it
 * later, and the record then keeps nothing of the answer in memory: its bytes can be encoded again. Everything
 * else, and bytes that are not valid, becomes an accessor that decodes when it is read.
 *
 * Each field is set once and in one order, so that all such records have one shape.
 */
class KeyValueRecord<Value> implements KeyValue<Value> {
  declare readonly key: string;
  declare readonly value: Value;
  declare readonly createRevision: bigint;
  declare readonly modRevision: bigint;
  declare readonly version: bigint;
  declare readonly lease: bigint;
  /** The record as it was received, unless its key and value are short texts. */
  readonly #raw: RawKeyValue | undefined;
  readonly #space: Space<Value, never>;

  constructor(raw: RawKeyValue, space: Space<Value, never>) {
    const key = keyText(raw, space.keyspace.prefixBytes);
    const value = space.codec.decode === codecs.utf8.decode ? valueText(raw) : undefined;
    this.#raw = key === undefined || value === undefined ? owned(raw) : undefined;
    this.#space = space;
    if (key === undefined) Object.defineProperty(this, 'key', KEY);
    else this.key = key;
    if (value === undefined) Object.defineProperty(this, 'value', VALUE);
    else this.value = value as Value;
    this.createRevision = raw.createRevision;
    this.modRevision = raw.modRevision;
    this.version = raw.version;
    this.lease = raw.lease;
  }

  get keyBytes(): Uint8Array {
    const raw = this.#raw;
    return raw === undefined ? encodeUtf8(this.key) : this.#space.keyspace.strip(raw.key);
  }

  get valueBytes(): Uint8Array {
    return this.#raw?.value ?? encodeUtf8(this.value as string);
  }

  /** Decodes the value, and keeps it. */
  static decode<Value>(record: KeyValueRecord<Value>): Value {
    const value = decodeValue(record.#space.codec, record.valueBytes, record);
    Object.defineProperty(record, 'value', { value, enumerable: true });
    return value;
  }

  toJSON(): Record<string, unknown> {
    return toJson(fieldsOf(this)) as Record<string, unknown>;
  }
}

/** Gives an object that has `keyBytes` the key of a record as its own. One that is not UTF-8 throws where it is read. */
export function takeKey(target: { key: string }, record: KeyValue<unknown>): void {
  try {
    target.key = record.key;
  } catch {
    Object.defineProperty(target, 'key', KEY);
  }
}

/** The properties of what is decoded when it is read. */
const KEY: PropertyDescriptor & ThisType<{ readonly keyBytes: Uint8Array }> = {
  enumerable: true,
  get() {
    return decodeKey(this.keyBytes);
  },
};
const VALUE: PropertyDescriptor & ThisType<KeyValueRecord<unknown>> = {
  configurable: true,
  enumerable: true,
  get() {
    return KeyValueRecord.decode(this);
  },
};

printable(KeyValueRecord, 'KeyValue', fieldsOf);

/** Gives a record of an answer the meaning of its space. */
export function toKeyValue<Out>(raw: RawKeyValue, space: Space<Out, never>): KeyValue<Out> {
  return new KeyValueRecord(raw, space);
}

/** Returns the visible fields of a record; bytes where text is not valid. */
function fieldsOf(record: KeyValue<unknown>): object {
  const { createRevision, modRevision, version, lease } = record;
  return {
    ...readable('key', () => record.key, record.keyBytes),
    ...readable('value', () => record.value, record.valueBytes),
    createRevision,
    modRevision,
    version,
    lease,
  };
}

function readable(name: string, read: () => unknown, bytes: Uint8Array): object {
  try {
    return { [name]: read() };
  } catch {
    return { [`${name}Hex`]: toHex(bytes) };
  }
}
