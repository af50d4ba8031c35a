import {
  abortedError,
  type EtcdError,
  InvalidArgumentError,
  listenerCheck,
  TimeoutError,
} from '../errors/index.js';
import { deferred, quiet } from '../internal/deferred.js';
import { onAbort } from '../internal/linked-signal.js';
import { AsyncQueue } from '../internal/queue.js';
import { TypedEmitter } from '../internal/typed-emitter.js';
import type { Space } from '../records/index.js';
import type { EventRun } from '../rpc/watch-message.js';
import { readCallOptions } from '../transport/call-options.js';
import type { CallOptions } from '../transport/transport.js';
import { ProgressQuestions } from './progress-questions.js';
import type { Subscriber } from './subscription.js';
import type { WatchContext } from './watch-context.js';
import { readBatch, type WatchBatch, type WatchEvent, weightOf } from './watch-event.js';
import type { CheckedWatchOptions } from './watch-options.js';
import type { WatcherEvents, WatcherSource } from './watcher-contract.js';

const checkListener = listenerCheck<WatcherEvents<unknown>>({
  put: true,
  delete: true,
  disconnected: true,
  resumed: true,
  progress: true,
  error: true,
});

/** How a watcher ended. */
type End =
  | { readonly kind: 'cancelled'; readonly reason: unknown }
  | { readonly kind: 'failed'; readonly error: EtcdError };

/**
 * What is kept, while there are listeners, for an iterator that may come yet. If there is none by the
 * time so much has come, it is taken that there will be none.
 */
const KEPT_FOR_ITERATOR = 1_000;

/**
 * A watch on some keys: every change, once, in the order of revisions, whatever happens on the way.
 *
 * Iterate it, by event or by revision, or listen to its events, or both: listeners get everything from
 * the moment they are there, an iterator what came before as well. What comes before the first consumer
 * is kept for it, up to the high-water mark; for an iterator that comes after listeners, the last few.
 * Broken connections are mended behind it; what cannot be mended without a gap ends the iteration with
 * an error, `CompactedError` above all.
 *
 * @example
 * await using watcher = etcd.prefix('services/').watch();
 * for await (const event of watcher) {
 *   if (event.type === 'put') console.log(event.key, event.kv.value);
 *   else console.log(event.key, 'is gone');
 * }
 */
