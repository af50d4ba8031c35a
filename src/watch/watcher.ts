import {
  type DecodeError,
  type Iteration,
  iteratedAlready,
  iterateOnce,
  type OnDecodeError,
  tellDecodeError,
  withStackOfHere,
} from '../errors/index.js';
import { quiet } from '../internal/deferred.js';
import { onAbort } from '../internal/linked-signal.js';
import { printable } from '../internal/printable.js';
import { TypedEmitter } from '../internal/typed-emitter.js';
import { readCallOptions } from '../model/call-options.js';
import type { ClientContext } from '../model/client-context.js';
import { showRange } from '../model/keys/index.js';
import type { Space } from '../model/space.js';
import type { EventRun } from '../rpc/watch-message.js';
import type { CallOptions } from '../transport/transport.js';
import { EventCursor } from './event-cursor.js';
import { ProgressQuestions } from './progress-questions.js';
import { Subscription, type SubscriptionRoutes, type WatchTarget } from './subscription.js';
import { errorOfEnd, type WatchBuffer, type WatchEnd } from './watch-buffer.js';
import { readBatch, readDecodable, type WatchBatch, type WatchEvent } from './watch-event.js';
import { WatchIterator } from './watch-iterator.js';
import { WatchListeners } from './watch-listeners.js';
import type { CheckedWatchOptions, WatchRoute } from './watch-options.js';
import { notReady, watchTimedOut } from './watcher-errors.js';
import { checkListener, type WatcherEvents } from './watcher-events.js';

/** The streams of the client, where a subscription can also enter. */
export interface WatchRoutes extends SubscriptionRoutes {
  /** Puts it on a stream: on its own if it is `isolated`. */
  enter(subscription: Subscription, route: WatchRoute, isolated: boolean): void;
}

/** Everything that a watcher needs of the client, and what it is to watch. */
export interface WatcherContext<Value> extends ClientContext {
  readonly routes: WatchRoutes;
  readonly space: Space<Value, never>;
  readonly target: WatchTarget;
}

/** The advice to code that iterates a watcher twice. */
const ANOTHER_WATCH = 'a second iterator would see a part of the events, so start another watch';

/**
 * While only listeners are attached, buffer up to this many events for a later iterator. If more come
 * before an iterator does, nothing is kept for one.
 */
const KEPT_FOR_ITERATOR = 1_000;

