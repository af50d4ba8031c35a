import type { EtcdClientOptions } from '../../src/index.js';
import { type Clock, systemClock, type TimerHandle } from '../../src/internal/clock.js';
import { withInternals } from '../../src/internals.js';

/**
 * The clock of the system, which a test can put forward: timers that are due by then fire at once. For
 * long pauses of a client that talks to a real server, which lives on in its own time.
 */
export class LeapingClock implements Clock {
  #ahead = 0;
  readonly #timers = new Set<LeapingTimer>();

  now(): number {
    return systemClock.now() + this.#ahead;
  }

  wallNow(): number {
    return systemClock.wallNow() + this.#ahead;
  }

  random(): number {
    return systemClock.random();
  }

  setTimeout(callback: () => void, delayMs: number): TimerHandle {
    const fire = (): void => {
      this.#timers.delete(timer);
      callback();
    };
    const timer = new LeapingTimer(this, this.now() + delayMs, fire, () =>
      this.#timers.delete(timer),
    );
    this.#timers.add(timer);
    return timer;
  }

  /** Puts the clock forward. */
  leap(milliseconds: number): void {
    this.#ahead += milliseconds;
    for (const timer of this.#timers) timer.arm();
  }

  /** Options of a client that lives by this clock. */
  of(options: EtcdClientOptions): EtcdClientOptions {
    return withInternals(options, { clock: this, openChannel: undefined });
  }
}

class LeapingTimer implements TimerHandle {
  readonly #clock: Clock;
  readonly #dueAt: number;
  readonly #fire: () => void;
  readonly #forget: () => void;
  #timer: TimerHandle | undefined;
  #referenced = true;

  constructor(clock: Clock, dueAt: number, fire: () => void, forget: () => void) {
    this.#clock = clock;
    this.#dueAt = dueAt;
    this.#fire = fire;
    this.#forget = forget;
    this.arm();
  }

  /** Sets the timer for what is left of its time. */
  arm(): void {
    this.#timer?.cancel();
    this.#timer = systemClock.setTimeout(this.#fire, this.#dueAt - this.#clock.now());
    if (!this.#referenced) this.#timer.unref();
  }

  cancel(): void {
    this.#timer?.cancel();
    this.#forget();
  }

  unref(): void {
    this.#referenced = false;
    this.#timer?.unref();
  }
}
