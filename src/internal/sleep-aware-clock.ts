import type { Clock, TimerHandle } from './clock.js';

/**
 * From this many milliseconds on a jump of the wall clock counts as sleep. Smaller differences are the
 * two clocks' own.
 */
const SLEEP_MS = 100;

/** A reading of both clocks that took longer was interrupted, and is repeated. */
const READING_MS = 5;

/**
 * A clock that goes on while the machine sleeps. The monotonic clock stands still then, on Linux and
 * others, but a lease on a server still runs out.
 *
 * Sleep shows in the wall clock, which is ahead afterwards. A wall clock that is set forward looks the
 * same and counts, too: what is counted too much ends a lease early, and that harms nobody else. One
 * that is set back counts nothing.
 *
 * Timers do not go on: who depends on a moment looks again from time to time.
 */
export class SleepAwareClock implements Clock {
  readonly #clock: Clock;
  #monotonic: number;
  #wall: number;
  #sleptMs = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#monotonic = clock.now();
    this.#wall = clock.wallNow();
  }

  get punctual(): boolean | undefined {
    return this.#clock.punctual;
  }

  now(): number {
    const { monotonic, wall } = this.#read();
    const ahead = wall - this.#wall - (monotonic - this.#monotonic);
    if (ahead >= SLEEP_MS) this.#sleptMs += ahead;
    this.#monotonic = monotonic;
    this.#wall = wall;
    return monotonic + this.#sleptMs;
  }

  wallNow(): number {
    return this.#clock.wallNow();
  }

  setTimeout(callback: () => void, delayMs: number): TimerHandle {
    return this.#clock.setTimeout(callback, delayMs);
  }

  random(): number {
    return this.#clock.random();
  }

  /** Reads both clocks at one moment: a process that was stopped between them reads again. */
  #read(): { readonly monotonic: number; readonly wall: number } {
    for (;;) {
      const monotonic = this.#clock.now();
      const wall = this.#clock.wallNow();
      if (this.#clock.now() - monotonic < READING_MS) return { monotonic, wall };
    }
  }
}
