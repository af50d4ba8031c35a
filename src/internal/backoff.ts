/** How waits grow between tries. */
export interface BackoffShape {
  /** The wait before the second try after a failure. */
  readonly initialMs: number;
  /** No wait is longer. */
  readonly maxMs: number;
  /** The first try after a failure comes at once. Default: `false`. */
  readonly firstAtOnce?: boolean | undefined;
}

/**
 * The wait before a try, doubling from one to the next, in milliseconds.
 *
 * Between half and all of the doubled wait is chosen at random, so that clients which lost the same
 * server together do not come back together.
 *
 * @param failures how many tries have failed in a row; 0 waits not at all
 * @param random from 0 up to 1
 */
export function backoffMs(shape: BackoffShape, failures: number, random: number): number {
  const step = shape.firstAtOnce === true ? failures - 2 : failures - 1;
  if (step < 0) return 0;
  const full = Math.min(shape.maxMs, shape.initialMs * 2 ** step);
  return full * (0.5 + random / 2);
}

/** Counts failures in a row and tells the waits between them. */
export class Backoff {
  readonly #shape: BackoffShape;
  readonly #random: () => number;
  #failures = 0;

  constructor(shape: BackoffShape, random: () => number) {
    this.#shape = shape;
    this.#random = random;
  }

  /** How many failures there were since the last success. */
  get failures(): number {
    return this.#failures;
  }

  /** Notes a failure; answers how many milliseconds to wait before the next try. */
  next(): number {
    this.#failures += 1;
    return backoffMs(this.#shape, this.#failures, this.#random());
  }

  /** Notes a success. */
  reset(): void {
    this.#failures = 0;
  }
}
