import type { Clock } from './clock.js';

/** A moment on a clock by which something is to be done; or none. */
export class Deadline {
  readonly #clock: Clock;
  /** On the clock's scale; `Infinity` for none. */
  readonly at: number;

  private constructor(clock: Clock, at: number) {
    this.#clock = clock;
    this.at = at;
  }

  /** In `timeoutMs` milliseconds from now; 0 and `undefined` mean none. */
  static in(clock: Clock, timeoutMs: number | undefined): Deadline {
    const none = timeoutMs === undefined || timeoutMs === 0;
    return new Deadline(clock, none ? Infinity : clock.now() + timeoutMs);
  }

  /** Milliseconds left, never below 0; `Infinity` without a deadline. */
  get remainingMs(): number {
    return Math.max(0, this.at - this.#clock.now());
  }

  get passed(): boolean {
    return this.at <= this.#clock.now();
  }

  /** What is left as a `timeoutMs` to hand on: `undefined` without a deadline, else at least 1. */
  get asTimeoutMs(): number | undefined {
    return this.at === Infinity ? undefined : Math.max(1, Math.ceil(this.remainingMs));
  }
}
