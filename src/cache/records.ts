import { decodeErrorOf, type OnDecodeError, tellDecodeError } from '../errors/index.js';
import type { Key, KeyValue, WatchEvent } from '../index.js';
import { decodeUtf8, toHex } from '../internal/bytes.js';
import type { CacheChange } from './cache-change.js';
import { SortedRecords } from './sorted-records.js';

/** All records at one revision. */
export interface Listing<Value> {
  readonly revision: bigint;
  /** In the order of their keys. */
  readonly kvs: readonly KeyValue<Value>[];
}

/** The records of a cache: found by key, and sorted by key. */
export class Records<Value> {
  readonly #onDecodeError: OnDecodeError;
  #byKey = new Map<string, KeyValue<Value>>();
  #sorted = SortedRecords.of<Value>([]);
  /** The keys, in hex, of records that are in the store and left out here: they cannot be decoded. */
  readonly #leftOut = new Set<string>();

  constructor(onDecodeError: OnDecodeError) {
    this.#onDecodeError = onDecodeError;
  }

  get size(): number {
    return this.#byKey.size;
  }

  /** The number of records in the store: those that are left out here count, too. */
  get stored(): number {
    return this.#byKey.size + this.#leftOut.size;
  }

  /** The records in order, as they are now: later changes make another list. */
  get sorted(): SortedRecords<Value> {
    return this.#sorted;
  }

  /** Finds a record. Keys that are not UTF-8 have none here. */
  get(key: Key): KeyValue<Value> | undefined {
    const text = typeof key === 'string' ? key : textOf(key);
    return text === undefined ? undefined : this.#byKey.get(text);
  }

  /** Finds the records from `start` up to, not including, `end`; without `end`, that of `start` alone. */
  between(start: Key, end: Key | undefined): readonly KeyValue<Value>[] {
    if (end !== undefined) return this.#sorted.between(start, end);
    const record = this.get(start);
    return record === undefined ? [] : [record];
  }

  /** Applies the events of one revision, and returns what changes by them. */
  apply(events: readonly WatchEvent<Value>[]): CacheChange<Value>[] {
    const changes: CacheChange<Value>[] = [];
    for (const event of events) {
      const change = event.type === 'put' ? this.#put(event.kv) : this.#delete(event);
      if (change !== undefined) changes.push(change);
    }
    return changes;
  }

  /**
   * Takes all records from a listing, and returns what differs. A record that is the same one as before
   * stays the same object.
   */
  replace({ revision, kvs }: Listing<Value>): CacheChange<Value>[] {
    const before = this.#byKey;
    const byKey = new Map<string, KeyValue<Value>>();
    const sorted: KeyValue<Value>[] = [];
    const changes: CacheChange<Value>[] = [];
    this.#leftOut.clear();
    for (const listed of kvs) {
      const key = this.#readableKey(listed);
      if (key === undefined) continue;
      const prev = before.get(key);
      // A key that was deleted and put again has a later revision, too.
      const kv = prev?.modRevision === listed.modRevision ? prev : listed;
      byKey.set(key, kv);
      sorted.push(kv);
      if (kv !== prev) changes.push({ type: 'put', key, kv, prev, revision: kv.modRevision });
    }
    for (const [key, prev] of before) {
      if (!byKey.has(key)) changes.push({ type: 'delete', key, kv: undefined, prev, revision });
    }
    this.#byKey = byKey;
    this.#sorted = SortedRecords.of(sorted);
    return changes;
  }

  #put(kv: KeyValue<Value>): CacheChange<Value> | undefined {
    const revision = kv.modRevision;
    const key = this.#readableKey(kv);
    // A record that cannot be decoded replaces one that could: the old one must not stay.
    if (key === undefined) return this.#remove(kv, revision);
    const prev = this.#byKey.get(key);
    this.#noLongerLeftOut(kv);
    this.#byKey.set(key, kv);
    this.#sorted = this.#sorted.with(kv);
    return { type: 'put', key, kv, prev, revision };
  }

  #delete(event: WatchEvent<Value>): CacheChange<Value> | undefined {
    this.#noLongerLeftOut(event);
    return this.#remove(event, event.revision);
  }

  #remove(record: { readonly key: string }, revision: bigint): CacheChange<Value> | undefined {
    if (decodeErrorOf(() => record.key) !== undefined) return undefined;
    const { key } = record;
    const prev = this.#byKey.get(key);
    if (prev === undefined) return undefined;
    this.#byKey.delete(key);
    this.#sorted = this.#sorted.without(key);
    return { type: 'delete', key, kv: undefined, prev, revision };
  }

  #noLongerLeftOut(record: { readonly keyBytes: Uint8Array }): void {
    if (this.#leftOut.size > 0) this.#leftOut.delete(idOf(record));
  }

  /** The key of a record that belongs into the cache. Notes one that does not, and tells its error. */
  #readableKey(kv: KeyValue<Value>): string | undefined {
    const error =
      decodeErrorOf(() => kv.key) ??
      (this.#onDecodeError === 'throw' ? undefined : decodeErrorOf(() => kv.value));
    if (error === undefined) return kv.key;
    this.#leftOut.add(idOf(kv));
    tellDecodeError(this.#onDecodeError, error);
    return undefined;
  }
}

function textOf(key: Uint8Array): string | undefined {
  try {
    return decodeUtf8(key);
  } catch {
    return undefined;
  }
}

function idOf({ keyBytes }: { readonly keyBytes: Uint8Array }): string {
  return toHex(keyBytes);
}