/**
 * A watch on some keys: every change, once, in the order of revisions, whatever happens on the way.
 *
 * Iterate it, by event or by revision, or listen to its events, or both. Listeners get everything from the
 * moment they are there. An iterator gets what came before as well. What comes before the first consumer is
 * kept for it, up to the high-water mark; for an iterator that comes after listeners, the last few. Broken
 * connections are mended behind it; what cannot be mended without a gap ends the iteration with an error,
 * `CompactedError` above all.
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
  static {
    printable(Watcher, 'Watcher', (watcher) => ({
      ...showRange(watcher.#context.target.range),
      state: watcher.#state,
      revision: watcher.#buffer.revision,
    }));
  }

  readonly #context: WatcherContext<Value>;
  readonly #progressNotify: boolean;
  readonly #onDecodeError: OnDecodeError;
  readonly #subscription: Subscription;
  readonly #buffer: WatchBuffer;
  /** The cursor of the iterator. Without one it keeps what an iterator would begin with. */
  readonly #cursor: EventCursor<Value>;
  readonly #listeners: WatchListeners<Value>;
  readonly #listenersCursor: EventCursor<Value>;
  readonly #questions: ProgressQuestions;
  readonly #release: (() => void)[] = [];
  #iterator: WatchIterator<unknown> | undefined;
  #keepsForIterator = true;
  /** Progress to be told: the first that is due, and the newest. A slow consumer needs no more. */
  #progressDue: bigint[] = [];
  /** Records of runs before this place that cannot be decoded were told of. */
  #decodeErrorsTold = 0;
  #errorTold = false;

  /** Watchers are made by `watch()`. */
  constructor(context: WatcherContext<Value>, options: CheckedWatchOptions) {
    super(checkListener);
    const { highWaterMark, requireLeader, metadata, isolated, timeoutMs = 0, signal } = options;
    this.#context = context;
    this.#progressNotify = options.progressNotify;
    this.#onDecodeError = options.onDecodeError;
    this.#questions = new ProgressQuestions(context.clock);
    this.#subscription = new Subscription(context.target, {
      routes: context.routes,
      highWaterMark,
      report: context.report,
      clock: context.clock,
      onRevisions: () => this.#deliver(),
      onProgress: (revision) => this.#onProgress(revision),
      onDisconnected: (error) => this.emit('disconnected', error),
      onResumed: () => this.emit('resumed'),
      onEnd: (end) => this.#onEnd(end),
    });
    // Nobody has to ask for it.
    void quiet(this.#subscription.ready);
    const { buffer } = this.#subscription;
    const read = (run: EventRun, place: number): WatchBatch<Value> => this.#read(run, place);
    this.#buffer = buffer;
    this.#cursor = new EventCursor({ buffer, keepsUnattended: true, read });
    this.#listenersCursor = new EventCursor({ buffer, keepsUnattended: false, read });
    this.#listeners = new WatchListeners({
      cursor: this.#listenersCursor,
      count: () => this.listenerCount('put') + this.listenerCount('delete'),
      emit: (event) => {
        if (event.type === 'put') this.emit('put', event.kv, event);
        else this.emit('delete', event);
      },
      deliver: () => this.#deliver(),
    });
    // The watcher is complete: from here on others may call it.
    context.routes.enter(this.#subscription, { requireLeader, metadata }, isolated);
    if (timeoutMs > 0) {
      const tooLate = (): void => this.#subscription.fail(watchTimedOut('the watch', timeoutMs));
      const timer = context.clock.setTimeout(tooLate, timeoutMs);
      this.#release.push(() => timer.cancel());
    }
    this.#release.push(onAbort(signal, (reason) => this.#cancel(reason)));
  }

  /**
   * Resolves when a server has registered the watch for the first time: changes made after that are
   * seen. Rejects when the watch ends before; that is never an unhandled rejection.
   */
  get ready(): Promise<void> {
    return quiet(withStackOfHere(this.#subscription.ready));
  }

  /**
   * Everything up to this revision was taken from the iterator and given to listeners; events that wait
   * do not count. It never goes down. To go on from here, start another watch at this revision + 1.
   *
   * @throws EtcdError `NOT_READY` before `ready`, for a watch from now on: nobody knows yet which
   *   revision "now" is. A watch with a `startRevision` begins at the revision before it.
   */
  get revision(): bigint {
    return this.#buffer.revision ?? notReady();
  }

  /**
   * Revision by revision: all changes of a transaction together. The fastest way to read a watch.
   *
   * @throws InvalidArgumentError when the watcher is iterated already
   */
  batches(): Iteration<WatchBatch<Value>> {
    return this.#iterate(() => this.#cursor.takeBatch());
  }

  /**
   * Event by event.
   *
   * @throws InvalidArgumentError when the watcher is iterated already
   */
  [Symbol.asyncIterator](): Iteration<WatchEvent<Value>> {
    return this.#iterate(() => this.#cursor.takeEvent());
  }

  override on<Name extends keyof WatcherEvents<Value> & string>(
    event: Name,
    listener: (...args: WatcherEvents<Value>[Name]) => void,
  ): this {
    super.on(event, listener);
    this.#onListenerAdded(event);
    return this;
  }

  override once<Name extends keyof WatcherEvents<Value> & string>(
    event: Name,
    listener: (...args: WatcherEvents<Value>[Name]) => void,
  ): this {
    super.once(event, listener);
    this.#onListenerAdded(event);
    return this;
  }

  override off<Name extends keyof WatcherEvents<Value> & string>(
    event: Name,
    listener: (...args: WatcherEvents<Value>[Name]) => void,
  ): this {
    super.off(event, listener);
    this.#listeners.changed(undefined);
    return this;
  }

  /**
   * Asks the server how far it is, again and again until it says so.
   *
   * @returns the revision up to which this watcher has received everything, also what still waits for a
   *   consumer: `revision` tells what was handed over
   * @throws EtcdError `UNSUPPORTED` on servers whose answer cannot be trusted (before 3.4.25 and 3.5.8)
   * @throws TimeoutError after `timeoutMs`, by default the client's
   */
  async requestProgress(options?: CallOptions): Promise<bigint> {
    const { signal, timeoutMs = this.#context.timeoutMs } = readCallOptions(options);
    const { end } = this.#buffer;
    if (end !== undefined) throw errorOfEnd(end);
    return await this.#questions.ask(() => this.#subscription.askProgress(), signal, timeoutMs);
  }

  /** Ends the watch here and on the server. The iteration ends; what waits is dropped. Harmless twice. */
  async cancel(): Promise<void> {
    this.#cancel(undefined);
  }

  /** Cancels the watch. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.cancel();
  }

  #iterate<Item>(take: () => Item | undefined): Iteration<Item> {
    if (this.#iterator !== undefined) throw iteratedAlready('watcher', ANOTHER_WATCH);
    const iterator = new WatchIterator<Item>({
      buffer: this.#buffer,
      take,
      onNext: () => this.#tellProgress(),
      onReturn: () => this.#cancel(undefined),
    });
    this.#iterator = iterator;
    this.#cursor.attached = true;
    return iterateOnce(iterator, 'watcher', ANOTHER_WATCH);
  }

  #read(run: EventRun, place: number): WatchBatch<Value> {
    const { space } = this.#context;
    if (this.#onDecodeError === 'throw') return readBatch(run, space);
    const errors: DecodeError[] = [];
    const batch = readDecodable(run, space, (error) => errors.push(error));
    // An iterator and listeners read the same run, one after the other.
    if (place < this.#decodeErrorsTold) return batch;
    this.#decodeErrorsTold = place + 1;
    for (const error of errors) tellDecodeError(this.#onDecodeError, error);
    return batch;
  }

  /** Hands over what there is to hand over, and tells what follows from that. */
  #deliver(): void {
    this.#listeners.deliver();
    this.#iterator?.deliver();
    if (this.#iterator === undefined && this.#listenersCursor.attached) this.#keepForIterator();
    this.#tellProgress();
    this.#tellError();
  }

  /** Lets go of what listeners had and no iterator came for, from when it becomes much. */
  #keepForIterator(): void {
    const { full, weight } = this.#buffer;
    if (full || weight > KEPT_FOR_ITERATOR) this.#keepsForIterator = false;
    if (!this.#keepsForIterator) this.#cursor.skipTo(this.#listenersCursor.place);
  }

  #onListenerAdded(event: string): void {
    if (event === 'error') queueMicrotask(() => this.#tellError());
    // Next to an iterator, listeners begin with what comes from now on.
    const newest = this.#iterator === undefined ? undefined : this.#buffer.endPlace;
    this.#listeners.changed(newest);
  }

  #onProgress(revision: bigint): void {
    const wanted = this.#progressNotify || this.#questions.open;
    if (wanted && this.#progressDue.at(-1) !== revision) {
      this.#progressDue = [...this.#progressDue.slice(0, 1), revision];
    }
    this.#questions.answer(revision);
    this.#tellProgress();
  }

  /** Tells progress when all that it speaks of was handed over, and the iterator is done with it. */
  #tellProgress(): void {
    if (this.#iterator?.busy === true) return;
    for (let due = this.#progressDue[0]; due !== undefined; due = this.#progressDue[0]) {
      if (this.revision < due) return;
      this.#progressDue.shift();
      this.emit('progress', due);
    }
  }

  #cancel(reason: unknown): void {
    this.#subscription.end({ kind: 'cancelled', reason });
  }

  /** The state in one word, for people. */
  get #state(): string {
    const { end } = this.#buffer;
    if (end !== undefined) return end.kind;
    return this.#buffer.revision === undefined ? 'not ready' : 'watching';
  }

  #onEnd(end: WatchEnd): void {
    for (const release of this.#release.splice(0)) release();
    if (end.kind === 'cancelled') this.#progressDue = [];
    if (this.#questions.open) this.#questions.reject(errorOfEnd(end));
    this.#deliver();
  }

  /** Tells the error, once, when there is a listener for it, and after the events that wait for listeners. */
  #tellError(): void {
    const { end } = this.#buffer;
    if (end?.kind !== 'failed' || this.#errorTold || this.#listeners.busy) return;
    this.#errorTold = this.emit('error', end.error);
  }
}
