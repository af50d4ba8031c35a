import { DecodeError, describeKey } from '../errors/index.js';
import type { AnyOp, Codec, KeyValue, Selection } from '../index.js';
import { compareBytes, decodeUtf8, toHex } from '../internal/bytes.js';
import { toJson } from '../internal/printable.js';

/** A write of a transaction that was not sent yet. */
export interface PendingWrite {
  /** The key that is written, in the view that writes it. */
  readonly target: Selection<unknown, never>;
  readonly op: AnyOp;
  /** The value as it will be stored; `undefined` for a deletion. */
  readonly bytes: Uint8Array | undefined;
  readonly lease: bigint;
}

/** The writes of a transaction, until it ends: the last one of each key counts. */
export class StmWrites {
  readonly #writes = new Map<string, PendingWrite>();

  get size(): number {
    return this.#writes.size;
  }

  /** The writes, each with its key. */
  get all(): Iterable<PendingWrite> {
    return this.#writes.values();
  }

  add(write: PendingWrite): void {
    this.#writes.set(storedKey(write.target), write);
  }

  /** Returns the write of a key; `undefined` where there is none. */
  of(target: Selection<unknown, never>): PendingWrite | undefined {
    return this.#writes.get(storedKey(target));
  }

  /** Returns the records of a selection as they are after the writes, in the order of their keys. */
  laidOver<V>(selection: Selection<V, never>, kvs: readonly KeyValue<V>[]): readonly KeyValue<V>[] {
    if (this.size === 0) return kvs;
    const { codec, storedRange } = selection;
    const { namespace } = storedRange;
    const kept = kvs.filter(({ keyBytes }) => this.of(selection.single(keyBytes)) === undefined);
    const added: KeyValue<V>[] = [];
    for (const write of this.#writes.values()) {
      const { bytes: valueBytes, lease, target } = write;
      const key = target.storedRange.start;
      if (valueBytes === undefined || !isWithin(key, selection)) continue;
      const keyBytes = key.subarray(namespace.length);
      added.push(new PendingRecord({ codec, keyBytes, valueBytes, lease }));
    }
    return [...kept, ...added].sort((one, other) => compareBytes(one.keyBytes, other.keyBytes));
  }
}

/** Returns whether a key, as servers have it, is one of a selection. */
export function isWithin(key: Uint8Array, { storedRange }: Selection<unknown, never>): boolean {
  const { start, end } = storedRange;
  if (compareBytes(key, start) < 0) return false;
  return end === undefined || compareBytes(key, end) < 0;
}

/** Returns the key of a selection of one key, as servers have it, in hex. */
export function storedKey(target: Selection<unknown, never>): string {
  return toHex(target.storedRange.start);
}

/** Parts of a record that is not written yet. */
interface PendingFields<V> {
  readonly codec: Codec<V, never>;
  readonly keyBytes: Uint8Array;
  readonly valueBytes: Uint8Array;
  readonly lease: bigint;
}

/** A record that is not written yet. Its revisions and its version are 0, since no revision has it. */
export class PendingRecord<V> implements KeyValue<V> {
  declare readonly key: string;
  declare readonly value: V;
  readonly createRevision = 0n;
  readonly modRevision = 0n;
  readonly version = 0n;
  readonly lease: bigint;
  readonly #keyBytes: Uint8Array;
  readonly #valueBytes: Uint8Array;

  constructor({ codec, keyBytes, valueBytes, lease }: PendingFields<V>) {
    this.#keyBytes = keyBytes;
    this.#valueBytes = valueBytes;
    this.lease = lease;
    decodeInto(this, 'key', () => decodeUtf8(keyBytes));
    decodeInto(this, 'value', () => codec.decode(valueBytes));
  }

  get keyBytes(): Uint8Array {
    return this.#keyBytes;
  }

  get valueBytes(): Uint8Array {
    return this.#valueBytes;
  }

  toJSON(): Record<string, unknown> {
    return toJson({ ...this }) as Record<string, unknown>;
  }
}

/** Sets a property of a record. What cannot be decoded throws where it is read, as in records of the store. */
function decodeInto(
  record: PendingRecord<unknown>,
  property: 'key' | 'value',
  decode: () => unknown,
): void {
  try {
    Object.defineProperty(record, property, { value: decode(), enumerable: true });
  } catch (cause) {
    const get = (): never => {
      const key = property === 'key' ? record.keyBytes : record.key;
      const text = `the ${property} that this transaction puts for ${describeKey(key)} cannot be decoded`;
      throw new DecodeError(text, { key, cause });
    };
    Object.defineProperty(record, property, { get, enumerable: true });
  }
}
