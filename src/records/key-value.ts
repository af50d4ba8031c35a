import { codecs, decodeKey, decodeValue } from '../codec/index.js';
import { toHex } from '../internal/bytes.js';
import { printable, toJson } from '../internal/printable.js';
import type { KeyValue as RawKeyValue } from '../rpc/generated/types.js';
import { keyText, valueText } from '../rpc/wire/key-value.js';
import type { Space } from './space.js';

/**
 * One record of the store.
 *
 * Copies (`{ ...kv }`, `structuredClone`) and comparisons have its six fields: key, value, revisions,
 * version and lease. The bytes are accessors of the record itself, as they may be a part of a large
 * answer, and a copy does not have them.
 *
 * Bytes that are not valid for the codec throw a `DecodeError` where `key` or `value` is read, so one bad
 * record ends no range and no watch. Copying a record reads both.
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
  /** How many times it was put since it was created. */
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

/** Marks a value that was not decoded yet. */
const UNREAD = Symbol('unread');

class KeyValueRecord<Value> implements KeyValue<Value> {
  declare readonly key: string;
  declare readonly value: Value;
  declare readonly createRevision: bigint;
  declare readonly modRevision: bigint;
  declare readonly version: bigint;
  declare readonly lease: bigint;
  readonly #raw: RawKeyValue;
  readonly #space: Space<Value, never>;
  /** The key, if it was a short text. */
  readonly #key: string | undefined;
  #value: Value | typeof UNREAD = UNREAD;

  /**
   * Short texts, which most keys and values are, are decoded at once: that is cheaper than to do it later.
   * All else, bad bytes among it, becomes an accessor of this object, which decodes when it is read.
   */
  constructor(raw: RawKeyValue, space: Space<Value, never>) {
    this.#raw = raw;
    this.#space = space;
    this.#key = keyText(raw, space.keyspace.prefixBytes);
    takeKey(this, this);
    const value = space.codec.decode === codecs.utf8.decode ? valueText(raw) : undefined;
    if (value === undefined) Object.defineProperty(this, 'value', VALUE);
    else this.value = value as Value;
    this.createRevision = raw.createRevision;
    this.modRevision = raw.modRevision;
    this.version = raw.version;
    this.lease = raw.lease;
  }

  get keyBytes(): Uint8Array {
    return this.#space.keyspace.strip(this.#raw.key);
  }

  get valueBytes(): Uint8Array {
    return this.#raw.value;
  }

  static takeKey(target: { key: string }, record: KeyValue<unknown>): void {
    const key = #key in record ? record.#key : undefined;
    if (key === undefined) Object.defineProperty(target, 'key', KEY);
    else target.key = key;
  }

  static valueOf<Value>(record: KeyValueRecord<Value>): Value {
    return record.#decoded();
  }

  #decoded(): Value {
    if (this.#value === UNREAD) {
      this.#value = decodeValue(this.#space.codec, this.#raw.value, this);
    }
    return this.#value;
  }

  toJSON(): Record<string, unknown> {
    return toJson(fieldsOf(this)) as Record<string, unknown>;
  }
}

/** Gives an object that has `keyBytes` the key of a record as its own. */
export const { takeKey } = KeyValueRecord;

/** The properties of what is decoded when it is read. */
const KEY: PropertyDescriptor & ThisType<{ readonly keyBytes: Uint8Array }> = {
  enumerable: true,
  get() {
    return decodeKey(this.keyBytes);
  },
};
const VALUE: PropertyDescriptor & ThisType<KeyValueRecord<unknown>> = {
  enumerable: true,
  get() {
    return KeyValueRecord.valueOf(this);
  },
};

printable(KeyValueRecord, 'KeyValue', fieldsOf);

/** Gives a record of an answer the meaning of its space. */
export function readKeyValue<Out>(raw: RawKeyValue, space: Space<Out, never>): KeyValue<Out> {
  return new KeyValueRecord(raw, space);
}

/** What there is to see of a record; bytes where they should be text and are not. */
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
