import { asOperation, outsideOperation } from '../diagnostics/operation.js';
import {
  abortedError,
  addCallerStack,
  checkCallOptions,
  checkFunction,
  checkKnownOptions,
  checkPositiveInteger,
  EtcdError,
  invalidArgument,
  showWord,
  TimeoutError,
  timedOut,
  withDetails,
} from '../errors/index.js';
import type { CallOptions, View } from '../index.js';
import type { Clock } from '../internal/clock.js';
import { clockOf } from '../internal/clock-of.js';
import { Contention } from '../internal/contention.js';
import { Deadline } from '../internal/deadline.js';
import { delay } from '../internal/delay.js';
import { LinkedSignal } from '../internal/linked-signal.js';
import { unlessAborted } from '../internal/unless-aborted.js';
import { checkView } from './acquire-options.js';
import { StmReads } from './stm-reads.js';
import { StmTransaction } from './stm-transaction.js';
import { StmWrites } from './stm-writes.js';

/** Isolation of transactions of `stm` from each other: the levels of Go's `concurrency.STM`. */
export type StmIsolation =
  | 'serializable-snapshot'
  | 'serializable'
  | 'repeatable-reads'
  | 'read-committed';

/** Options of `stm`. */
export interface StmOptions {
  /**
   * Default: `serializable-snapshot`.
   *
   * - `serializable-snapshot`: all reads are of one revision, and nobody has changed what was read or
   *   what is written since then.
   * - `serializable`: all reads are of one revision, and nobody has changed what was read since then.
   * - `repeatable-reads`: a key that is read twice is the same, and nobody has changed what was read.
   * - `read-committed`: no check. Others may have changed what was read, and their changes are lost.
   */
  readonly isolation?: StmIsolation | undefined;
  /** Ends it: it rejects at once with `ABORTED`. Nothing is written then, unless the outcome is `unknown`. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds for all of it, every attempt and the function too; 0 for no limit. Default: the client's. */
  readonly timeoutMs?: number | undefined;
  /** Runs of the function until it rejects with `CONFLICT`. Default: as many as the time allows. */
  readonly maxAttempts?: number | undefined;
}

/** Checks and rules of a level. */
interface Level {
  /** All reads are of the revision of the first one. */
  readonly pinned: boolean;
  readonly checksReads: boolean;
  readonly checksWrites: boolean;
}

const LEVELS: Readonly<Record<StmIsolation, Level>> = {
  'serializable-snapshot': { pinned: true, checksReads: true, checksWrites: true },
  serializable: { pinned: true, checksReads: true, checksWrites: false },
  'repeatable-reads': { pinned: false, checksReads: true, checksWrites: false },
  'read-committed': { pinned: false, checksReads: false, checksWrites: false },
};

/**
 * Runs a function whose reads and writes are one transaction (software transactional memory). Writes are kept
 * until the function returns. Then all are written together, if nobody has changed meanwhile what the
 * function has read. Otherwise there is a conflict, and the function runs again after a pause. As Go's
 * `concurrency.NewSTM`, with the same levels, and with ranges.
 *
 * The function may run several times, so it should do nothing but read, compute and write with `tx`. When
 * it throws, nothing is written. A transaction that only reads costs no request beside its reads on the
 * two serializable levels; one that only writes conflicts with nothing, as in Go.
 *
 * @param view a client or a view: keys and values of `tx` are those of this view
 * @returns what the function returned in the run that was written
 * @throws what the function throws
 * @throws EtcdError `CONFLICT` when `maxAttempts` is used up; `TOO_MANY_OPERATIONS` for more comparisons or
 *   writes than the server allows (128 by default). Nothing was written then
 * @throws EtcdError with outcome `unknown` when the writes may have been applied: the function is not run
 *   again then, since that could apply them twice
 * @throws TimeoutError, AbortError
 *
 * @example
 * await stm(etcd, async (tx) => {
 *   const [from, to] = await Promise.all([tx.get('a'), tx.get('b')]);
 *   tx.put('a', String(Number(from?.value ?? 0) - 10));
 *   tx.put('b', String(Number(to?.value ?? 0) + 10));
 * });
 */
