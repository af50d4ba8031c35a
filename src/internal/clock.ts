/** A timer that was set. Both methods are harmless after it has fired. */
export interface TimerHandle {
  /** The callback will not be called any more. */
  cancel(): void;
  /** The timer alone no longer keeps the process alive. */
  unref(): void;
}

/**
 * Time and randomness as values, so that tests can bring their own.
 *
 * Nothing in the library reads a clock or rolls a die in any other way, but for what runs real servers
 * and proxies in `testing`.
 */
export interface Clock {
  /** True for a clock whose timers are never late and that never sleeps, as a simulated one: nobody has to look again. */
  readonly punctual?: boolean | undefined;
  /** Milliseconds on a monotonic clock of no particular origin: only differences mean something. */
  now(): number;
  /**
   * Milliseconds since 1970 by the wall clock. It goes on while the machine sleeps, and may be set at any
   * time: only to notice sleep, and for what others compare with their own wall clock.
   */
  wallNow(): number;
  /** Calls `callback` once after `delayMs`. Never early, however long the delay; below zero counts as zero. */
  setTimeout(callback: () => void, delayMs: number): TimerHandle;
  /** A number from 0 up to, not including, 1. */
  random(): number;
}

/** The longest delay that a Node timer can hold. A longer one would overflow and fire at once. */
export const MAX_TIMER_MS = 2 ** 31 - 1;

/** The clock of the running process. */
export const systemClock: Clock = {
  now: () => performance.now(),
  wallNow: () => Date.now(),
  setTimeout: (callback, delayMs) => new SystemTimer(callback, Math.max(0, delayMs)),
  random: () => Math.random(),
};

class SystemTimer implements TimerHandle {
  readonly #callback: () => void;
  readonly #dueAt: number;
  #timer: NodeJS.Timeout;
  #referenced = true;

  constructor(callback: () => void, delayMs: number) {
    this.#callback = callback;
    this.#dueAt = performance.now() + delayMs;
    this.#timer = this.#arm(delayMs);
  }

  cancel(): void {
    clearTimeout(this.#timer);
  }

  unref(): void {
    this.#referenced = false;
    this.#timer.unref();
  }

  #arm(delayMs: number): NodeJS.Timeout {
    if (delayMs <= MAX_TIMER_MS) return setTimeout(this.#callback, delayMs);
    return setTimeout(() => {
      this.#timer = this.#arm(this.#dueAt - performance.now());
      if (!this.#referenced) this.#timer.unref();
    }, MAX_TIMER_MS);
  }
}
