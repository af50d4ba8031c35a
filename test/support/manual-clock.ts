import type { Clock, TimerHandle } from '../../src/internal/clock.js';

interface Timer {
  readonly dueAt: number;
  readonly callback: () => void;
}

/**
 * A clock that stands still until a test moves it, with dice that always show `randomness`.
 *
 * Timers run inside `advance`, in the order they are due, each at its own moment.
 */
export class ManualClock implements Clock {
  /** What `random()` answers. */
  randomness = 0.5;
  readonly #timers = new Set<Timer>();
  #now = 1_000;
  #wallAheadMs = 1_700_000_000_000;

  now(): number {
    return this.#now;
  }

  wallNow(): number {
    return this.#now + this.#wallAheadMs;
  }

  random(): number {
    return this.randomness;
  }

  setTimeout(callback: () => void, delayMs: number): TimerHandle {
    const timer: Timer = { dueAt: this.#now + Math.max(0, delayMs), callback };
    this.#timers.add(timer);
    return { cancel: () => void this.#timers.delete(timer), unref: () => {} };
  }

  /** How many timers are armed. */
  get timers(): number {
    return this.#timers.size;
  }

  /** Milliseconds until the next timer; `undefined` when none is armed. */
  get nextTimerMs(): number | undefined {
    const next = this.#next();
    return next === undefined ? undefined : next.dueAt - this.#now;
  }

  /** Moves time on, runs what is due, and lets promises settle before and after each timer. */
  async advance(ms: number): Promise<void> {
    const target = this.#now + ms;
    await settle();
    for (let timer = this.#next(); timer !== undefined; timer = this.#next()) {
      if (timer.dueAt > target) break;
      // A timer that a block has made late runs late.
      this.#now = Math.max(this.#now, timer.dueAt);
      this.#timers.delete(timer);
      timer.callback();
      await settle();
    }
    this.#now = Math.max(this.#now, target);
  }

  /** Moves time on without running any timer: an event loop that is blocked. */
  block(ms: number): void {
    this.#now += ms;
  }

  /** Lets the machine sleep: the wall clock goes on alone. A negative time sets it back. */
  sleep(ms: number): void {
    this.#wallAheadMs += ms;
  }

  #next(): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of this.#timers) {
      if (next === undefined || timer.dueAt < next.dueAt) next = timer;
    }
    return next;
  }
}

/** One turn of the event loop, after which every promise that can settle has settled. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
