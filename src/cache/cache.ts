import { asOperation } from '../diagnostics/operation.js';
import {
  abortedError,
  addCallerStack,
  CompactedError,
  clientClosed,
  type EtcdError,
  nonNegativeInt64,
  readPatiently,
  toBigInt,
} from '../errors/index.js';
import type { Key, KeyValue, Selection, WatchBatch, Watcher } from '../index.js';
import type { Clock } from '../internal/clock.js';
import { clockOf } from '../internal/clock-of.js';
import { LinkedSignal, onAbort } from '../internal/linked-signal.js';
import { printable } from '../internal/printable.js';
import { TypedEmitter } from '../internal/typed-emitter.js';
import { unlessAborted } from '../internal/unless-aborted.js';
import type { CacheChange } from './cache-change.js';
import {
  cacheClosed,
  cacheFailed,
  notOpened,
  openTimedOut,
  storeWentBack,
} from './cache-errors.js';
import {
  type CacheEvents,
  type CacheOptions,
  type CacheWaitOptions,
  checkCacheKey,
  checkCacheListener,
  checkCacheOptions,
  checkCacheWait,
} from './cache-options.js';
import { type CacheWork, waitWithin } from './cache-wait.js';
import { CatchUp } from './catch-up.js';
import { Freshness } from './freshness.js';
import { Records } from './records.js';
import { SharedRead } from './shared-read.js';
import { Source } from './source.js';

/**
 * Records of a selection in this process: a map, sorted by key, that follows the store. Reads are synchronous
 * and cost no request. Each state that it shows is one that the store had. States come in the order of their
 * revisions. A transaction is seen whole or not at all.
 *
 * Broken connections are mended behind it, and it tells meanwhile that it is stale. After a compaction the
 * records are read again, and what differs is told as changes; a record that did not change stays the same
 * object.
 *
 * @example
 * await using cache = await Cache.open(etcd.prefix('config/'));
 * cache.on('change', ({ type, key, kv }) => console.log(type, key, kv?.value));
 * console.log(cache.get('config/colour')?.value);
 */
