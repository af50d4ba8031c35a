import { type EtcdError, fromCancelReason, needsNewToken } from '../errors/index.js';
import type { ClientContext } from '../model/client-context.js';
import type { WatchRequestInput } from '../rpc/generated/types.js';
import { watchMessages } from '../rpc/services.js';
import type { WatchMessage } from '../rpc/watch-message.js';
import { ResumableDuplex, type ResumableHandlers } from '../transport/call/resumable-duplex.js';
import type { Duplex } from '../transport/transport.js';
import { ProgressLedger, progressUnanswered } from './progress-ledger.js';
import { ProgressTimer } from './progress-timer.js';
import { RefusedWatchers } from './refused-watchers.js';
import type { StoreProbe } from './store-probe.js';
import { StreamWatchers, UNSENT, WAITING, type WatcherState } from './stream-watchers.js';
import type { Subscription } from './subscription.js';
import type { WatchRoute } from './watch-options.js';

/** The hub that a stream belongs to. */
export interface StreamHub {
  /** A server has registered a watcher while its store was at this revision. */
  onRegistered(subscription: Subscription, stream: WatchStream, storeRevision: bigint): void;
  /** A watcher was given events or progress. */
  onAdvanced(subscription: Subscription, stream: WatchStream, storeRevision: bigint): void;
  /** The stream has no watchers left, and is over. */
  onEmpty(stream: WatchStream): void;
}

/**
 * A watcher that needs more answers than this, before one counts for it, gets another stream. A server
 * leaves so many requests unanswered only when something is wrong with the stream.
 */
const MOST_ANSWERS_MISSING = 32;

/** The id in replies that are about the stream as a whole. */
const ALL_WATCHERS = -1n;

/**
 * One stream with its watchers, whatever connection it is on. Replies to create requests come in the
 * order of the requests, so a watcher that leaves before its reply keeps its place in the queue.
 */
export class WatchStream implements ResumableHandlers<WatchRequestInput, WatchMessage> {
  readonly #hub: StreamHub;
  readonly #context: ClientContext;
  readonly #probe: StoreProbe;
  readonly #duplex: ResumableDuplex<WatchRequestInput, WatchMessage>;
  readonly #watchers = new StreamWatchers();
  readonly #progress = new ProgressLedger<Subscription>();
  readonly #refused: RefusedWatchers;
  #writable = false;
  #held = false;
  readonly #timer: ProgressTimer;