export class Watcher<Value = string>
  extends TypedEmitter<WatcherEvents<Value>>
  implements AsyncIterable<WatchEvent<Value>>
{
  /**
   * Resolves when a server has registered the watch for the first time: changes made after that are
   * seen. Rejects when the watch ends before; that is never an unhandled rejection.
   */
  readonly ready: Promise<void>;
  readonly #context: WatchContext;
  readonly #space: Space<Value, never>;
  readonly #progressNotify: boolean;
  readonly #source: WatcherSource;
  readonly #ready = deferred();
  /** Revisions as they were received: their records are made when they are taken. */
  readonly #queue: AsyncQueue<EventRun>;
  readonly #questions: ProgressQuestions;
  readonly #release: (() => void)[] = [];
  #iterated = false;
  /** Everything up to here was given to listeners, or is being given. */
  #heard: number | bigint = 0;
  /** The revision of which listeners have had a part. */
  #telling: number | bigint | undefined;
  /** What was kept, while it is about to be given to the first listeners. */
  #handOver: EventRun[] | undefined;
  /** There were listeners for so long without an iterator that nothing is kept for one. */
  #listenedTo = false;
  /** The revision whose events the iterator is giving out. */
  #current: bigint | undefined;
  #progressDue: bigint | undefined;
  /** The first revision that was dropped when the watch was cancelled: nobody had it. */
  #dropped: number | bigint | undefined;
  #errorTold = false;
  #end: End | undefined;

  /** Watchers are made by `watch()`. */
  constructor(
    context: WatchContext,
    space: Space<Value, never>,
    options: CheckedWatchOptions,
    subscribe: (subscriber: Subscriber) => WatcherSource,
  ) {
    super(checkListener);
    this.#context = context;
    this.#space = space;
    this.#progressNotify = options.progressNotify;
    this.ready = quiet(this.#ready.promise);
    this.#questions = new ProgressQuestions(context.clock);
    this.#queue = new AsyncQueue<EventRun>({
      highWaterMark: options.highWaterMark,
      weigh: weightOf,
      onRoom: () => this.#source.onRoom(),
    });
    this.#source = subscribe(this.#subscriber());
    const { timeoutMs = 0, signal } = options;
    if (timeoutMs > 0) {
      const tooLate = (): void => this.#fail(timedOut(timeoutMs));
      const timer = context.clock.setTimeout(tooLate, timeoutMs);
      this.#release.push(() => timer.cancel());
    }
    this.#release.push(onAbort(signal, (reason) => this.#cancel(reason)));
  }

  /**
   * Everything up to this revision has been taken from the iterator or given to listeners; events that
   * wait do not count. Where to start another watch that is to go on from here: at this revision + 1.
   */
  get revision(): bigint {
    const first = this.#iterated
      ? (this.#current ?? this.#dropped ?? this.#queue.peek()?.revision)
      : (this.#telling ?? this.#dropped ?? this.#unheard[0]?.revision);
    if (first !== undefined) return BigInt(first) - 1n;
    const { received } = this.#source;
    return received > 0n ? received : 0n;
  }

  /**
   * Revision by revision: all changes of a transaction together. The fastest way to read a watch.
   *
   * @throws InvalidArgumentError when the watcher is iterated already
   */
  batches(): AsyncIterableIterator<WatchBatch<Value>> {
    this.#iterate();
    const iterator: AsyncIterableIterator<WatchBatch<Value>> = {
      next: () => this.#nextBatch(),
      return: async () => this.#leave(),
      [Symbol.asyncIterator]: () => iterator,
    };
    return iterator;
  }

  /**
   * Event by event.
   *
   * @throws InvalidArgumentError when the watcher is iterated already
   */
  [Symbol.asyncIterator](): AsyncIterableIterator<WatchEvent<Value>> {
    this.#iterate();
    const events = this.#events();
    const iterator: AsyncIterableIterator<WatchEvent<Value>> = {
      next: () => events.next(),
      return: async () => this.#leave(),
      [Symbol.asyncIterator]: () => iterator,
    };
    return iterator;
  }

  override on<Name extends keyof WatcherEvents<Value> & string>(
    event: Name,
    listener: (...args: WatcherEvents<Value>[Name]) => void,
  ): this {
    super.on(event, listener);
    this.#noteListener(event);
    return this;
  }

  override once<Name extends keyof WatcherEvents<Value> & string>(
    event: Name,
    listener: (...args: WatcherEvents<Value>[Name]) => void,
  ): this {
    super.once(event, listener);
    this.#noteListener(event);
    return this;
  }

  /**
   * Asks the server how far it is, again and again until it says so.
   *
   * @returns the revision up to which this watcher has received everything
   * @throws EtcdError `UNSUPPORTED` on servers whose answer cannot be trusted (before 3.4.25 and 3.5.8)
   * @throws TimeoutError after `timeoutMs`, by default the client's
   */
  async requestProgress(options?: CallOptions): Promise<bigint> {
    const { signal, timeoutMs = this.#context.timeoutMs } = readCallOptions(options);
    const error = this.#endError();
    if (error !== undefined) throw error;
    return this.#questions.ask(() => this.#source.askProgress(), signal, timeoutMs);
  }

  /** Ends the watch here and on the server. The iteration ends; what waits is dropped. Harmless twice. */
  async cancel(): Promise<void> {
    this.#cancel(undefined);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.cancel();
  }

  #subscriber(): Subscriber {
    const hasRoom = (): boolean => !this.#queue.full;
    return {
      get hasRoom() {
        return hasRoom();
      },
      onReady: () => this.#ready.resolve(),
      onBatch: (raw) => this.#onBatch(raw),
      onProgress: (revision) => this.#onProgress(revision),
      onDisconnected: (error) => this.emit('disconnected', error),
      onResumed: () => this.emit('resumed'),
      onFailed: (error) => this.#fail(error),
    };
  }

  #onBatch(raw: EventRun): void {
    const telling = this.#consumers > 0 && this.#handOver === undefined;
    if (this.#iterated || !telling || !this.#listenedTo) this.#queue.push(raw);
    this.#handOver?.push(raw);
    if (!telling) return;
    this.#tell(raw);
    this.#forget();
  }

  #tell(raw: EventRun): void {
    if (this.#cancelled) return;
    this.#heard = raw.revision;
    this.#telling = raw.revision;
    const { events } = readBatch(raw, this.#space);
    for (let index = 0; index < events.length && !this.#cancelled; index += 1) {
      const event = events[index] as WatchEvent<Value>;
      if (index === events.length - 1) this.#telling = undefined;
      if (event.type === 'put') this.emit('put', event.kv, event);
      else this.emit('delete', event);
    }
    this.#telling = undefined;
  }

  #onProgress(revision: bigint): void {
    if (this.#progressNotify || this.#questions.open) this.#progressDue = revision;
    this.#questions.answer(revision);
    this.#tellProgress();
  }

  /** Progress is told when all that it speaks of has been given out. */
  #tellProgress(): void {
    const revision = this.#progressDue;
    if (revision === undefined || this.revision < revision) return;
    this.#progressDue = undefined;
    this.emit('progress', revision);
  }

  /** How many listeners are there for changes. */
  get #consumers(): number {
    return this.listenerCount('put') + this.listenerCount('delete');
  }

  #noteListener(event: string): void {
    if (event === 'error') queueMicrotask(() => this.#tellError());
    if (event !== 'put' && event !== 'delete') return;
    if (this.#iterated || this.#handOver !== undefined) return;
    const kept = this.#unheard;
    if (kept.length === 0) return;
    // Whoever is attached in the same turn gets what was kept, too.
    this.#handOver = [...kept];
    queueMicrotask(() => this.#handItOver());
  }

  /** What waits and was given to nobody. */
  get #unheard(): readonly EventRun[] {
    return this.#queue.waiting().filter(({ revision }) => revision > this.#heard);
  }

  /** Gives what was kept to the first listeners, as long as there are any. */
  #handItOver(): void {
    const kept = this.#handOver ?? [];
    this.#handOver = undefined;
    for (const raw of kept) {
      if (this.#consumers === 0) return;
      if (raw.revision > this.#heard) this.#tell(raw);
    }
    this.#forget();
    this.#tellProgress();
  }

  /** Lets go of what listeners had and no iterator came for, when it becomes much. */
  #forget(): void {
    const much = this.#queue.full || this.#queue.weight > KEPT_FOR_ITERATOR;
    if (this.#iterated || !much) return;
    this.#listenedTo = true;
    while (this.#queue.take() !== undefined);
  }

  #iterate(): void {
    if (this.#iterated) {
      throw new InvalidArgumentError(
        'a watcher can be iterated once: a second iterator would see a part of the events; start another watch',
        { argument: 'watcher' },
      );
    }
    this.#iterated = true;
  }

  async #nextBatch(): Promise<IteratorResult<WatchBatch<Value>>> {
    let raw = this.#queue.take();
    if (raw === undefined) {
      const result = await this.#queue.next();
      if (result.done === true) return result;
      raw = result.value;
    }
    if (this.#progressDue !== undefined) queueMicrotask(() => this.#tellProgress());
    return { done: false, value: readBatch(raw, this.#space) };
  }

  async *#events(): AsyncGenerator<WatchEvent<Value>, undefined, undefined> {
    for (;;) {
      const result = await this.#nextBatch();
      if (result.done === true) return undefined;
      const { events } = result.value;
      this.#current = result.value.revision;
      for (let index = 0; index < events.length; index += 1) {
        if (this.#cancelled) return undefined;
        if (index === events.length - 1) {
          this.#current = undefined;
          if (this.#progressDue !== undefined) queueMicrotask(() => this.#tellProgress());
        }
        yield events[index] as WatchEvent<Value>;
      }
    }
  }

  #leave(): IteratorReturnResult<undefined> {
    this.#cancel(undefined);
    return { done: true, value: undefined };
  }

  #cancel(reason: unknown): void {
    if (this.#end !== undefined) return;
    this.#dropped = this.#iterated
      ? this.#queue.peek()?.revision
      : (this.#telling ?? this.#unheard[0]?.revision);
    this.#end = { kind: 'cancelled', reason };
    void this.#queue.return();
    this.#finish(cancelled(reason));
  }

  #fail(error: EtcdError): void {
    if (this.#end !== undefined) return;
    this.#end = { kind: 'failed', error };
    this.#queue.fail(error);
    this.#finish(error);
    this.#tellError();
  }

  #finish(error: EtcdError): void {
    for (const release of this.#release.splice(0)) release();
    this.#source.end();
    this.#ready.reject(error);
    this.#questions.reject(error);
  }

  #tellError(): void {
    if (this.#end?.kind !== 'failed' || this.#errorTold) return;
    this.#errorTold = this.emit('error', this.#end.error);
  }

  get #cancelled(): boolean {
    return this.#end?.kind === 'cancelled';
  }

  #endError(): EtcdError | undefined {
    if (this.#end === undefined) return undefined;
    return this.#end.kind === 'failed' ? this.#end.error : cancelled(this.#end.reason);
  }
}

function cancelled(reason: unknown): EtcdError {
  return abortedError(reason, { method: 'Watch.Watch', outcome: 'not-applied' });
}

function timedOut(timeoutMs: number): TimeoutError {
  return new TimeoutError(`the watch was to last ${timeoutMs} ms`, {
    method: 'Watch.Watch',
    outcome: 'not-applied',
  });
}
