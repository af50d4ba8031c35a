import { type IterationSource, withCallerStack } from '../errors/index.js';
import { type Deferred, deferred } from '../internal/deferred.js';
import type { WatchBuffer } from './watch-buffer.js';

/** Settings of the iterator of a watch. */
export interface WatchIteratorContext<Item> {
  readonly buffer: WatchBuffer;
  /** Takes the next item; `undefined` when there is none. */
  take(): Item | undefined;
  /** Called when the consumer comes back for more, before the next item is taken. */
  onNext(): void;
  /** Called when the consumer leaves. */
  onReturn(): void;
}

const DONE: IteratorReturnResult<undefined> = { done: true, value: undefined };

type Result<Item> = IteratorResult<Item, undefined>;

/** The consumer of a watch that asks for one item after the other. */
export class WatchIterator<Item> implements IterationSource<Item> {
  readonly #context: WatchIteratorContext<Item>;
  readonly #waiting: Deferred<Result<Item>>[] = [];
  #busy = false;
  #failureTold = false;

  constructor(context: WatchIteratorContext<Item>) {
    this.#context = context;
  }

  /** The consumer works on an item: it has not asked for another since it got this one. */
  get busy(): boolean {
    return this.#busy;
  }

  next(): Promise<Result<Item>> {
    this.#busy = false;
    this.#context.onNext();
    if (this.#waiting.length === 0) {
      const item = this.#take();
      if (item !== undefined) return Promise.resolve({ done: false, value: item });
    }
    const waiting = deferred<Result<Item>>();
    this.#waiting.push(waiting);
    this.deliver();
    return withCallerStack(waiting.promise);
  }

  async return(): Promise<Result<Item>> {
    this.#context.onReturn();
    return DONE;
  }

  /** Gives what there is to those who wait, and then the end, if it has come. */
  deliver(): void {
    while (this.#waiting.length > 0) {
      const item = this.#take();
      if (item === undefined) break;
      this.#waiting.shift()?.resolve({ done: false, value: item });
    }
    const { end } = this.#context.buffer;
    if (end === undefined) return;
    if (end.kind === 'failed' && !this.#failureTold && this.#waiting.length > 0) {
      this.#failureTold = true;
      this.#waiting.shift()?.reject(end.error);
    }
    for (const waiting of this.#waiting.splice(0)) waiting.resolve(DONE);
  }

  #take(): Item | undefined {
    const item = this.#context.take();
    if (item !== undefined) this.#busy = true;
    return item;
  }
}
