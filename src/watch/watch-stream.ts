import { type EtcdError, fromCancelReason, needsNewToken } from '../errors/index.js';
import type { TimerHandle } from '../internal/clock.js';
import type { WatchRequestInput } from '../rpc/generated/types.js';
import { watchMessages } from '../rpc/services.js';
import type { WatchMessage } from '../rpc/watch-message.js';
import { ResumableDuplex, type ResumableOwner } from '../transport/resumable-duplex.js';
import type { CallMetadata, Duplex } from '../transport/transport.js';
import { ProgressLedger } from './progress-ledger.js';
import type { StoreProbe } from './store-probe.js';
import type { Subscription } from './subscription.js';
import type { WatchContext } from './watch-context.js';

/** What streams must have in common to be one. */
export interface WatchRoute {
  readonly requireLeader: boolean;
  readonly metadata: CallMetadata | undefined;
}

/** Who keeps the streams. */
export interface WatchStreamHost {
  /** A server has registered a watcher while its store was at this revision. */
  onRegistered(subscription: Subscription, stream: WatchStream, storeRevision: bigint): void;
  /** A watcher was given events or progress. */
  onAdvanced(subscription: Subscription, stream: WatchStream, storeRevision: bigint): void;
  /** The stream has no watchers left, and is over. */
  onEmpty(stream: WatchStream): void;
}

/** A create request that was sent; the watcher may have left since. */
interface Creation {
  subscription: Subscription | undefined;
}

/**
 * Where a watcher stands on the stream.
 *
 * - `unsent`: to be created as soon as the stream is open and takes more.
 * - `checking`: a read is under way that decides how to go on.
 * - `pending`: the create request was sent.
 * - `live`: registered under an id.
 */
type Place =
  | { readonly kind: 'unsent' }
  | { readonly kind: 'checking' }
  | { readonly kind: 'pending'; readonly creation: Creation }
  | { readonly kind: 'live'; readonly id: bigint; readonly order: number };

const UNSENT: Place = { kind: 'unsent' };

/** How often the server is asked how far it is, so that quiet watchers keep ahead of compactions. */
const PROGRESS_INTERVAL_MS = 60_000;

/** The id in replies that are about the stream as a whole. */
const ALL_WATCHERS = -1n;

/**
 * One stream with its watchers, whatever connection it is on. Replies to create requests come in the
 * order of the requests, so a watcher that leaves before its reply keeps its place in the queue.
 */
export class WatchStream implements ResumableOwner<WatchRequestInput, WatchMessage> {
  readonly #host: WatchStreamHost;
  readonly #context: WatchContext;
  readonly #probe: StoreProbe;
  readonly #duplex: ResumableDuplex<WatchRequestInput, WatchMessage>;
  readonly #places = new Map<Subscription, Place>();
  readonly #byId = new Map<bigint, Subscription>();
  readonly #unsent = new Set<Subscription>();
  readonly #progress = new ProgressLedger();
  #creations: Creation[] = [];
  #writable = false;
  #held = false;
  #timer: TimerHandle | undefined;

  constructor(context: WatchContext, probe: StoreProbe, route: WatchRoute, host: WatchStreamHost) {
    this.#context = context;
    this.#probe = probe;
    this.#host = host;
    const { transport, clock } = context;
    const config = { transport, clock, method: watchMessages, options: route };
    this.#duplex = new ResumableDuplex(config, this);
  }

  /** Takes a watcher on; it is created as soon as can be. */
  add(subscription: Subscription): void {
    this.#place(subscription);
    this.#pump();
  }

