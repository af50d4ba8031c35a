import type { Clock, TimerHandle } from '../internal/clock.js';

/** The grain of time: a deadline is kept at most so much late, and never early. */
const TICK_MS = 10;

/** Something that ends at a moment of the clock. */
export interface Timed {
  readonly deadline: number;
}

/**
 * The deadlines of all calls of a connection, on one timer. Calls are put into the bucket of the tick in
 * which they end. Nearly all are taken out long before: both are a step in a set, where a timer for each
 * call cost more than the rest of its bookkeeping.
 */
export class Deadlines<T extends Timed> {
  readonly #clock: Clock;
  readonly #expire: (timed: T) => void;
  readonly #buckets = new Map<number, Set<T>>();
  #timer: TimerHandle | undefined;
  /** The tick that the timer is set to. */
  #plannedTick = Infinity;

  constructor(clock: Clock, expire: (timed: T) => void) {
    this.#clock = clock;
    this.#expire = expire;
  }

  add(timed: T): void {
    if (timed.deadline === Infinity) return;
    const tick = tickOf(timed);
    let bucket = this.#buckets.get(tick);
    if (bucket === undefined) {
      bucket = new Set();
      this.#buckets.set(tick, bucket);
    }
    bucket.add(timed);
    if (tick < this.#plannedTick) this.#plan(tick);
  }

  /** Harmless for what is not there. Its bucket stays until its time: calls of one moment share it. */
  remove(timed: T): void {
    if (timed.deadline !== Infinity) this.#buckets.get(tickOf(timed))?.delete(timed);
  }

  /** Nothing expires any more. */
  clear(): void {
    this.#timer?.cancel();
    this.#plannedTick = Infinity;
    this.#buckets.clear();
  }

  /** The timer keeps no process alive: what waits for an answer has a socket. */
  #plan(tick: number): void {
    this.#timer?.cancel();
    this.#plannedTick = tick;
    this.#timer = this.#clock.setTimeout(() => this.#look(), tick * TICK_MS - this.#clock.now());
    this.#timer.unref();
  }

  #look(): void {
    const now = Math.floor(this.#clock.now() / TICK_MS);
    this.#plannedTick = Infinity;
    let next = Infinity;
    for (const [tick, bucket] of this.#buckets) {
      if (tick <= now) {
        this.#buckets.delete(tick);
        for (const timed of bucket) this.#expire(timed);
      } else if (bucket.size === 0) {
        this.#buckets.delete(tick);
      } else {
        next = Math.min(next, tick);
      }
    }
    if (next < this.#plannedTick) this.#plan(next);
  }
}

function tickOf({ deadline }: Timed): number {
  return Math.ceil(deadline / TICK_MS);
}
