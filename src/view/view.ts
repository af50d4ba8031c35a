import { asOperation } from '../diagnostics/operation.js';
import {
  checkKnownOptions,
  describeKey,
  invalidArgument,
  KeyExistsError,
  type OptionNames,
} from '../errors/index.js';
import type { Clock } from '../internal/clock.js';
import { CLOCK } from '../internal/clock-of.js';
import { printable } from '../internal/printable.js';
import {
  type DeleteOptions,
  type DeleteResult,
  deleteRange,
  type GetOptions,
  get,
  type PutOptions,
  type PutResult,
  put,
  refuseSelection,
  type TouchOptions,
  touch,
} from '../kv/index.js';
import { CALL_NAMES, readCallOptions } from '../model/call-options.js';
import { type Codec, checkCodec } from '../model/codec/index.js';
import type { KeyValue } from '../model/key-value.js';
import { type Key, type KeyRange, singleKey } from '../model/keys/index.js';
import { leaseId } from '../model/lease-ref.js';
import { type Space, showSpace } from '../model/space.js';
import { type CompareFactory, compareFactory, Ops, Txn } from '../txn/index.js';
import type { Watcher, WatchOptions } from '../watch/index.js';
import type { ViewContext } from './context.js';
import { MonotonicTransport } from './monotonic.js';
import { Selection } from './selection.js';
import {
  type CreateOptions,
  Update,
  type UpdateOptions,
  type UpdateResult,
  type Updater,
} from './update.js';

const CREATE_NAMES: OptionNames<CreateOptions> = { ...CALL_NAMES, lease: true };
const UPDATE_NAMES: OptionNames<UpdateOptions> = { ...CALL_NAMES, lease: true };

/**
 * A part of the store with a meaning: a namespace that stands before every key, and a codec for the
 * values. Cheap and immutable; the client itself is the view of everything, with strings as values.
 *
 * @typeParam Out what values are when they are read
 * @typeParam In what values may be when they are written
 *
 * @example
 * const people = etcd.namespace('people/').as(codecs.json<Person>());
 * await people.put('42', { name: 'Ada' });
 */
