import { asOperation } from '../diagnostics/operation.js';
import { AbortError, addCallerStack } from '../errors/index.js';
import type { KeyValue, Selection, View } from '../index.js';
import { clockOf } from '../internal/clock-of.js';
import { checkQueueCall, limitsOf, type QueueCallOptions } from './call-options.js';
import { Items, valueOfTaken } from './items.js';
import { checkQueueView } from './queue-view.js';

/** The common part of the queues from which a value is taken by exactly one consumer, and is gone with it. */
export abstract class ItemQueue<Out, In = Out> {
  /** The keys of the queue, and the codec of its values. */
  readonly view: View<Out, In>;
  readonly #items: Items<Out>;

  /** @param order answers all items, with the next one first */
  protected constructor(
    view: View<Out, In>,
    order: (all: Selection<Out, In>) => Selection<Out, In>,
  ) {
    checkQueueView(view);
    this.view = view;
    this.#items = new Items(view, order(view.all()));
  }

  /**
   * Takes the next value. It waits for one, and for a cluster that cannot be reached, as long as it takes.
   *
   * An abort or a timeout takes nothing. The request that takes an item is not cut short. When an abort comes
   * meanwhile, the call still waits for the answer, five seconds at most. It resolves if it has taken the
   * item.
   *
   * @throws ItemDecodeError for a value that cannot be decoded: it was taken, and the error has its bytes
   * @throws TakeUnknownError when the answer was lost and nobody can say who took the item
   * @throws TimeoutError after `timeoutMs`; AbortError when `signal` aborts
   */
  async dequeue(options: QueueCallOptions = {}): Promise<Out> {
    const item = await this.#call(options, 'dequeue', (signal) => this.#items.takeNext(signal));
    return valueOfTaken(item);
  }

  /**
   * Takes the next value, or answers `undefined` when the queue is empty. `timeoutMs` is the client's by
   * default.
   *
   * @throws as `dequeue`
   */
  async tryDequeue(options: QueueCallOptions = {}): Promise<Out | undefined> {
    const item = await this.#call(
      options,
      'tryDequeue',
      (signal) => this.#items.takeNow(signal),
      this.view.timeoutMs,
    );
    return item === undefined ? undefined : valueOfTaken(item);
  }

  /** Counts the items. */
  async size(options: QueueCallOptions = {}): Promise<number> {
    checkQueueCall(options);
    return await asOperation('size', () => this.view.all().count(options));
  }

  async #call<Item extends KeyValue<Out> | undefined>(
    options: QueueCallOptions,
    what: string,
    work: (signal: AbortSignal) => Promise<Item>,
    defaultTimeoutMs = 0,
  ): Promise<Item> {
    checkQueueCall(options);
    const { signal, timeoutMs = defaultTimeoutMs } = options;
    using limits = limitsOf(clockOf(this.view), { signal, timeoutMs }, what);
    try {
      return await asOperation(what, () => work(limits.signal));
    } catch (error) {
      // A request that was cut short says so by itself; the caller wants to know by what.
      const ended = limits.signal.aborted && error instanceof AbortError;
      throw addCallerStack(ended ? limits.signal.reason : error);
    }
  }
}