export async function stm<Out, In, T>(
  view: View<Out, In>,
  fn: (tx: StmTransaction<Out, In>) => T | Promise<T>,
  options: StmOptions = {},
): Promise<T> {
  checkView('etcd', view);
  if (fn === undefined) throw invalidArgument('fn', fn, 'a function');
  checkFunction('fn', fn);
  checkOptions(options);
  return await asOperation('stm', () => new Stm(view, fn, options).run());
}

function checkOptions(options: StmOptions): void {
  checkKnownOptions('options', options, {
    isolation: true,
    signal: true,
    timeoutMs: true,
    maxAttempts: true,
  });
  checkCallOptions(options);
  const { isolation, maxAttempts } = options;
  if (isolation !== undefined && !Object.hasOwn(LEVELS, isolation)) {
    const levels = Object.keys(LEVELS).join(', ');
    throw invalidArgument('isolation', showWord(isolation), `allowed are ${levels}`);
  }
  if (maxAttempts !== undefined) checkPositiveInteger('maxAttempts', maxAttempts);
}

/** A result of a run that was committed; `undefined` after a conflict. */
type Run<T> = { readonly result: T } | undefined;

/** The runs of one call of `stm`. */
class Stm<Out, In, T> {
  readonly #view: View<Out, In>;
  readonly #fn: (tx: StmTransaction<Out, In>) => T | Promise<T>;
  readonly #options: StmOptions;
  readonly #level: Level;
  readonly #timeoutMs: number;
  readonly #clock: Clock;
  readonly #deadline: Deadline;
  readonly #contention: Contention;
  /** The reads of the present run. */
  #reads: StmReads | undefined;
  #isComputing = false;

  constructor(
    view: View<Out, In>,
    fn: (tx: StmTransaction<Out, In>) => T | Promise<T>,
    options: StmOptions,
  ) {
    this.#view = view;
    this.#fn = fn;
    this.#options = options;
    this.#level = LEVELS[options.isolation ?? 'serializable-snapshot'];
    this.#timeoutMs = options.timeoutMs ?? view.timeoutMs;
    this.#clock = clockOf(view);
    this.#deadline = Deadline.in(this.#clock, this.#timeoutMs);
    this.#contention = new Contention(this.#clock, this.#timeoutMs);
  }