  constructor(context: ClientContext, probe: StoreProbe, route: WatchRoute, hub: StreamHub) {
    this.#context = context;
    this.#probe = probe;
    this.#refused = new RefusedWatchers(context.clock);
    this.#hub = hub;
    const { transport, clock } = context;
    const config = { transport, clock, method: watchMessages, options: route };
    this.#duplex = new ResumableDuplex(config, this);
    this.#timer = new ProgressTimer(clock, () => {
      if (this.open?.capabilities.trustedProgress === true) this.#sendProgressRequest();
    });
  }

  /** Takes a watcher on; it is created as soon as can be. */
  add(subscription: Subscription): void {
    this.#enter(subscription);
    this.#pump();
  }

  /** Lets a watcher go, and the whole stream with the last one. */
  remove(subscription: Subscription): void {
    const state = this.#watchers.delete(subscription);
    if (state === undefined) return;
    subscription.onDetached();
    this.#progress.remove(subscription);
    this.#refused.delete(subscription);
    if (state.kind === 'live') this.#cancel(state.id);
    if (this.#watchers.size > 0) return;
    this.dispose();
    this.#hub.onEmpty(this);
  }

  /** Stops reading: the server is held back. Only for a stream with one watcher. */
  hold(): void {
    this.#held = true;
    this.#duplex.stream?.pause();
  }

  /** Goes on reading. */
  release(): void {
    if (!this.#held) return;
    this.#held = false;
    this.#duplex.stream?.resume();
  }

  /** The stream that is open now. */
  get open(): Duplex<WatchRequestInput> | undefined {
    return this.#duplex.stream;
  }

  /** Asks the server how far it is; the answer reaches its watchers, if there is one. */
  requestProgress(subscription: Subscription): void {
    const missing = this.#progress.await(subscription);
    if (missing === undefined) return;
    if (missing > MOST_ANSWERS_MISSING) this.#giveUp(missing);
    else this.#sendProgressRequest();
  }

  /** Ends the stream, without a word to its watchers. */
  dispose(): void {
    this.#timer.stop();
    this.#duplex.dispose();
  }

  onOpen(stream: Duplex<WatchRequestInput>): void {
    if (this.#held) stream.pause();
    this.#writable = true;
    this.#timer.start();
    for (const subscription of this.#watchers.all) this.#enter(subscription);
    this.#pump();
  }

  onDrain(): void {
    this.#writable = true;
    this.#pump();
  }

  onMessage(response: WatchMessage, stream: Duplex<WatchRequestInput>): void {
    const { watchId, created, canceled } = response;
    const storeRevision = response.header?.revision ?? 0n;
    if (created) {
      this.#onCreated(response, storeRevision, stream);
      return;
    }
    if (watchId === ALL_WATCHERS && !canceled) {
      this.#onProgress(storeRevision, stream);
      return;
    }
    const subscription = this.#watchers.byId(watchId);
    if (subscription === undefined) return;
    if (canceled) this.#onCanceled(subscription, response, stream);
    else this.#onEvents(subscription, response, storeRevision);
  }

  onBreak(error: EtcdError | undefined): void {
    this.#timer.stop();
    this.#writable = false;
    this.#watchers.reset();
    this.#progress.clear();
    for (const subscription of this.#watchers.all) subscription.onBroken(error);
    if (error?.code === 'NOT_SUPPORTED_FOR_LEARNER') this.#failed(error);
  }

  onOpenFailed(error: EtcdError): void {
    if (error.code === 'UNAVAILABLE') this.#failed(error);
  }

  /** Ends those watchers that have never begun, if no server will ever take them: their owners wait for `ready`. */
  #failed(error: EtcdError): void {
    if (error.retryable) return;
    for (const subscription of this.#watchers.all) {
      if (!subscription.begun) subscription.fail(error);
    }
  }

  onFatal(error: EtcdError): void {
    this.#timer.stop();
    const subscriptions = this.#watchers.all;
    for (const subscription of subscriptions) this.#watchers.delete(subscription);
    this.#hub.onEmpty(this);
    for (const subscription of subscriptions) subscription.fail(error);
  }

  /** Decides how a watcher is created on the stream that is open; nothing while there is none. */
  #enter(subscription: Subscription): void {
    const stream = this.open;
    if (stream === undefined) {
      this.#watchers.set(subscription, WAITING);
    } else if (subscription.continues && !stream.capabilities.reportsCompactedDelete) {
      void this.#check(subscription, stream);
    } else {
      this.#watchers.set(subscription, UNSENT);
    }
  }

  /** Old servers say nothing of a deletion at the revision that was compacted: see semantics of watch. */
  async #check(subscription: Subscription, stream: Duplex<WatchRequestInput>): Promise<void> {
    const checking: WatcherState = { kind: 'checking' };
    this.#watchers.set(subscription, checking);
    const lost = await this.#probe.isCompacted(subscription, stream.endpoint);
    if (this.open !== stream || !this.#watchers.isIn(subscription, checking)) return;
    this.#create(subscription, stream, lost);
  }

  #pump(): void {
    const stream = this.open;
    if (stream === undefined) return;
    for (const subscription of this.#watchers.unsent) {
      if (!this.#writable) return;
      this.#create(subscription, stream, false);
    }
  }

  #create(subscription: Subscription, stream: Duplex<WatchRequestInput>, lost: boolean): void {
    this.#watchers.sent(subscription);
    this.#writable = stream.write({ createRequest: subscription.createRequest(lost) });
  }

  #cancel(watchId: bigint): void {
    this.open?.write({ cancelRequest: { watchId } });
  }

  #onCreated(
    response: WatchMessage,
    storeRevision: bigint,
    stream: Duplex<WatchRequestInput>,
  ): void {
    const subscription = this.#watchers.takeReply();
    if (response.canceled) {
      if (subscription !== undefined) this.#onCanceled(subscription, response, stream);
      return;
    }
    if (subscription === undefined) {
      this.#cancel(response.watchId);
      return;
    }
    this.#watchers.set(subscription, { kind: 'live', id: response.watchId });
    this.#progress.register(subscription);
    const isBehind = storeRevision < subscription.point.seen;
    subscription.onCreated(storeRevision, stream.endpoint);
    if (isBehind) void this.#confirmStore(subscription, stream);
    if (this.#watchers.has(subscription)) {
      this.#hub.onRegistered(subscription, this, storeRevision);
    }
  }

  #onEvents(subscription: Subscription, response: WatchMessage, storeRevision: bigint): void {
    this.#works(subscription);
    if (response.runs.length === 0 && !response.fragment) {
      subscription.onProgress(storeRevision);
    } else {
      subscription.onEvents(response, storeRevision);
    }
    if (this.#watchers.has(subscription)) {
      this.#hub.onAdvanced(subscription, this, storeRevision);
    }
  }

  /** A watcher has received something of its own. */
  #works(subscription: Subscription): void {
    this.#refused.delete(subscription);
    // The stream does its work, so that its end will be a first failure again. While a watcher is
    // refused again and again, the events of another one are no reason to try faster.
    if (!this.#refused.some) this.#duplex.succeeded();
    this.#progress.receivedOwn(subscription);
  }

  #onProgress(storeRevision: bigint, stream: Duplex<WatchRequestInput>): void {
    const watchers = this.#progress.answer();
    // Older servers answer before they have sent what they owe.
    if (!stream.capabilities.trustedProgress) return;
    for (const subscription of watchers) {
      if (!this.#watchers.has(subscription)) continue;
      subscription.onProgress(storeRevision);
      this.#hub.onAdvanced(subscription, this, storeRevision);
    }
    // The server answers now: those for whom this did not count need not wait for their timers.
    if (this.#progress.isAwaited) this.#sendProgressRequest();
  }

  #sendProgressRequest(): void {
    if (this.open === undefined || this.#watchers.live === 0) return;
    this.#progress.request();
    this.open.write({ progressRequest: {} });
  }

  /** Gives up a stream that answers too little; everything begins anew on the next. */
  #giveUp(missing: number): void {
    this.#duplex.replace(progressUnanswered(missing, this.open?.endpoint));
  }

  /** The server ended one watcher. The reason decides whether that is the end of it. */
  #onCanceled(
    subscription: Subscription,
    { watchId, cancelReason, compactRevision }: WatchMessage,
    stream: Duplex<WatchRequestInput>,
  ): void {
    this.#watchers.set(subscription, WAITING);
    this.#progress.remove(subscription);
    // A watcher that the server has ended counts as unsynced there until it is cancelled, too; while
    // there is one, no progress request of the stream is answered.
    if (watchId !== ALL_WATCHERS) this.#cancel(watchId);
    const error = fromCancelReason(cancelReason, { endpoint: stream.endpoint, compactRevision });
    if (needsNewToken(error)) {
      this.#refused.note(subscription);
      this.#duplex.tokenRefused(error);
    } else if (error.code === 'PERMISSION_DENIED') {
      void this.#confirmDenied(subscription, error);
    } else if (error.retryable && error.code !== 'UNKNOWN') {
      this.#tryAgain(subscription, error);
    } else {
      subscription.fail(error);
    }
  }

  /**
   * Creates a watcher again that was ended for a reason that may pass. If it is the last one on the stream,
   * it goes to another server. Otherwise the others do well here, so it stays on this stream, and is created
   * after a pause.
   */
  #tryAgain(subscription: Subscription, error: EtcdError): void {
    const pauseMs = this.#refused.note(subscription);
    if (this.#watchers.live === 0) {
      this.#duplex.replace(error);
      return;
    }
    const timer = this.#context.clock.setTimeout(() => {
      this.#enter(subscription);
      this.#pump();
    }, pauseMs);
    this.#watchers.set(subscription, { kind: 'pausing', timer });
  }

  /**
   * Some servers call an expired token a denied permission. A read of the same keys tells which it is,
   * and fetches a new token if need be; then the stream is opened again, once.
   */
  async #confirmDenied(subscription: Subscription, error: EtcdError): Promise<void> {
    const checking: WatcherState = { kind: 'checking' };
    this.#watchers.set(subscription, checking);
    const stream = this.open;
    const denial = subscription.onDenied() ? await this.#probe.denial(subscription) : error;
    if (!this.#watchers.isIn(subscription, checking)) return;
    if (denial !== undefined) subscription.fail(denial);
    else if (this.open === stream) this.#duplex.replace(error);
  }

  /** A store behind what was seen of it may be a member that lags, or a backup that was restored. */
  async #confirmStore(
    subscription: Subscription,
    stream: Duplex<WatchRequestInput>,
  ): Promise<void> {
    const error = await this.#probe.confirmBehind(subscription.point.seen, subscription);
    if (error === undefined || !this.#watchers.has(subscription)) return;
    if (error.code === 'STORE_WENT_BACK') subscription.fail(error);
    else if (this.open === stream) this.#duplex.replace(error);
  }
}
