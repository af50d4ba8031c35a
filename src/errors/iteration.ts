import { printable } from '../internal/printable.js';
import { iteratedAlready } from './invalid-argument.js';

/**
 * Items that come one after the other, to one consumer. It can be iterated once: a second `for await`
 * throws an `InvalidArgumentError`, also after the first has ended. `break`, `return()` and disposing
 * end it.
 */
export interface Iteration<Item> extends AsyncIterableIterator<Item> {
  /** Waits for the next item. */
  next(): Promise<IteratorResult<Item>>;
  /** Ends the iteration, as `break` does. */
  return(): Promise<IteratorResult<Item>>;
  /** Returns the iteration itself. It can be used once. */
  [Symbol.asyncIterator](): Iteration<Item>;
  /** Ends the iteration. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** Gives the items of an iteration. Any async generator fits. */
export interface IterationSource<Item> {
  next(): Promise<IteratorResult<Item, undefined>>;
  return(value: undefined): Promise<IteratorResult<Item, undefined>>;
  /** Tells people what the items are about. */
  shown?(): object;
}

/**
 * Makes an iteration that can be begun once.
 *
 * @param what is iterated, as its user knows it: `watcher`
 * @param again what to do instead of beginning a second one
 */
export function iterateOnce<Item>(
  source: IterationSource<Item>,
  what: string,
  again: string,
): Iteration<Item> {
  return new SingleIteration(source, what, again);
}

class SingleIteration<Item> implements Iteration<Item> {
  static {
    printable(SingleIteration, 'Iteration', (iteration) => ({
      of: iteration.#what,
      ...iteration.#source.shown?.(),
      begun: iteration.#begun,
    }));
  }

  readonly #source: IterationSource<Item>;
  readonly #what: string;
  readonly #again: string;
  #begun = false;

  constructor(source: IterationSource<Item>, what: string, again: string) {
    this.#source = source;
    this.#what = what;
    this.#again = again;
  }

  next(): Promise<IteratorResult<Item>> {
    // The source's own promise: another one around it would cost each item.
    return this.#source.next();
  }

  return(): Promise<IteratorResult<Item>> {
    return this.#source.return(undefined);
  }

  /** Returns another object, so that an iterator that was taken by hand can still be looped over. */
  [Symbol.asyncIterator](): Iteration<Item> {
    if (this.#begun) throw iteratedAlready(this.#what, this.#again);
    this.#begun = true;
    return new SingleIteration(this.#source, this.#what, this.#again);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }
}
