import { asOperation } from '../diagnostics/operation.js';
import {
  checkBoolean,
  checkNonNegativeInteger,
  type Iteration,
  invalidArgument,
  iterateOnce,
  nonNegativeInt64,
  showWord,
  toBigInt,
} from '../errors/index.js';
import type { Clock } from '../internal/clock.js';
import { CLOCK } from '../internal/clock-of.js';
import { printable, withJson } from '../internal/printable.js';
import {
  bareRange,
  countKeys,
  type DeleteOptions,
  type DeleteResult,
  deletableRange,
  deleteRange,
  type RangeResult,
  range,
  rangeKeys,
  readPages,
  SELECTION,
  type Selected,
  type SelectionSpec,
  type SelectionState,
  SORT_TARGETS,
  type SortBy,
  type SortOrder,
} from '../kv/index.js';
import { readCallOptions } from '../model/call-options.js';
import type { Codec } from '../model/codec/index.js';
import type { KeyValue } from '../model/key-value.js';
import { isSingleKey, isUnboundedEnd, type Key, keyAfter, showRange } from '../model/keys/index.js';
import type { Space } from '../model/space.js';
import type { CallOptions } from '../transport/transport.js';
import {
  checkTravelOptions,
  checkWatchRange,
  type Watcher,
  type WatchOptions,
} from '../watch/index.js';
import type { ViewContext } from './context.js';
import { type FollowChange, Follower, type FollowOptions } from './follow.js';
import { RecordIterator } from './record-iterator.js';

/** The keys of a selection as servers have them: from `start` up to, not including, `end`. */
export interface StoredRange {
  /** The first key, as the server has it. */
  readonly start: Uint8Array;
  /** `undefined` for a range up to the last key of the store. */
  readonly end: Uint8Array | undefined;
  /** The bytes before every key of the view; empty without a namespace. */
  readonly namespace: Uint8Array;
}

/**
 * Some keys of a view, and how they are to be read: a lazy, immutable value. Each method either answers
 * a narrower selection or does one thing with the keys.
 *
 * It can be iterated: records come page by page, all as they were at one revision, however many there
 * are.
 *
 * @example
 * const users = etcd.prefix('users/');
 * const { kvs, count } = await users.sortBy('modRevision', 'desc').limit(10).all();
 * for await (const { key, value } of users) console.log(key, value);
 */
