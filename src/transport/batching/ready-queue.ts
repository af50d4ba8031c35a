import type { Entry } from './entry.js';

/** Upper limit on the bytes of a batch: more would delay the small calls in it, and save nothing. */
export const MAX_BATCH_BYTES = 64 * 1024;

/** Calls that travel together. */
export type Batch<Request, Response> = readonly Entry<Request, Response>[];

/** Calls that may be sent now, in their order: those that may be repeated apart from the others. */
export class ReadyQueue<Request, Response> {
  readonly #repeatable = new Fifo<Entry<Request, Response>>();
  readonly #others = new Fifo<Entry<Request, Response>>();

  get isEmpty(): boolean {
    return this.#repeatable.isEmpty && this.#others.isEmpty;
  }

  push(entry: Entry<Request, Response>): void {
    (entry.shape.repeatable ? this.#repeatable : this.#others).push(entry);
  }

  /**
   * Takes the next batch.
   *
   * @param most operations in it
   * @param onGivenUp told of each call that was given up; it falls out
   */
  take(
    most: number,
    onGivenUp: (entry: Entry<Request, Response>) => void,
  ): Batch<Request, Response> {
    const queue = this.#others.isEmpty ? this.#repeatable : this.#others;
    const batch: Entry<Request, Response>[] = [];
    let bytes = 0;
    while (batch.length < most) {
      const entry = queue.first;
      if (entry === undefined) break;
      if (entry.stage === 'settled') {
        queue.shift();
        onGivenUp(entry);
        continue;
      }
      bytes += entry.shape.bytes;
      if (batch.length > 0 && bytes > MAX_BATCH_BYTES) break;
      queue.shift();
      batch.push(entry);
    }
    return batch;
  }
}

/** A queue whose `shift` takes the same time, however long it is. */
class Fifo<T> {
  #items: T[] = [];
  #from = 0;

  get isEmpty(): boolean {
    return this.#from === this.#items.length;
  }

  get first(): T | undefined {
    return this.#items[this.#from];
  }

  push(item: T): void {
    this.#items.push(item);
  }

  shift(): void {
    this.#from++;
    // Moving the rest each time half of it is gone costs one step for each item.
    if (this.#from * 2 < this.#items.length) return;
    this.#items = this.#items.slice(this.#from);
    this.#from = 0;
  }
}
