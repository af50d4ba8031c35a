import { deferred } from './deferred.js';
import { unlessAborted } from './unless-aborted.js';

/** Runs work one at a time for each key, in the order it came. Different keys do not wait for each other. */
export class KeyedQueue {
  /** The end of the last work of each key that has some. */
  readonly #ends = new Map<string, Promise<void>>();

  /** The number of keys with work, running or waiting. */
  get size(): number {
    return this.#ends.size;
  }

  /**
   * Runs `work` when all earlier work of the key has ended, and returns its result.
   *
   * @throws the reason of `signal` when it aborts before the work has begun
   */
  async run<T>(key: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    const before = this.#ends.get(key);
    const done = deferred();
    const end = before === undefined ? done.promise : before.then(() => done.promise);
    this.#ends.set(key, end);
    try {
      if (before !== undefined) await unlessAborted(before, signal);
      return await work();
    } finally {
      done.resolve();
      void end.then(() => {
        if (this.#ends.get(key) === end) this.#ends.delete(key);
      });
    }
  }
}
