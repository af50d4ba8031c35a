import { Backoff, type BackoffShape } from '../internal/backoff.js';
import type { Clock } from '../internal/clock.js';
import type { Subscription } from './subscription.js';

/** Pauses before a watcher that the server has ended is created again on the same stream. */
const REFUSED: BackoffShape = { initialMs: 25, maxMs: 2_000 };

/** Watchers that the server ended for a reason that may pass, until they receive something again. */
export class RefusedWatchers {
  readonly #clock: Clock;
  readonly #backoffs = new Map<Subscription, Backoff>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** True while there is one. */
  get some(): boolean {
    return this.#backoffs.size > 0;
  }

  /** Notes that a watcher was refused; answers how long to wait before it is created again. */
  note(subscription: Subscription): number {
    const backoff = this.#backoffs.get(subscription) ?? new Backoff(REFUSED, this.#clock);
    this.#backoffs.set(subscription, backoff);
    return backoff.next();
  }

  /** The watcher has received something, or has left. */
  delete(subscription: Subscription): void {
    this.#backoffs.delete(subscription);
  }
}
