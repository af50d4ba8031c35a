import type { KeyValue } from '../index.js';

/** A record is new in the cache, or was put again. */
export interface CachePut<Value = string> {
  /** The kind of change. */
  readonly type: 'put';
  /** The key as the selection shows it. */
  readonly key: string;
  /** The record from now on. */
  readonly kv: KeyValue<Value>;
  /** The record that the cache had before; `undefined` where there was none. */
  readonly prev: KeyValue<Value> | undefined;
  /** The revision of the put. */
  readonly revision: bigint;
}

/**
 * A record is gone. Unless `onDecodeError` is `'throw'`, a record that can no longer be decoded counts as gone,
 * too.
 */
export interface CacheDelete<Value = string> {
  /** The kind of change. */
  readonly type: 'delete';
  /** The key as the selection shows it. */
  readonly key: string;
  /** No record from now on. */
  readonly kv: undefined;
  /** The record that the cache had before. */
  readonly prev: KeyValue<Value>;
  /**
   * The revision of the deletion. After a compaction that is not known: then it is the revision of the read
   * that did not find the record.
   */
  readonly revision: bigint;
}

/** One change of a cache. */
export type CacheChange<Value = string> = CachePut<Value> | CacheDelete<Value>;
