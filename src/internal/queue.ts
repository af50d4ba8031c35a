import { type Deferred, deferred } from './deferred.js';

/** Options of a queue. */
export interface QueueOptions<T> {
  /** The weight from which the queue is full. Default: it never is. */
  readonly highWaterMark?: number | undefined;
  /** After being full, the weight at which there is room again. Default: half of the high-water mark. */
  readonly lowWaterMark?: number | undefined;
  /** Returns the weight of an item. Default: 1 each. */
  readonly weigh?: ((item: T) => number) | undefined;
  /** Called when the queue becomes full: the producer should stop. */
  readonly onFull?: (() => void) | undefined;
  /** Called when there is room again: the producer may go on. */
  readonly onRoom?: (() => void) | undefined;
  /** Called once when the consumer leaves early (`break`, `return()`); what it returns is awaited there. */
  readonly onReturn?: (() => void | Promise<void>) | undefined;
}

type State = { readonly kind: 'open' } | { readonly kind: 'ended' } | Failed;
interface Failed {
  readonly kind: 'failed';
  readonly error: unknown;
}

/** Items taken are left in the array until there are this many of them and they are half of it. */
const COMPACT_FROM = 1024;

/**
 * Items from a producer that pushes to one consumer that iterates, with an account of what waits.
 *
 * The queue is open until `end` or `fail`; what was pushed before is still delivered. A failure is
 * thrown once, at its place after the last item, and is nobody's unhandled rejection before. The mark
 * is advice: a push to a full queue is kept, since a producer cannot always stop at once.
 */
export class AsyncQueue<T> {
  readonly #options: QueueOptions<T>;
  readonly #highWaterMark: number;
  readonly #lowWaterMark: number;
  readonly #waiting: Deferred<IteratorResult<T, undefined>>[] = [];
  #items: T[] = [];
  #taken = 0;
  #weight = 0;
  #full = false;
  #returned: Promise<void> | undefined;
  #state: State = { kind: 'open' };

  constructor(options: QueueOptions<T> = {}) {
    this.#options = options;
    this.#highWaterMark = options.highWaterMark ?? Infinity;
    this.#lowWaterMark = options.lowWaterMark ?? this.#highWaterMark / 2;
  }

  /** The number of items that wait to be taken. */
  get size(): number {
    return this.#items.length - this.#taken;
  }

  /** The sum of the weights of all items that wait. */
  get weight(): number {
    return this.#weight;
  }

  /** The high-water mark was reached, and the low one not yet again. */
  get full(): boolean {
    return this.#full;
  }

  /** No more items are taken in: it was ended, it failed, or the consumer left. */
  get closed(): boolean {
    return this.#state.kind !== 'open';
  }

  /** Adds an item; `false` when the queue is full, or closed, in which case the item is dropped. */
  push(item: T): boolean {
    if (this.closed) return false;
    const consumer = this.#waiting.shift();
    if (consumer !== undefined) {
      consumer.resolve({ done: false, value: item });
      return !this.#full;
    }
    this.#items.push(item);
    this.#weight += this.#weigh(item);
    if (!this.#full && this.#weight >= this.#highWaterMark) {
      this.#full = true;
      this.#options.onFull?.();
    }
    return !this.#full;
  }

  /** No more items will come: the iteration ends after those that wait. */
  end(): void {
    if (this.closed) return;
    this.#state = { kind: 'ended' };
    for (const consumer of this.#waiting.splice(0)) consumer.resolve(DONE);
  }

  /** The iteration fails with `error` after the items that wait. */
  fail(error: unknown): void {
    if (this.closed) return;
    const first = this.#waiting.shift();
    this.#state = first === undefined ? { kind: 'failed', error } : { kind: 'ended' };
    first?.reject(error);
    for (const consumer of this.#waiting.splice(0)) consumer.resolve(DONE);
  }

  /** Takes an item if one waits. An item that is taken counts no more. */
  take(): T | undefined {
    if (this.size === 0) return undefined;
    const item = this.#items[this.#taken] as T;
    this.#taken += 1;
    this.#forgetTaken();
    this.#weight = this.size === 0 ? 0 : this.#weight - this.#weigh(item);
    if (this.#full && this.#weight <= this.#lowWaterMark) {
      this.#full = false;
      this.#options.onRoom?.();
    }
    return item;
  }

  next(): Promise<IteratorResult<T, undefined>> {
    if (this.size > 0) return Promise.resolve({ done: false, value: this.take() as T });
    const state = this.#state;
    switch (state.kind) {
      case 'failed':
        this.#state = { kind: 'ended' };
        return Promise.reject(state.error);
      case 'ended':
        return Promise.resolve(DONE);
      case 'open': {
        const consumer = deferred<IteratorResult<T, undefined>>();
        this.#waiting.push(consumer);
        return consumer.promise;
      }
    }
  }

  /** The consumer leaves: what waits is dropped, and `onReturn` cleans up. */
  async return(): Promise<IteratorResult<T, undefined>> {
    this.end();
    this.#state = { kind: 'ended' };
    this.#items = [];
    this.#taken = 0;
    this.#weight = 0;
    this.#returned ??= Promise.resolve(this.#options.onReturn?.());
    await this.#returned;
    return DONE;
  }

  #weigh(item: T): number {
    return this.#options.weigh === undefined ? 1 : this.#options.weigh(item);
  }

  /** Lets go of items that were taken, without moving the rest each time. */
  #forgetTaken(): void {
    if (this.#taken === this.#items.length) {
      this.#items = [];
      this.#taken = 0;
    } else if (this.#taken >= COMPACT_FROM && this.#taken * 2 >= this.#items.length) {
      this.#items = this.#items.slice(this.#taken);
      this.#taken = 0;
    }
  }
}

const DONE: IteratorReturnResult<undefined> = { done: true, value: undefined };
