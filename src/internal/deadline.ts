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

  /**
   * Returns what is left as the `timeoutMs` of the next call: 0 without a deadline. To be asked directly
   * before the call, since nothing may be sent once the deadline has passed.
   *
   * @param tooLate makes the error that is thrown then
   */
  timeoutMs(tooLate: () => Error): number {
    if (this.at === Infinity) return 0;
    if (this.passed) throw tooLate();
    return Math.ceil(this.remainingMs);
  }
}
