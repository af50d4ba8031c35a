import type { TimerHandle } from '../internal/clock.js';
import type { Subscription } from './subscription.js';

/** A create request that was sent. Its watcher may have left since. */
export interface Creation {
  subscription: Subscription | undefined;
}

/**
 * State of a watcher on its stream.
 *
 * - `waiting`: no stream is open.
 * - `unsent`: to be created as soon as the stream takes more.
 * - `checking`: a read is under way that decides how to go on.
 * - `pausing`: the server ended it for a reason that may pass; a timer creates it again.
 * - `pending`: the create request was sent.
 * - `live`: registered under an id.
 */
export type WatcherState =
  | { readonly kind: 'waiting' }
  | { readonly kind: 'unsent' }
  | { readonly kind: 'checking' }
  | { readonly kind: 'pausing'; readonly timer: TimerHandle }
  | { readonly kind: 'pending'; readonly creation: Creation }
  | { readonly kind: 'live'; readonly id: bigint };

export const WAITING: WatcherState = { kind: 'waiting' };
export const UNSENT: WatcherState = { kind: 'unsent' };

/** The watchers of one stream and the state of each. */
export class StreamWatchers {
  readonly #states = new Map<Subscription, WatcherState>();
  readonly #byId = new Map<bigint, Subscription>();
  readonly #unsent = new Set<Subscription>();
  /** Create requests without a reply. Replies come in the order of the requests. */
  #creations: Creation[] = [];

  /** The number of watchers. */
  get size(): number {
    return this.#states.size;
  }

  /** The number of registered watchers. */
  get live(): number {
    return this.#byId.size;
  }

  /** All of them, as of now. */
  get all(): readonly Subscription[] {
    return [...this.#states.keys()];
  }

  /** The watchers that are to be created. A watcher that changes its state meanwhile drops out. */
  get unsent(): Iterable<Subscription> {
    return this.#unsent;
  }

  /** A watcher by the id that the server gave it. */
  byId(id: bigint): Subscription | undefined {
    return this.#byId.get(id);
  }

  has(subscription: Subscription): boolean {
    return this.#states.has(subscription);
  }

  /** A watcher is still in this very state. */
  isIn(subscription: Subscription, state: WatcherState): boolean {
    return this.#states.get(subscription) === state;
  }

  set(subscription: Subscription, state: WatcherState): void {
    this.#leaveState(subscription);
    this.#states.set(subscription, state);
    if (state.kind === 'live') this.#byId.set(state.id, subscription);
    if (state.kind === 'unsent') this.#unsent.add(subscription);
  }

  /** Notes that the request for a watcher is sent. */
  sent(subscription: Subscription): void {
    const creation: Creation = { subscription };
    this.#creations.push(creation);
    this.set(subscription, { kind: 'pending', creation });
  }

  /** The watcher that the next reply is about; `undefined` when it has left. */
  takeReply(): Subscription | undefined {
    return this.#creations.shift()?.subscription;
  }

  /** Takes a watcher out; answers the state it was in. */
  delete(subscription: Subscription): WatcherState | undefined {
    const state = this.#leaveState(subscription);
    this.#states.delete(subscription);
    return state;
  }

  /** The stream has ended, and with it all that was asked and registered. */
  reset(): void {
    for (const subscription of this.all) this.set(subscription, WAITING);
    this.#creations = [];
  }

  #leaveState(subscription: Subscription): WatcherState | undefined {
    const state = this.#states.get(subscription);
    this.#unsent.delete(subscription);
    if (state?.kind === 'pausing') state.timer.cancel();
    // The reply is still to come, and belongs to nobody then.
    if (state?.kind === 'pending') state.creation.subscription = undefined;
    if (state?.kind === 'live') this.#byId.delete(state.id);
    return state;
  }
}
