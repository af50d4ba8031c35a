import type { Clock } from './clock.js';

/** The growth of the pauses between tries. */
export interface BackoffShape {
  /** The wait after the first failure, before chance takes its part. */
  readonly initialMs: number;
  /** No wait is longer. */
  readonly maxMs: number;
}

/**
 * The wait before a try, in milliseconds: doubling from one to the next, up to the longest.
 *
 * Between half and all of the doubled wait is chosen at random, so that clients which lost the same
 * server together do not come back together.
 *
 * @param step 0 for the first wait, 1 for the second, ...
 */
export function backoffDelay(
  step: number,
  shape: BackoffShape,
  clock: Pick<Clock, 'random'>,
): number {
  const whole = Math.min(shape.maxMs, shape.initialMs * 2 ** step);
  return (whole * (1 + clock.random())) / 2;
}

/** Counts failures in a row and tells the waits: the first try after a failure comes at once. */
export class Backoff {
  readonly #shape: BackoffShape;
  readonly #clock: Pick<Clock, 'random'>;
  #failures = 0;

  constructor(shape: BackoffShape, clock: Pick<Clock, 'random'>) {
    this.#shape = shape;
    this.#clock = clock;
  }

  /** The number of failures since the last success. */
  get failures(): number {
    return this.#failures;
  }

  /** Notes a failure; answers how many milliseconds to wait before the next try. */
  next(): number {
    this.#failures += 1;
    return this.#failures === 1 ? 0 : backoffDelay(this.#failures - 2, this.#shape, this.#clock);
  }

  /** Notes a success. */
  reset(): void {
    this.#failures = 0;
  }
}