export class Cache<Value = string>
  extends TypedEmitter<CacheEvents<Value>>
  implements Iterable<KeyValue<Value>>
{
  static {
    printable(Cache, 'Cache', ({ size, revision, fresh }) => ({ size, revision, fresh }));
  }

  readonly #source: Source<Value>;
  readonly #clock: Clock;
  readonly #records: Records<Value>;
  readonly #life = new AbortController();
  readonly #catchUp: CatchUp;
  readonly #storeRevision: SharedRead<bigint>;
  /** Watch of the present; a cache that is open has one. */
  #watcher: Watcher<Value> | undefined;
  readonly #freshness: Freshness;
  #revision = 0n;

  private constructor(source: Source<Value>, clock: Clock, options: CacheOptions) {
    super(checkCacheListener);
    if (!(source instanceof Source)) throw notOpened(source);
    const life = this.#life.signal;
    this.#source = source;
    this.#clock = clock;
    this.#records = new Records(options.onDecodeError ?? 'throw');
    this.#freshness = new Freshness({
      clock,
      stale: (error) => this.emit('stale', error),
      fresh: () => this.emit('fresh'),
    });
    this.#storeRevision = new SharedRead(() => source.revision(life));
    this.#catchUp = new CatchUp({
      clock,
      life,
      revision: () => this.#revision,
      watcher: () => this.#watcher,
      compare: () => this.#compare(),
    });
  }

  /**
   * Reads the records and begins to follow them. It resolves when all of them are there, as a linearizable
   * read sees them, and a server watches them.
   *
   * @throws InvalidArgumentError for an argument that is not a selection, for one with a limit, an order, a revision or
   *   filters, and for a wrong option
   * @throws TimeoutError after `timeoutMs`; AbortError when `signal` aborts before it is open
   * @throws EtcdError when the records cannot be read or watched
   */
  static async open<Out>(
    selection: Selection<Out, never>,
    options: CacheOptions = {},
  ): Promise<Cache<Out>> {
    checkCacheOptions(selection, options);
    const { signal, timeoutMs = 0, metadata } = options;
    const clock = clockOf(selection);
    const cache = new Cache(new Source(selection, metadata), clock, options);
    const aborted = (reason: unknown): EtcdError =>
      abortedError(reason, { method: 'Cache.open', outcome: 'not-applied' });
    const timeout = { clock, ms: timeoutMs, reason: () => openTimedOut(timeoutMs) };
    using opening = new LinkedSignal({ signals: [signal], abortReason: aborted, timeout });
    try {
      await unlessAborted(cache.#begin(opening.signal), opening.signal);
    } catch (error) {
      cache.#end(cacheClosed());
      throw addCallerStack(error);
    }
    const stopListening = onAbort(signal, () => cache.#end(cacheClosed()));
    onAbort(cache.#life.signal, stopListening);
    void cache.#follow();
    return cache;
  }

  /** The revision up to which the cache has everything. Writes outside the selection raise it, too, some later. */
  get revision(): bigint {
    return this.#revision;
  }

  /** The number of records. */
  get size(): number {
    return this.#records.size;
  }

  /**
   * True while a server tells each change as it happens. A connection that broke is noticed after the
   * client's `keepAlive` times at the latest: 13 seconds, if not set otherwise.
   */
  get fresh(): boolean {
    return this.staleSince === undefined;
  }

  /** Time at which the cache noticed that it may fall behind the store; `undefined` while it is fresh. */
  get staleSince(): Date | undefined {
    return this.#freshness.staleSince;
  }

  /**
   * Returns the record of a key, or `undefined`.
   *
   * @param key as the selection shows it
   * @throws InvalidArgumentError for an argument that is not a key
   */
  get(key: Key): KeyValue<Value> | undefined {
    checkCacheKey('key', key);
    return this.#records.get(key);
  }

  /** Returns true if there is a record of this key. Throws as `get` does. */
  has(key: Key): boolean {
    return this.get(key) !== undefined;
  }

  /**
   * Returns the records from `start` up to, not including, `end`; without `end`, that of `start` alone. Throws
   * as `get` does.
   */
  range(start: Key, end?: Key): readonly KeyValue<Value>[] {
    checkCacheKey('start', start);
    if (end !== undefined) checkCacheKey('end', end);
    return this.#records.between(start, end);
  }

  /**
   * Iterates the records as they are now, in the order of the store: by the UTF-8 bytes of their keys.
   * Later changes are not seen, so that a loop that waits sees one state.
   */
  [Symbol.iterator](): IterableIterator<KeyValue<Value>> {
    return this.#records.sorted[Symbol.iterator]();
  }

  /**
   * Resolves when everything is in the cache that was written before this call, by anybody. It reads the
   * revision of the store by a linearizable read, and waits until the cache has reached it. Calls share
   * their reads.
   *
   * Servers before 3.4.25 and 3.5.8 cannot tell how far a watch is, and some proxies do not answer that
   * question. There it may read which records have changed. That takes the server as long as a read of all of
   * them.
   *
   * @throws EtcdError when the revision cannot be read; the client's `timeoutMs` is for the read
   * @throws TimeoutError after `timeoutMs`; AbortError when `signal` aborts
   * @throws EtcdError `CACHE_CLOSED` when the cache was closed, or the error that ended it
   */
  async sync(options: CacheWaitOptions = {}): Promise<void> {
    checkCacheWait(options);
    await this.#wait('sync', options, async (signal) => {
      const revision = await unlessAborted(this.#storeRevision.next(), signal);
      await this.#catchUp.until(revision, signal);
    });
  }

  /**
   * Resolves when everything is in the cache that was written up to this revision. With the revision of a
   * write's answer, a process can read its own writes.
   *
   * @throws InvalidArgumentError for an argument that is not a revision
   * @throws TimeoutError after `timeoutMs`; AbortError when `signal` aborts. Without both it waits as long
   *   as it takes: a revision that the store has not reached yet is waited for.
   * @throws EtcdError `CACHE_CLOSED` when the cache was closed, or the error that ended it
   *
   * @example
   * const { header } = await etcd.put('config/colour', 'blue');
   * await cache.waitFor(header.revision);
   */
  async waitFor(revision: bigint | number, options: CacheWaitOptions = {}): Promise<void> {
    const wanted = toBigInt('revision', revision, nonNegativeInt64);
    checkCacheWait(options);
    await this.#wait('waitFor', options, (signal) => this.#catchUp.until(wanted, signal));
  }

  /** Ends the cache. It keeps the records that it has, and is not fresh any more. Harmless when done twice. */
  async close(): Promise<void> {
    this.#end(cacheClosed());
  }

  /** Does what `close()` does. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #wait(operation: string, options: CacheWaitOptions, work: CacheWork): Promise<void> {
    const life = this.#life.signal;
    const method = `Cache.${operation}`;
    const context = { method, clock: this.#clock, life, revision: () => this.#revision };
    return waitWithin(context, options, (signal) => asOperation(operation, () => work(signal)));
  }

  /** Reads the records and watches from there on; again, if a compaction comes between. */
  async #begin(opening: AbortSignal): Promise<void> {
    for (;;) {
      try {
        const listing = await asOperation('open', () => this.#source.list(opening));
        const before = this.#revision;
        if (listing.revision < before) throw storeWentBack(listing.revision, before);
        const life = this.#life.signal;
        const watcher = await this.#source.watch(listing.revision + 1n, { opening, life });
        this.#watcher = watcher
          .on('disconnected', (error) => this.#freshness.broken(error))
          .on('resumed', () => void this.#becomeFresh())
          .on('progress', (revision) => this.#advance(revision));
        this.#show(listing.revision, this.#records.replace(listing));
        return;
      } catch (error) {
        if (!(error instanceof CompactedError)) throw error;
      }
    }
  }

  async #follow(): Promise<void> {
    const life = this.#life.signal;
    try {
      for (;;) {
        this.#freshness.broken(await this.#applyUntilCompacted());
        await readPatiently(() => this.#begin(life), this.#clock, life);
        this.#tellFresh();
      }
    } catch (error) {
      this.#fail(error);
    }
  }

  async #applyUntilCompacted(): Promise<CompactedError> {
    try {
      for await (const batch of this.#watcher?.batches() ?? []) this.#apply(batch);
    } catch (error) {
      if (error instanceof CompactedError) return error;
      throw error;
    }
    this.#life.signal.throwIfAborted();
    // A watch that ends by itself, without having been cancelled, ends with its client.
    throw clientClosed({ outcome: 'not-sent' });
  }

  #apply({ revision, events }: WatchBatch<Value>): void {
    // A comparison may have shown already that nothing is different at a later revision.
    if (revision <= this.#revision) return;
    this.#show(revision, this.#records.apply(events));
  }

  /** Tells the changes that led to a revision, when all of them are there. */
  #show(revision: bigint, changes: readonly CacheChange<Value>[]): void {
    this.#advance(revision);
    for (const change of changes) this.emit('change', change);
  }

  #advance(revision: bigint): void {
    if (revision <= this.#revision) return;
    this.#revision = revision;
    this.#catchUp.advanced();
  }

  async #compare(): Promise<void> {
    const revision = this.#revision;
    const { stored } = this.#records;
    const same = await this.#source.unchangedUntil(revision, stored, this.#life.signal);
    if (same !== undefined && this.#revision === revision) this.#advance(same);
  }

  /** The watch goes on: the cache is fresh when it has what was written until now. */
  async #becomeFresh(): Promise<void> {
    const { breaks } = this.#freshness;
    const life = this.#life.signal;
    try {
      const revision = await readPatiently(() => this.#storeRevision.next(), this.#clock, life);
      await this.#catchUp.until(revision, life);
      if (breaks === this.#freshness.breaks) this.#tellFresh();
    } catch (error) {
      // Whether it is fresh can no longer be known.
      this.#fail(error);
    }
  }

  #tellFresh(): void {
    if (!this.#life.signal.aborted) this.#freshness.mended();
  }

  #fail(error: unknown): void {
    if (this.#life.signal.aborted) return;
    const reason = cacheFailed(error);
    this.#freshness.broken(reason);
    this.#end(reason);
    this.emit('error', reason);
  }

  #end(reason: EtcdError): void {
    if (this.#life.signal.aborted) return;
    this.#freshness.ended();
    this.#life.abort(reason);
  }
}
