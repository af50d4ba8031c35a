import {
  checkCallOptions,
  checkKnownOptions,
  checkOnDecodeError,
  type EtcdError,
  invalidArgument,
  listenerCheck,
  type OnDecodeError,
} from '../errors/index.js';
import type { CallMetadata, Key, Selection } from '../index.js';
import { isBytes } from '../internal/bytes.js';
import type { CacheChange } from './cache-change.js';

/** Options of a cache. */
export interface CacheOptions {
  /** Ends the cache, while it is opened and later. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds for the opening as a whole. Default: none; each read has the client's. */
  readonly timeoutMs?: number | undefined;
  /** Extra metadata for each read and for the watch. */
  readonly metadata?: CallMetadata | undefined;
  /**
   * Behaviour for records whose key or value cannot be decoded: `'throw'` keeps them, and they throw a
   * `DecodeError` where their value is read; `'skip'` leaves them out, as if they were not there; a function
   * leaves them out and is called with the error. A key that is not UTF-8 is left out in any case.
   * Default: `'throw'`.
   */
  readonly onDecodeError?: OnDecodeError | undefined;
}

/** Limits of a wait for the cache. */
export interface CacheWaitOptions {
  /** Ends the wait: it rejects with `ABORTED`. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds until the wait ends with a `TimeoutError`. Default: none. */
  readonly timeoutMs?: number | undefined;
}

/** The events of a cache, with the arguments of their listeners. */
export type CacheEvents<Value> = {
  /** A record changed. The cache has the whole revision by then: all changes of a transaction. */
  change: [change: CacheChange<Value>];
  /** The cache may fall behind the store from now on, and why if that is known. It goes on by itself. */
  stale: [error: EtcdError | undefined];
  /** The cache has what was written until now, and follows again. */
  fresh: [];
  /** The cache is over: it cannot go on, and keeps the records that it has. */
  error: [error: EtcdError];
};

/** Checks the name and the function of a listener. */
export const checkCacheListener = listenerCheck<CacheEvents<unknown>>({
  change: true,
  stale: true,
  fresh: true,
  error: true,
});

/**
 * Checks what `Cache.open` was given.
 *
 * @throws InvalidArgumentError naming the argument or the option
 */
export function checkCacheOptions(
  selection: Selection<unknown, never>,
  options: CacheOptions,
): void {
  if (typeof (selection as Partial<typeof selection> | null | undefined)?.follow !== 'function') {
    throw invalidArgument('selection', selection, "a selection, such as etcd.prefix('config/')");
  }
  checkKnownOptions('options', options, {
    signal: true,
    timeoutMs: true,
    metadata: true,
    onDecodeError: true,
  });
  checkCallOptions(options);
  checkOnDecodeError(options.onDecodeError);
  // It does nothing before it is iterated, and refuses what cannot be followed: a limit, an order, no keys.
  selection.follow({ metadata: options.metadata });
}

/**
 * Checks the options of a wait.
 *
 * @throws InvalidArgumentError for one that is unknown or wrong
 */
export function checkCacheWait(options: CacheWaitOptions): void {
  checkKnownOptions('options', options, { signal: true, timeoutMs: true });
  checkCallOptions(options);
}

/**
 * Checks a key that is looked for.
 *
 * @throws InvalidArgumentError for an argument that is not a key
 */
export function checkCacheKey(name: string, key: unknown): asserts key is Key {
  if (typeof key === 'string' || isBytes(key)) return;
  throw invalidArgument(name, key, 'a key as a string or a Uint8Array, as the selection shows it');
}
