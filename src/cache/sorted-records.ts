import type { Key, KeyValue } from '../index.js';
import { compareWith } from './key-order.js';

type Chunk<Value> = readonly KeyValue<Value>[];

/** Records in a chunk, at most. A change copies one chunk and the list of chunks. */
const MOST_IN_CHUNK = 256;
/** Records in a chunk of a new list: room for some more before it is cut in two. */
const USUAL_IN_CHUNK = MOST_IN_CHUNK / 2;

/**
 * Records in the order of their keys. It never changes: a change makes another list, which shares all
 * chunks but one with it. So an iteration sees one state of the store, however long it takes.
 */
export class SortedRecords<Value> implements Iterable<KeyValue<Value>> {
  /** None of them is empty. */
  readonly #chunks: readonly Chunk<Value>[];

  private constructor(chunks: readonly Chunk<Value>[]) {
    this.#chunks = chunks;
  }

  /** Makes a list of records that are in order already, as those of an answer are. */
  static of<Value>(records: readonly KeyValue<Value>[]): SortedRecords<Value> {
    const chunks: Chunk<Value>[] = [];
    for (let start = 0; start < records.length; start += USUAL_IN_CHUNK) {
      chunks.push(records.slice(start, start + USUAL_IN_CHUNK));
    }
    return new SortedRecords(chunks);
  }

  /** Returns a list with this record, in the place of the one that has its key. */
  with(record: KeyValue<Value>): SortedRecords<Value> {
    const { key } = record;
    const at = this.#chunkOf(key);
    const chunk = this.#chunks[at];
    if (chunk === undefined) return new SortedRecords([[record]]);
    const place = placeOf(chunk, key);
    if (chunk[place]?.key === key) return this.#replaced(at, [chunk.with(place, record)]);
    const grown = chunk.toSpliced(place, 0, record);
    const parts =
      grown.length > MOST_IN_CHUNK
        ? [grown.slice(0, USUAL_IN_CHUNK), grown.slice(USUAL_IN_CHUNK)]
        : [grown];
    return this.#replaced(at, parts);
  }

  /** Returns a list without the record of this key. */
  without(key: string): SortedRecords<Value> {
    const at = this.#chunkOf(key);
    const chunk = this.#chunks[at] ?? [];
    const place = placeOf(chunk, key);
    if (chunk[place]?.key !== key) return this;
    return this.#replaced(at, chunk.length === 1 ? [] : [chunk.toSpliced(place, 1)]);
  }

  /** Returns the records from `start` up to, not including, `end`. */
  between(start: Key, end: Key): KeyValue<Value>[] {
    const found: KeyValue<Value>[] = [];
    for (let at = this.#chunkOf(start); at < this.#chunks.length; at++) {
      const chunk = this.#chunks[at] ?? [];
      const to = placeOf(chunk, end);
      for (let place = placeOf(chunk, start); place < to; place++) {
        found.push(chunk[place] as KeyValue<Value>);
      }
      if (to < chunk.length) break;
    }
    return found;
  }

  *[Symbol.iterator](): Generator<KeyValue<Value>, undefined, undefined> {
    for (const chunk of this.#chunks) yield* chunk;
    return undefined;
  }

  /** The chunk in which a key is, or belongs: the last that begins with it or before it. */
  #chunkOf(key: Key): number {
    let low = 0;
    let high = this.#chunks.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      const first = this.#chunks[middle]?.[0] as KeyValue<Value>;
      if (compareWith(first, key) <= 0) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  #replaced(at: number, parts: readonly Chunk<Value>[]): SortedRecords<Value> {
    return new SortedRecords(this.#chunks.toSpliced(at, 1, ...parts));
  }
}

/** The place of the first record whose key is this one or comes after it. */
function placeOf(chunk: Chunk<unknown>, key: Key): number {
  let low = 0;
  let high = chunk.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareWith(chunk[middle] as KeyValue<unknown>, key) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
