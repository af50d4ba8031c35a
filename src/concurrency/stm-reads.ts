import { asOperation } from '../diagnostics/operation.js';
import { EtcdError, TimeoutError, withDetails } from '../errors/index.js';
import type {
  CallOptions,
  Codec,
  Compare,
  CompareFactory,
  KeyValue,
  RangeResult,
  Selection,
} from '../index.js';
import { toHex } from '../internal/bytes.js';
import { isWithin, type StmWrites, storedKey } from './stm-writes.js';

/** The context of the reads of one attempt. */
export interface StmReadsContext {
  /** All reads are of the revision of the first one. */
  readonly pinned: boolean;
  /** A key that is read twice must be the same. */
  readonly repeatable: boolean;
  /** Makes the options of the next call, which has all the time that is left to the whole. */
  callOptions(): CallOptions;
  /** Makes the error of the whole, whose time is over. */
  timedOut(): TimeoutError;
}

type AnySelection = Selection<unknown, never>;

/** A key that was read, and the revision of its last put then; 0 for a missing key. */
interface SeenKey {
  readonly target: AnySelection;
  readonly modRevision: bigint;
}

/** A range that was read, and the revision at which it was. */
interface SeenRange {
  readonly selection: AnySelection;
  readonly revision: bigint;
}

/**
 * The reads of one attempt of a transaction, and the conditions under which they still hold.
 *
 * The first read is linearizable and tells the revision. The later ones read at that revision, from any
 * member that has it.
 */
export class StmReads {
  readonly #context: StmReadsContext;
  /** Answers, by the range as the reader sees it, then by codec: what was read once is not read again. */
  readonly #answers = new Map<string, Map<Codec<unknown, never>, Promise<RangeResult<unknown>>>>();
  readonly #keys = new Map<string, SeenKey>();
  readonly #ranges = new Map<string, SeenRange>();
  #first: Promise<unknown> | undefined;
  #base: bigint | undefined;
  #stale = false;
  /** Reads that no server has answered yet. */
  #unanswered = 0;

  constructor(context: StmReadsContext) {
    this.#context = context;
  }

  /** True when the reads cannot be of one state of the store: the attempt is to be made again. */
  get stale(): boolean {
    return this.#stale;
  }

  /** True while a read waits for its answer. */
  get isReading(): boolean {
    return this.#unanswered > 0;
  }

  /** Reads one key. */
  async key<V>(target: Selection<V, never>): Promise<KeyValue<V> | undefined> {
    const { kvs } = await this.#read(target);
    this.#seeKey(target, kvs[0]?.modRevision ?? 0n);
    return kvs[0];
  }

  /** Reads every key of a range. */
  async range<V>(selection: Selection<V, never>): Promise<readonly KeyValue<V>[]> {
    const { kvs, header } = await this.#read(selection);
    const id = rangeId(selection);
    // Of two reads of a range the first counts: what came between is a conflict.
    if (!this.#ranges.has(id)) {
      this.#ranges.set(id, { selection, revision: this.#base ?? header.revision });
    }
    for (const { keyBytes, modRevision } of kvs) {
      this.#seeKey(selection.single(keyBytes), modRevision);
    }
    return kvs;
  }

  /**
   * Makes the conditions under which the reads still hold. A changed or a deleted key has another
   * revision than was read, and a created one makes the range have a later revision than was read.
   */
  conditions(compare: CompareFactory<never>): Compare[] {
    return [
      ...[...this.#keys.values()].map(({ target, modRevision }) =>
        compare(target).modRevision('==', modRevision),
      ),
      ...[...this.#ranges.values()].map(({ selection, revision }) =>
        compare(selection).modRevision('<', revision + 1n),
      ),
    ];
  }

  /**
   * Makes the conditions that nobody else has written the keys of these writes since the first read.
   * Those that were read have their condition already.
   */
  writeConditions(compare: CompareFactory<never>, writes: StmWrites): Compare[] {
    const base = this.#base;
    if (base === undefined) return [];
    return [...writes.all]
      .filter(({ target }) => !this.#covers(target))
      .map(({ target }) => compare(target).modRevision('<', base + 1n));
  }

  #covers(target: AnySelection): boolean {
    if (this.#keys.has(storedKey(target))) return true;
    const { start } = target.storedRange;
    return [...this.#ranges.values()].some(({ selection }) => isWithin(start, selection));
  }

  #seeKey(target: AnySelection, modRevision: bigint): void {
    const key = storedKey(target);
    const seen = this.#keys.get(key);
    if (seen === undefined) this.#keys.set(key, { target, modRevision });
    else if (this.#context.repeatable && seen.modRevision !== modRevision) throw this.#changed();
  }

  async #read<V>(selection: Selection<V, never>): Promise<RangeResult<V>> {
    const id = rangeId(selection);
    const answers = this.#answers.get(id) ?? new Map();
    this.#answers.set(id, answers);
    const known: Promise<RangeResult<V>> | undefined = answers.get(selection.codec);
    if (known !== undefined) return known;
    // The function of the transaction is the user's own, and its reads are the transaction's.
    const answer = asOperation('stm', () => this.#ask(selection));
    answers.set(selection.codec, answer);
    this.#unanswered += 1;
    try {
      return await answer;
    } catch (error) {
      answers.delete(selection.codec);
      throw this.#nothingWritten(error);
    } finally {
      this.#unanswered -= 1;
    }
  }

  async #ask<V>(selection: Selection<V, never>): Promise<RangeResult<V>> {
    if (!this.#context.pinned) return selection.all(this.#context.callOptions());
    for (;;) {
      if (this.#first === undefined) return this.#askFirst(selection);
      // A first read that fails tells its own caller, and another one is the first.
      await this.#first;
      if (this.#base !== undefined) return this.#askAt(selection, this.#base);
    }
  }

  async #askFirst<V>(selection: Selection<V, never>): Promise<RangeResult<V>> {
    const answer = selection.all(this.#context.callOptions());
    this.#first = answer.then(
      ({ header }) => {
        this.#base = header.revision;
      },
      () => {
        this.#first = undefined;
      },
    );
    await this.#first;
    return answer;
  }

  async #askAt<V>(selection: Selection<V, never>, revision: bigint): Promise<RangeResult<V>> {
    const pinned = selection.atRevision(revision);
    try {
      return await pinned.serializable().all(this.#context.callOptions());
    } catch (error) {
      if (!(error instanceof EtcdError) || error.code !== 'FUTURE_REVISION') throw error;
    }
    // That member lags. For a linearizable read it catches up first.
    return pinned.all(this.#context.callOptions());
  }

  /** Returns the error of a read with the outcome of the transaction: a read leaves nothing open. */
  #nothingWritten(error: unknown): unknown {
    if (!(error instanceof EtcdError)) return error;
    if (error instanceof TimeoutError) return this.#context.timedOut();
    if (error.code === 'COMPACTED') this.#stale = true;
    return error.outcome === 'unknown' ? withDetails(error, { outcome: 'not-applied' }) : error;
  }

  #changed(): EtcdError {
    this.#stale = true;
    return new EtcdError('a key was changed between two reads of it: the function is run again', {
      code: 'CONFLICT',
      outcome: 'not-applied',
      retryable: true,
    });
  }
}

function rangeId({ storedRange }: AnySelection): string {
  const { namespace, start, end } = storedRange;
  return `${namespace.length}/${toHex(start)}/${end === undefined ? '' : toHex(end)}`;
}
