import type { KeyValue as RawKeyValue } from '../rpc/generated/types.js';
import { keySize, valueSize } from '../rpc/wire/key-value.js';

/** Keys of the first page, before it is known how large records are: as many of 1.5 MiB are 24 MiB. */
const FIRST_PAGE_KEYS = 16;
/**
 * Bytes a page aims at. A server counts the keys that are left for each page, so pages are few; yet none
 * blocks for long.
 */
const PAGE_BYTES = 2 * 1024 * 1024;
/** Upper limit on the keys of a page, however small records are. */
const MAX_PAGE_KEYS = 20_000;
/** Upper limit on the growth from page to page: small records prove nothing about the next ones. */
const MAX_GROWTH = 4;
/** Keys of the second page after a first one of tiny records: on a link with delay each page is a round trip. */
const SECOND_PAGE_KEYS = 256;
/** Upper limit on the average size of tiny records. */
const TINY_BYTES = 128;
/** One record in this many, at the end of a page: those are nearest to the next ones, so their size counts too. */
const TAIL = 4;

/**
 * The number of keys of each page of an iteration.
 *
 * A server sends as many records as it is asked for, however large they are, and nothing tells their size
 * beforehand. So the first page is small, and the others grow step by step towards the aim in bytes.
 */
export class PageSize {
  #keys = FIRST_PAGE_KEYS;
  /** Most keys of a page: half of those in a page that came too late, or that was too large. */
  #most = MAX_PAGE_KEYS;

  /** Keys of the next page. */
  get keys(): number {
    return this.#keys;
  }

  /** Learns from records that were read: those of a page, or of a chunk of a stream, which may be more or fewer. */
  learn(kvs: readonly RawKeyValue[]): void {
    const tail = kvs.slice(-Math.ceil(kvs.length / TAIL));
    const each = Math.max(averageBytes(kvs), averageBytes(tail));
    const isFirst = kvs.length === FIRST_PAGE_KEYS;
    const grown = isFirst && each < TINY_BYTES ? SECOND_PAGE_KEYS : kvs.length * MAX_GROWTH;
    this.#keys = Math.max(1, Math.min(Math.floor(PAGE_BYTES / each), grown, this.#most));
  }

  /**
   * Learns that a page of this many keys took too long, or was too large for the client. Later pages have
   * half as many at most.
   */
  halve(keys: number): void {
    this.#most = Math.max(1, Math.floor(keys / 2));
    this.#keys = Math.min(this.#keys, this.#most);
  }
}

function averageBytes(kvs: readonly RawKeyValue[]): number {
  let bytes = 0;
  for (const kv of kvs) bytes += keySize(kv) + valueSize(kv);
  return Math.max(1, bytes) / Math.max(1, kvs.length);
}
