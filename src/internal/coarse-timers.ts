import type { Clock, TimerHandle } from './clock.js';

/** The grain of time: a moment is kept at most so much late, and never early. */
const TICK_MS = 10;

/**
 * Moments of many things on one timer. Each is put into the bucket of the tick in which its moment comes.
 * Nearly all are taken out long before: both are a step in a set, where a timer for each call cost more than
 * the rest of its bookkeeping.
 */
export class CoarseTimers<T> {
  readonly #clock: Clock;
  readonly #due: (thing: T) => void;
  readonly #buckets = new Map<number, Set<T>>();
  #timer: TimerHandle | undefined;
  /** The tick that the timer is set to. */
  #plannedTick = Infinity;

  /** @param due is told of each thing when its moment has come */
  constructor(clock: Clock, due: (thing: T) => void) {
    this.#clock = clock;
    this.#due = due;
  }

  /** @param dueAt on the clock's scale; `Infinity` for never */
  add(thing: T, dueAt: number): void {
    if (dueAt === Infinity) return;
    const tick = tickOf(dueAt);
    let bucket = this.#buckets.get(tick);
    if (bucket === undefined) {
      bucket = new Set();
      this.#buckets.set(tick, bucket);
    }
    bucket.add(thing);
    if (tick < this.#plannedTick) this.#plan(tick);
  }

  /** Harmless for what is not there. Its bucket stays until its time: the things of one moment share it. */
  remove(thing: T, dueAt: number): void {
    if (dueAt !== Infinity) this.#buckets.get(tickOf(dueAt))?.delete(thing);
  }

  /** No moment comes any more. */
  clear(): void {
    this.#timer?.cancel();
    this.#plannedTick = Infinity;
    this.#buckets.clear();
  }

  /** The timer keeps no process alive: what waits for an answer has a connection. */
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
        // One that is taken out by what another does now is not told any more, so the bucket stays till the end.
        for (const thing of bucket) this.#due(thing);
        this.#buckets.delete(tick);
      } else if (bucket.size === 0) {
        this.#buckets.delete(tick);
      } else {
        next = Math.min(next, tick);
      }
    }
    if (next < this.#plannedTick) this.#plan(next);
  }
}

function tickOf(dueAt: number): number {
  return Math.ceil(dueAt / TICK_MS);
}
