import { asOperation } from '../diagnostics/operation.js';
import type { View } from '../index.js';
import { clockOf } from '../internal/clock-of.js';
import { printable } from '../internal/printable.js';
import { checkQueueCall, type QueueCallOptions } from './call-options.js';
import { ItemQueue } from './item-queue.js';
import { uniqueName } from './unique-name.js';

const NANOSECONDS_OF_A_MILLISECOND = 1_000_000n;

/**
 * A queue in the store: first in, first out, as Go's `recipes.Queue`, whose programs it shares queues with.
 * A value is taken by exactly one consumer, and is gone with it: `WorkQueue` is for work that must be done
 * even if its worker dies.
 *
 * A single consumer gets the values in the order of their revisions. Of consumers that compete, one that has
 * lost a value to another may take one of the next few first.
 *
 * @example
 * const queue = new Queue(etcd.namespace('jobs/').as(codecs.json<Job>())); // Go's queue `jobs`
 * await queue.enqueue({ id: 1 });
 * const job = await queue.dequeue({ timeoutMs: 10_000 });
 */
export class Queue<Out, In = Out> extends ItemQueue<Out, In> {
  static {
    printable(Queue, 'Queue', ({ view }) => ({ view }));
  }

  /**
   * @param view the part of the store that is the queue: each record in it is an item. The namespace `jobs/`
   *   is Go's queue `jobs`.
   * @throws InvalidArgumentError for an argument that is not a view, and for the view of the whole store
   */
  constructor(view: View<Out, In>) {
    super(view, (all) => all.sortBy('modRevision'));
  }

  /**
   * Puts a value at the end of the queue.
   *
   * @param options `timeoutMs` is by default the client's
   * @throws EtcdError with an `outcome`: `unknown` means that the value may be in the queue, or was
   */
  async enqueue(value: In, options: QueueCallOptions = {}): Promise<void> {
    checkQueueCall(options);
    const clock = clockOf(this.view);
    // Go has the time in nanoseconds here, and never reads it. What follows it makes the name unique.
    const time = BigInt(Math.floor(clock.wallNow())) * NANOSECONDS_OF_A_MILLISECOND;
    const key = `${time}-${uniqueName(clock)}`;
    await asOperation('enqueue', () => this.view.create(key, value, options));
  }
}
