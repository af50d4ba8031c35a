import {
  checkKnownOptions,
  InvalidArgumentError,
  invalidArgument,
  type OptionNames,
} from '../errors/index.js';
import type { Key, KeyValue, LeaseRef, Selection, View } from '../index.js';
import { codecs } from '../index.js';
import type { Uninferred } from '../internal/uninferred.js';
import { checkView } from './acquire-options.js';
import type { StmReads } from './stm-reads.js';
import { PendingRecord, type StmWrites } from './stm-writes.js';

/** Options of a read or a write in a transaction of `stm`: the view of the key. */
export interface StmKeyOptions<V> {
  /** The view that the key is of, and that types the value. Default: the view of the transaction. */
  readonly in?: V | undefined;
}

/** Options of a put in a transaction of `stm`. */
export interface StmPutOptions<V> extends StmKeyOptions<V> {
  /** Attaches the key to this lease: a handle or an id. Default: none, as for `put`. */
  readonly lease?: LeaseRef | undefined;
}

const KEY_NAMES: OptionNames<StmKeyOptions<unknown>> = { in: true };
const PUT_NAMES: OptionNames<StmPutOptions<unknown>> = { in: true, lease: true };

/** The parts of one run that its transaction needs. */
export interface StmTransactionContext {
  readonly reads: StmReads;
  readonly writes: StmWrites;
  /** Returns `true` after the end of the run. */
  isOver(): boolean;
}

/**
 * A transaction while its function runs: reads go to the store, writes stay here until the function has
 * returned. Reads see the writes made before them; such a record has no revisions yet (0).
 *
 * Every use after the end of the function throws.
 *
 * @typeParam Out values of the transaction's view when they are read
 * @typeParam In values of it when they are written
 */
export class StmTransaction<out Out = string, in In = Out> {
  readonly #view: View<Out, In>;
  readonly #reads: StmReads;
  readonly #writes: StmWrites;
  readonly #isOver: () => boolean;

  /** Transactions are made by `stm`. */
  constructor(view: View<Out, In>, { reads, writes, isOver }: StmTransactionContext) {
    this.#view = view;
    this.#reads = reads;
    this.#writes = writes;
    this.#isOver = isOver;
  }

  /**
   * Reads a key: its record, or `undefined`. A key that was read or written before costs no request.
   *
   * @throws InvalidArgumentError for a key that cannot be sent
   * @throws EtcdError when no server answers in time; `INVALID_ARGUMENT` after the end of the transaction
   */
  async get(key: Key, options?: StmKeyOptions<undefined>): Promise<KeyValue<Out> | undefined>;
  /** Reads a key of another view, which types the record. */
  async get<V>(key: Key, options: StmKeyOptions<View<V, never>>): Promise<KeyValue<V> | undefined>;
  async get(
    key: Key,
    options?: StmKeyOptions<View<unknown, never> | undefined>,
  ): Promise<KeyValue<unknown> | undefined> {
    const target = targetOf(this.#viewFor(options, KEY_NAMES), key);
    const write = this.#writes.of(target);
    if (write === undefined) return await this.#reads.key(target);
    const { codec, storedRange } = target;
    const keyBytes = storedRange.start.subarray(storedRange.namespace.length);
    const { bytes: valueBytes, lease } = write;
    return valueBytes && new PendingRecord({ codec, keyBytes, valueBytes, lease });
  }

  /**
   * Reads every key of a selection, in the order of the keys, with the writes made before. The whole
   * range is part of the conflict check: a key that somebody creates in it, changes or deletes is a
   * conflict. Each record counts as a comparison, of which a server allows 128.
   *
   * @throws InvalidArgumentError for a selection with a limit, an order, a revision or filters
   */
  async all<V>(selection: Selection<V, never>): Promise<readonly KeyValue<V>[]> {
    this.#assertOpen();
    if (typeof (selection as Partial<typeof selection> | undefined)?.single !== 'function') {
      throw invalidArgument('selection', selection, 'a selection, such as etcd.prefix(...)');
    }
    // Refuses what cannot be compared, and so could not be checked for conflicts.
    this.#view.compare(selection);
    return this.#writes.laidOver(selection, await this.#reads.range(selection));
  }

  /**
   * Puts a value under a key, when the transaction is committed. The last write of a key counts.
   *
   * @throws InvalidArgumentError for a key, a value or a lease that cannot be sent
   */
  put(key: Key, value: In, options?: StmPutOptions<undefined>): void;
  /** Puts a value under a key of another view, which types it. */
  // `Uninferred<V>`, written out: users see this line, and cannot import that name.
  put<V>(
    key: Key,
    value: [V][V extends unknown ? 0 : never],
    options: StmPutOptions<View<unknown, V>>,
  ): void;
  put(key: Key, value: never, options?: StmPutOptions<View<unknown, never> | undefined>): void {
    const view = this.#viewFor(options, PUT_NAMES);
    const lease = options?.lease;
    // Checks all of it, in the words of every other put.
    view.op.put(key, value, { lease });
    const target = targetOf(view, key);
    const bytes = new Uint8Array(target.codec.encode(value));
    const op = view.as(codecs.bytes).op.put(key, bytes, { lease });
    const leaseId = typeof lease === 'object' ? lease.id : (lease ?? 0n);
    this.#writes.add({ target, op, bytes, lease: BigInt(leaseId) });
  }

  /** Deletes a key, when the transaction is committed. Deleting a missing key is no error. */
  delete(key: Key, options?: StmKeyOptions<View<unknown, never> | undefined>): void {
    const view = this.#viewFor(options, KEY_NAMES);
    const target = targetOf(view, key);
    this.#writes.add({ target, op: view.op.delete(key), bytes: undefined, lease: 0n });
  }

  #viewFor<Options extends StmKeyOptions<View<unknown, never> | undefined>>(
    options: Options | undefined,
    names: OptionNames<Uninferred<Options>>,
  ): View<unknown, never> {
    this.#assertOpen();
    checkKnownOptions('options', options, names);
    const view = options?.in;
    if (view === undefined) return this.#view;
    checkView('in', view);
    return view;
  }

  #assertOpen(): void {
    if (!this.#isOver()) return;
    throw new InvalidArgumentError(
      'tx: the transaction has ended: it is used inside its function alone, and every read is awaited there',
      { argument: 'tx' },
    );
  }
}

/** Selects a key of a view, and refuses what is none. */
function targetOf<Out>(view: View<Out, never>, key: Key): Selection<Out, never> {
  // An argument of the name `key`, where a range has a `start`.
  view.op.get(key);
  return view.range(key);
}