  async run(): Promise<T> {
    const { signal, maxAttempts = Number.POSITIVE_INFINITY } = this.#options;
    using limits = new LinkedSignal({
      signals: [signal],
      abortReason: (reason) => abortedError(reason, { method: 'stm', outcome: 'not-applied' }),
      timeout: { clock: this.#clock, ms: this.#timeoutMs, reason: () => this.#timedOut() },
    });
    try {
      for (;;) {
        const begunAt = this.#clock.now();
        const waits = !this.#contention.triesAgainAtOnce;
        const run = await this.#run(limits.signal);
        if (run !== undefined) return run.result;
        this.#contention.lost();
        if (this.#contention.conflicts >= maxAttempts) throw this.#usedUp();
        if (!waits) continue;
        const pauseMs = this.#contention.pauseMs(this.#clock.now() - begunAt);
        await delay(this.#clock, pauseMs, limits.signal);
      }
    } catch (error) {
      throw addCallerStack(error);
    }
  }

  async #run(limits: AbortSignal): Promise<Run<T>> {
    limits.throwIfAborted();
    const { pinned, checksReads: repeatable } = this.#level;
    const callOptions = () => this.#callOptions();
    const timedOut = () => this.#timedOut();
    const reads = new StmReads({ pinned, repeatable, callOptions, timedOut });
    this.#reads = reads;
    const writes = new StmWrites();
    let over = false;
    const tx = new StmTransaction(this.#view, { reads, writes, isOver: () => over });
    try {
      const result = await this.#compute(tx, limits);
      over = true;
      if (reads.stale) return undefined;
      return (await this.#commit(reads, writes)) ? { result } : undefined;
    } catch (error) {
      // A function that throws what it could not read is run again, too.
      if (reads.stale && !limits.aborted) return undefined;
      throw error;
    } finally {
      over = true;
    }
  }

  async #compute(tx: StmTransaction<Out, In>, limits: AbortSignal): Promise<T> {
    this.#isComputing = true;
    try {
      return await unlessAborted(runFunction(this.#fn, tx), limits);
    } finally {
      this.#isComputing = false;
    }
  }

  /** Writes what is to be written, if everything that was read is as it was; tells if it is. */
  async #commit(reads: StmReads, writes: StmWrites): Promise<boolean> {
    const { pinned, checksReads, checksWrites } = this.#level;
    // Reads of one revision are right as they are.
    if (writes.size === 0 && (pinned || !checksReads)) return true;
    const { compare } = this.#view;
    const conditions = [
      ...(checksReads ? reads.conditions(compare) : []),
      ...(checksWrites ? reads.writeConditions(compare, writes) : []),
    ];
    if (writes.size === 0 && conditions.length === 0) return true;
    const ops = [...writes.all].map(({ op }) => op);
    try {
      const { succeeded } = await this.#view
        .txn()
        .if(...conditions)
        .then(...ops)
        .commit(this.#callOptions());
      return succeeded;
    } catch (error) {
      throw this.#explained(error, conditions.length, ops.length);
    }
  }

  /** Makes the options of the next call, whose deadline is what is left. */
  #callOptions(): CallOptions {
    const timeoutMs = this.#deadline.timeoutMs(() => this.#timedOut());
    return { signal: this.#options.signal, timeoutMs };
  }

  #usedUp(): EtcdError {
    const { conflicts } = this.#contention;
    return new EtcdError(
      `stm: others changed what was read in each of ${conflicts} attempts, and maxAttempts allows no more; nothing was written`,
      { code: 'CONFLICT', outcome: 'not-applied', retryable: true },
    );
  }

  /** Returns the error of a commit in the words of the whole. */
  #explained(error: unknown, conditions: number, writes: number): unknown {
    if (!(error instanceof EtcdError)) return error;
    if (error instanceof TimeoutError) {
      const reason = 'no server has answered the writes';
      const { message } = timedOut('stm', this.#timeoutMs, { reason });
      return withDetails(error, { message });
    }
    return error.code === 'TOO_MANY_OPERATIONS' ? tooMany(error, conditions, writes) : error;
  }

  #timedOut(): TimeoutError {
    return timedOut('stm', this.#timeoutMs, {
      reason: this.#whyLate(),
      outcome: 'not-applied',
      retryable: true,
    });
  }

  #whyLate(): string {
    const { conflicts } = this.#contention;
    if (conflicts > 0) return `others changed what was read in each of ${conflicts} attempts`;
    if (this.#reads?.isReading) return 'no server has answered a read';
    return this.#isComputing ? 'the function has not returned' : 'the writes were not sent';
  }
}

/** Calls a function so that it rejects where it throws. */
async function runFunction<Tx, T>(fn: (tx: Tx) => T | Promise<T>, tx: Tx): Promise<T> {
  return outsideOperation(() => fn(tx));
}

/** Returns an error that says how many comparisons a transaction has that is too large, and the way out. */
function tooMany(error: EtcdError, conditions: number, writes: number): EtcdError {
  return withDetails(error, {
    message: `stm: the transaction has ${conditions} comparisons and ${writes} writes, more than this server allows (its --max-txn-ops, 128 of each by default). Comparisons are: each key that was read or is written, each record of a range, and each range. Read fewer keys, split the transaction, or keep the records of a range in one value`,
  });
}
