import { codecs, decodeKey, decodeValue } from '../codec/index.js';
import { isBytes, toHex } from '../internal/bytes.js';
import { Keyspace } from '../keys/index.js';
import type { KeyValue as RawKeyValue } from '../rpc/generated/types.js';
import { keyText, valueText } from '../rpc/wire/key-value.js';
import type { Space } from './space.js';

/**
 * One record of the store.
 *
 * `key` and `value` are decoded where they are read: bytes that are not valid throw a `DecodeError`
 * there, so one bad record spoils no range and no watch.
 */
export interface KeyValue<Value = string> {
  /** The key within its view. Throws `DecodeError` when its bytes are not UTF-8. */
  readonly key: string;
  readonly keyBytes: Uint8Array;
  /** The value, decoded by the view's codec. Throws `DecodeError` when its bytes are not valid. */
  readonly value: Value;
  readonly valueBytes: Uint8Array;
  /** The revision of the put that created the key. */
  readonly createRevision: bigint;
  /** The revision of the last put. */
  readonly modRevision: bigint;
  /** How many times it was put since it was created. */
  readonly version: bigint;
  /** The lease it is attached to; 0 for none. */
  readonly lease: bigint;
  /** A form that can be logged: bigints as decimal strings, what cannot be decoded as hex. */
  toJSON(): Record<string, unknown>;
}

/** By this name Node asks an object what to show of it. Other runtimes do so too. */
const INSPECT = Symbol.for('nodejs.util.inspect.custom');

/** Marks a field that was not decoded yet. */
const UNREAD = Symbol('unread');

class KeyValueRecord<Value> implements KeyValue<Value> {
  readonly #raw: RawKeyValue;
  readonly #space: Space<Value, never>;
  #key: string | undefined;
  #value: Value | typeof UNREAD = UNREAD;

  constructor(raw: RawKeyValue, space: Space<Value, never>) {
    this.#raw = raw;
    this.#space = space;
  }

  get key(): string {
    this.#key ??= this.#keyText ?? decodeKey(this.keyBytes);
    return this.#key;
  }

  get #keyText(): string | undefined {
    return this.#space.keyspace === Keyspace.root ? keyText(this.#raw) : undefined;
  }

  get keyBytes(): Uint8Array {
    return this.#space.keyspace.strip(this.#raw.key);
  }

  get value(): Value {
    if (this.#value === UNREAD) {
      const { codec } = this.#space;
      // Plain text, which most values are, needs no view of the bytes.
      const text = codec.decode === codecs.utf8.decode ? valueText(this.#raw) : undefined;
      this.#value = (text as Value | undefined) ?? decodeValue(codec, this.#raw.value, this);
    }
    return this.#value;
  }

  get valueBytes(): Uint8Array {
    return this.#raw.value;
  }

  get createRevision(): bigint {
    return this.#raw.createRevision;
  }

  get modRevision(): bigint {
    return this.#raw.modRevision;
  }

  get version(): bigint {
    return this.#raw.version;
  }

  get lease(): bigint {
    return this.#raw.lease;
  }

  toJSON(): Record<string, unknown> {
    return {
      ...readable('key', () => this.key, this.keyBytes),
      ...readable('value', () => this.value, this.valueBytes),
      createRevision: this.createRevision.toString(),
      modRevision: this.modRevision.toString(),
      version: this.version.toString(),
      lease: this.lease.toString(),
    };
  }

  /** What `console.log` shows: the fields themselves are private, and would not be seen. */
  [INSPECT](): Record<string, unknown> {
    return this.toJSON();
  }
}

/** Wraps a record of an answer in the meaning its space gives it. */
export function readKeyValue<Out>(raw: RawKeyValue, space: Space<Out, never>): KeyValue<Out> {
  return new KeyValueRecord(raw, space);
}

function readable(name: string, read: () => unknown, bytes: Uint8Array): Record<string, unknown> {
  try {
    const value = read();
    if (typeof value === 'bigint') return { [name]: value.toString() };
    return { [name]: isBytes(value) ? toHex(value) : value };
  } catch {
    return { [`${name}Hex`]: toHex(bytes) };
  }
}