  /** Lets a watcher go, and the whole stream with the last one. */
  remove(subscription: Subscription): void {
    const place = this.#places.get(subscription);
    if (place === undefined) return;
    subscription.onDetached();
    this.#places.delete(subscription);
    this.#unsent.delete(subscription);
    if (place.kind === 'pending') place.creation.subscription = undefined;
    if (place.kind === 'live') {
      this.#byId.delete(place.id);
      this.#cancel(place.id);
    }
    if (this.#places.size > 0) return;
    this.dispose();
    this.#host.onEmpty(this);
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

  /** Asks the server how far it is; the answer reaches the watchers, if there is one. */
  requestProgress(): void {
    if (this.open === undefined || this.#byId.size === 0) return;
    this.#progress.sent();
    this.open.write({ progressRequest: {} });
  }

  /** Ends the stream, without a word to its watchers. */
  dispose(): void {
    this.#timer?.cancel();
    this.#duplex.dispose();
  }

  onOpen(stream: Duplex<WatchRequestInput>): void {
    if (this.#held) stream.pause();
    this.#writable = true;
    this.#schedule();
    for (const subscription of this.#places.keys()) this.#place(subscription);
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
    const subscription = this.#byId.get(watchId);
    if (subscription === undefined) return;
    if (canceled) this.#onCanceled(subscription, response, stream);
    else this.#onEvents(subscription, response, storeRevision);
  }

  onBreak(error: EtcdError | undefined): void {
    this.#timer?.cancel();
    this.#writable = false;
    this.#byId.clear();
    this.#creations = [];
    this.#progress.clear();
    this.#unsent.clear();
    const subscriptions = [...this.#places.keys()];
    for (const subscription of subscriptions) this.#places.set(subscription, UNSENT);
    for (const subscription of subscriptions) subscription.onBroken(error);
  }

  onFatal(error: EtcdError): void {
    this.#timer?.cancel();
    const subscriptions = [...this.#places.keys()];
    this.#places.clear();
    this.#host.onEmpty(this);
    for (const subscription of subscriptions) subscription.fail(error);
  }

  /** Decides how a watcher is created on the stream that is open; nothing while there is none. */
  #place(subscription: Subscription): void {
    this.#places.set(subscription, UNSENT);
    const stream = this.open;
    if (stream === undefined) return;
    if (subscription.continues && !stream.capabilities.reportsCompactedDelete) {
      void this.#check(subscription, stream);
    } else {
      this.#unsent.add(subscription);
    }
  }

  /** Old servers say nothing of a deletion at the revision that was compacted: see semantics of watch. */
  async #check(subscription: Subscription, stream: Duplex<WatchRequestInput>): Promise<void> {
    const checking: Place = { kind: 'checking' };
    this.#places.set(subscription, checking);
    const lost = await this.#probe.isCompacted(subscription, stream.endpoint);
    if (this.open !== stream || this.#places.get(subscription) !== checking) return;
    this.#create(subscription, stream, lost);
  }

  #pump(): void {
    const stream = this.open;
    if (stream === undefined) return;
    for (const subscription of this.#unsent) {
      if (!this.#writable) return;
      this.#unsent.delete(subscription);
      this.#create(subscription, stream, false);
    }
  }

  #create(subscription: Subscription, stream: Duplex<WatchRequestInput>, lost: boolean): void {
    const creation: Creation = { subscription };
    this.#creations.push(creation);
    this.#places.set(subscription, { kind: 'pending', creation });
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
    const subscription = this.#creations.shift()?.subscription;
    if (response.canceled) {
      if (subscription !== undefined) this.#onCanceled(subscription, response, stream);
      return;
    }
    if (subscription === undefined) {
      this.#cancel(response.watchId);
      return;
    }
    const order = this.#progress.register();
    this.#byId.set(response.watchId, subscription);
    this.#places.set(subscription, { kind: 'live', id: response.watchId, order });
    const wentBack = storeRevision < subscription.point.seen;
    subscription.onCreated(storeRevision);
    if (wentBack) void this.#confirmStore(subscription, stream);
    if (this.#places.has(subscription)) {
      this.#host.onRegistered(subscription, this, storeRevision);
    }
  }

  #onEvents(subscription: Subscription, response: WatchMessage, storeRevision: bigint): void {
    // The stream does its work, so that its end will be a first failure again.
    this.#duplex.succeeded();
    if (response.runs.length === 0 && !response.fragment) {
      subscription.onProgress(storeRevision);
    } else {
      subscription.onEvents(response, storeRevision);
    }
    if (this.#places.has(subscription)) {
      this.#host.onAdvanced(subscription, this, storeRevision);
    }
  }

  #onProgress(storeRevision: bigint, stream: Duplex<WatchRequestInput>): void {
    const last = this.#progress.answered();
    // Older servers answer before they have sent what they owe.
    if (!stream.capabilities.trustedProgress) return;
    for (const [subscription, place] of [...this.#places]) {
      if (place.kind !== 'live' || place.order > last) continue;
      if (this.#places.get(subscription) !== place) continue;
      subscription.onProgress(storeRevision);
      this.#host.onAdvanced(subscription, this, storeRevision);
    }
  }

  /** The server ended one watcher. Whether that is the end of it depends on the reason. */
  #onCanceled(
    subscription: Subscription,
    { watchId, cancelReason, compactRevision }: WatchMessage,
    stream: Duplex<WatchRequestInput>,
  ): void {
    this.#byId.delete(watchId);
    this.#places.set(subscription, UNSENT);
    const error = fromCancelReason(cancelReason, { endpoint: stream.endpoint, compactRevision });
    if (needsNewToken(error)) this.#duplex.tokenRefused(error);
    else if (error.code === 'PERMISSION_DENIED') void this.#confirmDenied(subscription, error);
    else if (error.retryable && error.code !== 'UNKNOWN') this.#duplex.replace(error);
    else this.#fail(subscription, error);
  }

  /**
   * Some servers call an expired token a denied permission. A read of the same keys tells which it is,
   * and fetches a new token if need be; then the stream is opened again, once.
   */
  async #confirmDenied(subscription: Subscription, error: EtcdError): Promise<void> {
    const checking: Place = { kind: 'checking' };
    this.#places.set(subscription, checking);
    const stream = this.open;
    const allowed = subscription.onDenied() && (await this.#probe.isReadable(subscription));
    if (this.#places.get(subscription) !== checking) return;
    if (!allowed) this.#fail(subscription, error);
    else if (this.open === stream) this.#duplex.replace(error);
  }

  /** A store behind what was seen of it may be a member that lags, or a backup that was restored. */
  async #confirmStore(
    subscription: Subscription,
    stream: Duplex<WatchRequestInput>,
  ): Promise<void> {
    const verdict = await this.#probe.wentBack(subscription.point.seen, subscription);
    if (!this.#places.has(subscription)) return;
    if (verdict === undefined) return;
    if (verdict.code === 'STORE_WENT_BACK') this.#fail(subscription, verdict);
    else if (this.open === stream) this.#duplex.replace(verdict);
  }

  #fail(subscription: Subscription, error: EtcdError): void {
    this.remove(subscription);
    subscription.fail(error);
  }

  #schedule(): void {
    this.#timer?.cancel();
    this.#timer = this.#context.clock.setTimeout(() => {
      if (this.open?.capabilities.trustedProgress === true) this.requestProgress();
      this.#schedule();
    }, PROGRESS_INTERVAL_MS);
    this.#timer.unref();
  }
}