export class Selection<out Out, in In = Out>
  implements Selected<Out, In>, AsyncIterable<KeyValue<Out>>
{
  /** @internal */
  readonly [SELECTION]: SelectionState<Out, In>;
  readonly #context: ViewContext;

  constructor(context: ViewContext, space: Space<Out, In>, spec: SelectionSpec) {
    this.#context = context;
    this[SELECTION] = Object.freeze({ spec, space });
    Object.freeze(this);
  }

  /** The clock of the client, for recipes. Not for users. */
  get [CLOCK](): Clock {
    return this.#context.clock;
  }

  /** The codec of the values. */
  get codec(): Codec<Out, In> {
    return this[SELECTION].space.codec;
  }

  /** The range of keys as servers have it: by it, keys of different views can be compared. */
  get storedRange(): StoredRange {
    const { spec, space } = this[SELECTION];
    const { key, rangeEnd } = spec.range;
    const open = isUnboundedEnd(rangeEnd) ? undefined : rangeEnd;
    const end = isSingleKey(spec.range) ? keyAfter(key) : open;
    return { start: key, end, namespace: space.keyspace.prefixBytes };
  }

  /** Selects one key of the same view, in this range or outside. */
  single(key: Key): Selection<Out, In> {
    const { space } = this[SELECTION];
    return new Selection(this.#context, space, { range: space.keyspace.single(key) });
  }

  /** At most this many records; 0 for no limit. */
  limit(records: number): Selection<Out, In> {
    checkNonNegativeInteger('limit', records);
    return this.#with({ limit: records === 0 ? undefined : records });
  }

  /** In this order. Ascending by key is the order records come in anyway. */
  sortBy(field: SortBy, order: SortOrder = 'asc'): Selection<Out, In> {
    if (!Object.hasOwn(SORT_TARGETS, field)) {
      throw invalidArgument(
        'sortBy',
        showWord(field),
        `allowed are ${Object.keys(SORT_TARGETS).join(', ')}`,
      );
    }
    if (order !== 'asc' && order !== 'desc') {
      throw invalidArgument('order', showWord(order), 'allowed are asc, desc');
    }
    return this.#with({ sortBy: field, order });
  }

  /** Reads the store as it was at this revision, 0 for now; below the compaction this throws `CompactedError`. */
  atRevision(revision: bigint | number): Selection<Out, In> {
    const at = checkRevision(revision);
    return this.#with({ revision: at === 0n ? undefined : at });
  }

  /** Lets the asked member answer from what it has, however old. */
  serializable(serializable = true): Selection<Out, In> {
    checkBoolean('serializable', serializable);
    return this.#with({ serializable });
  }

  /** Only records whose last put was at this revision or later. */
  modifiedSince(revision: bigint | number): Selection<Out, In> {
    return this.#with({ minModRevision: checkRevision(revision) });
  }

  /** Only records whose last put was at this revision or earlier. */
  modifiedUntil(revision: bigint | number): Selection<Out, In> {
    return this.#with({ maxModRevision: checkRevision(revision) });
  }

  /** Only records that were created at this revision or later. */
  createdSince(revision: bigint | number): Selection<Out, In> {
    return this.#with({ minCreateRevision: checkRevision(revision) });
  }

  /** Only records that were created at this revision or earlier. */
  createdUntil(revision: bigint | number): Selection<Out, In> {
    return this.#with({ maxCreateRevision: checkRevision(revision) });
  }

  /** Reads all of it in one answer. For very many records, iterate. */
  async all(options?: CallOptions): Promise<RangeResult<Out>> {
    const { spec, space } = this[SELECTION];
    const call = readCallOptions(options);
    return await asOperation('all', () => range(this.#context.transport, space, spec, call));
  }

  /** The first record, or `undefined`. */
  async first(options?: CallOptions): Promise<KeyValue<Out> | undefined> {
    const { kvs } = await asOperation('first', () => this.limit(1).all(options));
    return kvs[0];
  }

  /** Counts the keys, whatever the limit. */
  async count(options?: CallOptions): Promise<number> {
    const { transport } = this.#context;
    const call = readCallOptions(options);
    return await asOperation('count', () => countKeys(transport, this[SELECTION].spec, call));
  }

  /** The keys without their values. Throws `DecodeError` for a key that is not UTF-8. */
  async keys(options?: CallOptions): Promise<readonly string[]> {
    const { spec, space } = this[SELECTION];
    const call = readCallOptions(options);
    return await asOperation('keys', () => rangeKeys(this.#context.transport, space, spec, call));
  }

  /** The values by key. Throws `DecodeError` for a record that cannot be decoded. */
  async toMap(options?: CallOptions): Promise<Map<string, Out>> {
    const { kvs } = await asOperation('toMap', () => this.all(options));
    return withJson(new Map(kvs.map(({ key, value }) => [key, value])));
  }

  /**
   * Deletes every key.
   *
   * @throws InvalidArgumentError for a selection with a limit, an order, a revision or filters, since they
   *   would be ignored. Also for every key of the store, unless it was asked for with `all()`
   */
  async delete(options?: DeleteOptions): Promise<DeleteResult<Out>> {
    const { spec, space } = this[SELECTION];
    return await deleteRange(
      this.#context.transport,
      space,
      deletableRange(spec, space.keyspace, 'delete'),
      options,
    );
  }

  /**
   * Watches the keys: every change from now on, or from `startRevision` on.
   *
   * @throws InvalidArgumentError for a wrong option, for a range without keys, and for a selection with a
   *   limit, an order, a revision or filters: they would be ignored
   */
  watch(options?: WatchOptions): Watcher<Out> {
    const { spec, space } = this[SELECTION];
    return this.#context.watches.watch(space, bareRange(spec, 'watch'), options);
  }

  /**
   * Follows the keys: first all records, as a snapshot, then every change of them. After a compaction of
   * changes that were not seen yet, it reads the records again and tells the differences. So a map that is
   * built from it is always right.
   *
   * The reading begins with the first `next()`, and goes on until `break`, `return()` or an abort of `signal`.
   *
   * @throws InvalidArgumentError as `watch` does
   * @example
   * const services = new Map<string, string>();
   * for await (const change of etcd.prefix('services/').follow({ onDecodeError: console.warn })) {
   *   if (change.type === 'snapshot') for (const [key, kv] of change.entries) services.set(key, kv.value);
   *   else if (change.type === 'put') services.set(change.key, change.kv.value);
   *   else services.delete(change.key);
   * }
   */
  follow(options: FollowOptions = {}): Iteration<FollowChange<Out>> {
    checkTravelOptions(options);
    const { spec, space } = this[SELECTION];
    const range = bareRange(spec, 'follow');
    checkWatchRange(range);
    const follower = new Follower({ view: this.#context, space, range }, options);
    return iterateOnce(follower, 'follow', 'call follow() once more');
  }

  /** Iterates with options; `timeoutMs` is for each page. */
  iterate(options?: CallOptions): Iteration<KeyValue<Out>> {
    const { spec, space } = this[SELECTION];
    const records = new RecordIterator({
      space,
      signal: options?.signal,
      pages: () => readPages(this.#context.transport, spec, readCallOptions(options)),
    });
    return iterateOnce(records, 'records', 'iterate the selection, or call iterate() once more');
  }

  /** Reads the records page by page, all at one revision. */
  [Symbol.asyncIterator](): Iteration<KeyValue<Out>> {
    return this.iterate();
  }

  #with(changes: Partial<SelectionSpec>): Selection<Out, In> {
    const { spec, space } = this[SELECTION];
    return new Selection(this.#context, space, { ...spec, ...changes });
  }
}

function checkRevision(revision: bigint | number): bigint {
  return toBigInt('revision', revision, nonNegativeInt64);
}

printable(Selection, 'Selection', (selection) => {
  const { range, all: _all, ...settings } = selection[SELECTION].spec;
  return { ...showRange(range), ...settings };
});
