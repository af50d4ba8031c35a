import type { EtcdError } from '../errors/index.js';
import type { Clock } from '../internal/clock.js';

/** The listeners of a cache that are told how old it may be. */
export interface FreshnessContext {
  readonly clock: Clock;
  readonly stale: (error: EtcdError | undefined) => void;
  readonly fresh: () => void;
}

/** Since when a cache may be behind the store, if it may. */
export class Freshness {
  readonly #context: FreshnessContext;
  #staleSince: Date | undefined;
  #breaks = 0;

  constructor(context: FreshnessContext) {
    this.#context = context;
  }

  /** Time at which it was noticed that the cache may fall behind; `undefined` while it cannot. */
  get staleSince(): Date | undefined {
    return this.#staleSince;
  }

  /** The number of breaks so far: what was learnt before one says nothing about the time after it. */
  get breaks(): number {
    return this.#breaks;
  }

  /** Notes a break, and tells the first of several. */
  broken(error: EtcdError | undefined): void {
    const isNews = this.#staleSince === undefined;
    this.ended();
    if (isNews) this.#context.stale(error);
  }

  /** Notes that the cache is over. No event is told. */
  ended(): void {
    this.#breaks += 1;
    this.#staleSince ??= new Date(this.#context.clock.wallNow());
  }

  /** Notes that the cache has everything again, and tells it. */
  mended(): void {
    if (this.#staleSince === undefined) return;
    this.#staleSince = undefined;
    this.#context.fresh();
  }
}
