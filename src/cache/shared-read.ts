import { ignore, quiet } from '../internal/deferred.js';

/**
 * A read that callers share. A caller never gets the result of a read that began before its call, since that
 * one may have missed what was written since. So at most one read is under way, and one is due after it.
 */
export class SharedRead<T> {
  readonly #read: () => Promise<T>;
  #current: Promise<unknown> | undefined;
  #due: Promise<T> | undefined;

  constructor(read: () => Promise<T>) {
    this.#read = read;
  }

  /** Resolves with what a read finds that begins after this call. */
  next(): Promise<T> {
    this.#due ??= this.#afterCurrent();
    return this.#due;
  }

  async #afterCurrent(): Promise<T> {
    await this.#current?.catch(ignore);
    // From here on it is under way: a caller that comes now needs the next one.
    this.#due = undefined;
    const result = quiet(this.#read());
    this.#current = result;
    return await result;
  }
}
