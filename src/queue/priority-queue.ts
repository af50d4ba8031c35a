import { asOperation } from '../diagnostics/operation.js';
import { invalidArgument, withCallerStack } from '../errors/index.js';
import type { CallOptions, KeyValue, View } from '../index.js';
import { clockOf } from '../internal/clock-of.js';
import { printable } from '../internal/printable.js';
import { checkQueueCall, type QueueCallOptions, readAndWrite } from './call-options.js';
import { ItemQueue } from './item-queue.js';
import { uniqueName } from './unique-name.js';

const MAX_PRIORITY = 65_535;
const PRIORITY_DIGITS = 5;
const NUMBER_DIGITS = 16;

/**
 * A queue in the store whose values have priorities: a smaller number comes first, and of equal ones the
 * value that was put in first. It is Go's `recipes.PriorityQueue`, whose programs it shares queues with. In
 * all else it is as `Queue`.
 *
 * @example
 * const ranked = new PriorityQueue(etcd.namespace('prio/')); // Go's priority queue `prio`
 * await ranked.enqueue('soon', 1);
 * await ranked.enqueue('at once', 0);
 * console.log(await ranked.dequeue()); // at once
 */
export class PriorityQueue<Out, In = Out> extends ItemQueue<Out, In> {
  static {
    printable(PriorityQueue, 'PriorityQueue', ({ view }) => ({ view }));
  }

  /**
   * @param view the part of the store that is the queue: each record in it is an item. The namespace `prio/`
   *   is Go's priority queue `prio`.
   * @throws InvalidArgumentError for an argument that is not a view, and for the view of the whole store
   */
  constructor(view: View<Out, In>) {
    super(view, (all) => all);
  }

  /**
   * Puts a value behind all of its priority.
   *
   * @param priority a whole number from 0, which comes first, to 65535
   * @param options `timeoutMs` is by default the client's
   * @throws InvalidArgumentError for a number that is not a priority, and for a value that the codec refuses
   * @throws EtcdError with an `outcome`: `unknown` means that the value may be in the queue, or was
   */
  async enqueue(value: In, priority: number, options: QueueCallOptions = {}): Promise<void> {
    if (!Number.isInteger(priority) || priority < 0 || priority > MAX_PRIORITY) {
      throw invalidArgument('priority', priority, `a whole number from 0 to ${MAX_PRIORITY}`);
    }
    checkQueueCall(options);
    const prefix = `${String(priority).padStart(PRIORITY_DIGITS, '0')}/`;
    // Refuses a wrong value before anything is sent.
    this.view.op.put(prefix, value);
    const { signal, timeoutMs = this.view.timeoutMs } = options;
    const clock = clockOf(this.view);
    const last = this.view.prefix(prefix).sortBy('key', 'desc');
    const steps = {
      what: 'enqueue',
      read: (call: CallOptions) => last.first(call),
      write: (kv: KeyValue<Out> | undefined, call: CallOptions) => {
        const number = kv === undefined ? 0n : numberOf(kv.key.slice(prefix.length)) + 1n;
        // Others may choose this number at the same time: the name is still unique. Go reads the
        // digits at its beginning alone, and counts on from them.
        const digits = String(number).padStart(NUMBER_DIGITS, '0');
        return this.view.create(`${prefix}${digits}-${uniqueName(clock)}`, value, call);
      },
    };
    await withCallerStack(
      asOperation('enqueue', () => readAndWrite(clock, { signal, timeoutMs }, steps)),
    );
  }
}

/** The number that a name begins with; 0 for the name of a stranger. */
function numberOf(name: string): bigint {
  return BigInt(/^\d+/.exec(name)?.[0] ?? '0');
}
