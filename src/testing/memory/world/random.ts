const TWO_TO_32 = 0x100000000;

/**
 * A sequence of numbers that looks like chance and is the same for the same seed (mulberry32).
 */
export class SeededRandom {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** A number from 0 up to, not including, 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / TWO_TO_32;
  }

  /** A whole number from 0 up to, not including, `limit`. */
  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }

  /** An id as etcd has them: positive, and of at most 63 bits. */
  id(): bigint {
    const high = BigInt(this.below(TWO_TO_32 / 2));
    const low = BigInt(this.below(TWO_TO_32));
    return (high << 32n) | low | 1n;
  }
}