export class View<out Out, in In = Out> {
  /** Makes operations for transactions; can be taken out: `const { op, compare } = etcd`. */
  readonly op: Ops<Out, In>;
  /** Makes conditions for transactions. */
  readonly compare: CompareFactory<In>;
  static {
    printable(View, 'View', (view) => showSpace(view.#space));
  }

  readonly #context: ViewContext;
  readonly #space: Space<Out, In>;

  constructor(context: ViewContext, space: Space<Out, In>) {
    this.#context = context;
    this.#space = space;
    this.op = new Ops(space);
    this.compare = compareFactory(space);
  }

  /** Milliseconds of a call without a `timeoutMs` of its own; 0 for no limit. */
  get timeoutMs(): number {
    return this.#context.timeoutMs;
  }

  /** The clock of the client, for recipes. Not for users. */
  get [CLOCK](): Clock {
    return this.#context.clock;
  }

  /** Reads a key: its record, or `undefined`. */
  get(key: Key, options?: GetOptions): Promise<KeyValue<Out> | undefined> {
    const { transport } = this.#context;
    return asOperation('get', () => get(transport, this.#space, key, options));
  }

  /**
   * Stores a value under a key.
   *
   * @throws EtcdError with an `outcome`: `unknown` means that it may have been stored
   */
  put(key: Key, value: In, options?: PutOptions): Promise<PutResult<Out>> {
    return put(this.#context.transport, this.#space, key, value, options);
  }

  /**
   * Moves a key to another lease, or with `lease: null` off its lease, and keeps the value.
   *
   * @throws InvalidArgumentError when `lease` is not said
   * @throws EtcdError `KEY_NOT_FOUND` for a missing key
   */
  touch(key: Key, options: TouchOptions): Promise<PutResult<Out>> {
    const { transport } = this.#context;
    return asOperation('touch', () => touch(transport, this.#space, key, options));
  }

  /** Deletes one key; deleting a missing key is no error. For more keys see the selections. */
  async delete(key: Key, options?: DeleteOptions): Promise<DeleteResult<Out>> {
    refuseSelection(key, 'a selection deletes by itself: selection.delete()');
    const range = singleKey(this.#space.keyspace.encodeKey(key));
    return await deleteRange(this.#context.transport, this.#space, range, options);
  }

  /**
   * Stores a value under a key that does not exist yet.
   *
   * @throws KeyExistsError when it does
   */
  async create(key: Key, value: In, options: CreateOptions = {}): Promise<PutResult<Out>> {
    checkKnownOptions('options', options, CREATE_NAMES);
    const { lease, ...call } = options;
    const txn = this.txn()
      .if(this.compare(key).missing())
      .then(this.op.put(key, value, { lease }));
    const result = await asOperation('create', () => txn.commit(call));
    if (result.succeeded) return result.results[0];
    throw new KeyExistsError(`the key ${describeKey(key)} exists already`, {
      key,
      method: 'KV.Txn',
    });
  }

  /**
   * Changes a value with a function of the present one, atomically: read, compare, swap, and again when
   * another writer came between. The key keeps its lease.
   *
   * The function returns the new value, `KEEP` to leave the value as it is, or `DELETE` to delete the key.
   * The function is called again after each conflict, so it should do nothing but compute. Updates of one key by
   * one client take turns: it must not wait for another `update` of this key.
   *
   * `timeoutMs` covers everything, the function too; nothing is sent after it. Default: the client's.
   *
   * @returns the value that stands now, beside what `put` returns
   * @throws TimeoutError saying what took the time; nothing was written then, unless its outcome is
   *   `unknown`
   * @throws EtcdError with outcome `unknown` when a write may have been applied: it is not repeated,
   *   since that could apply the function twice
   *
   * @example
   * const { value } = await etcd.update('visits', (current) => String(Number(current ?? 0) + 1));
   * await etcd.update('job', (current) => (current === 'done' ? DELETE : KEEP));
   */
  async update(
    key: Key,
    updater: Updater<Out, In>,
    options: UpdateOptions = {},
  ): Promise<UpdateResult<Out>> {
    const call = readCallOptions(options, UPDATE_NAMES);
    const { lease } = options;
    if (lease !== undefined) leaseId(lease);
    if (typeof updater !== 'function') throw invalidArgument('updater', updater, 'a function');
    const request = { space: this.#space, key, updater, options: { ...call, lease } };
    const update = new Update(this.#context, request);
    return await asOperation('update', () => update.run());
  }

  /**
   * Watches one key: every change from now on, or from `startRevision` on. For more keys see the
   * selections.
   *
   * @throws InvalidArgumentError for an option that is unknown or wrong
   */
  watch(key: Key, options?: WatchOptions): Watcher<Out> {
    refuseSelection(key, 'a selection watches by itself: selection.watch()');
    const range = singleKey(this.#space.keyspace.encodeKey(key));
    return this.#context.watches.watch(this.#space, range, options);
  }

  /** The keys that begin with this; for an empty one, every key of the view. To delete those, say `all()`. */
  prefix(prefix: Key): Selection<Out, In> {
    return this.#select(this.#space.keyspace.prefix(prefix));
  }

  /** The keys from `start` up to, not including, `end`; without `end` the key `start` alone. */
  range(start: Key, end?: Key): Selection<Out, In> {
    const { keyspace } = this.#space;
    return this.#select(
      end === undefined ? keyspace.single(start, 'start') : keyspace.range(start, end),
    );
  }

  /** The keys from `start` to the last of the view. */
  fromKey(start: Key): Selection<Out, In> {
    return this.#select(this.#space.keyspace.fromKey(start));
  }

  /** Every key of the view. */
  all(): Selection<Out, In> {
    return this.#select(this.#space.keyspace.all(), true);
  }

  /** Begins a transaction; operations of any view may go in. */
  txn(): Txn {
    const { transport } = this.#context;
    return new Txn({ transport, compares: [], thenOps: [], elseOps: [] });
  }

  /** The part of this view whose keys begin with `prefix`, which is then left out of every key. */
  namespace(prefix: Key): View<Out, In> {
    const keyspace = this.#space.keyspace.sub(prefix);
    return new View(this.#context, { ...this.#space, keyspace });
  }

  /** Returns a view of these keys with another codec for the values. */
  as<NewOut, NewIn = NewOut>(codec: Codec<NewOut, NewIn>): View<NewOut, NewIn> {
    checkCodec(codec);
    return new View(this.#context, { ...this.#space, codec });
  }

  /**
   * Returns a view of the same keys whose reads never go back in time. No answer is older than one that this
   * view, or a view made of it, has given before. Only serializable reads can be, when they are answered by a
   * member that lags. Such an answer is dropped, and the read is asked for again of all members, and
   * linearizably; the first answer that is new enough counts. As Go's `ordering` package does.
   *
   * Writes count, too: a read after a write through this view sees it. Reads of a given revision, watches
   * and `follow` are as they are. Each call makes a view with a memory of its own.
   *
   * @throws EtcdError in a read when nothing new enough can be reached in time
   * @example
   * const local = etcd.monotonic();
   * const { kvs } = await local.prefix('config/').serializable().all();
   */
  monotonic(): View<Out, In> {
    const transport = new MonotonicTransport(this.#context);
    return new View({ ...this.#context, transport }, this.#space);
  }

  #select(range: KeyRange, all?: true): Selection<Out, In> {
    return new Selection(this.#context, this.#space, { range, all });
  }
}
