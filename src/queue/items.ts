import { ATTEMPT_TIMEOUT_MS, retryUntilAnswered } from '../concurrency/retry-until-answered.js';
import { clientClosed, DecodeError, ItemDecodeError } from '../errors/index.js';
import type { KeyValue, Selection, View } from '../index.js';
import { clockOf } from '../internal/clock-of.js';
import { take } from './take.js';

/** Items that are read at once by a consumer that has lost races to others, at most. */
const MOST_READ = 16;

/** Result of a look at the queue. */
interface Look<Value> {
  /** The item that was taken. */
  readonly taken: KeyValue<Value> | undefined;
  /** The queue was empty at this revision, if nothing was taken. */
  readonly revision: bigint;
}

/** The items of a queue, in an order, as their consumers see them. */
export class Items<Value> {
  readonly #view: View<Value, never>;
  readonly #ordered: Selection<Value, never>;

  /** @param ordered all items, with the next one first */
  constructor(view: View<Value, never>, ordered: Selection<Value, never>) {
    this.#view = view;
    this.#ordered = ordered;
  }

  /**
   * Takes the first item that nobody else takes.
   *
   * @returns `undefined` when there is none
   */
  async takeNow(signal: AbortSignal): Promise<KeyValue<Value> | undefined> {
    return (await this.#look(signal)).taken;
  }

  /** Takes the first item, and waits for one if there is none. */
  async takeNext(signal: AbortSignal): Promise<KeyValue<Value>> {
    const there = await this.takeNow(signal);
    if (there !== undefined) return there;
    const watcher = this.#view.all().watch({ filter: 'put', signal });
    try {
      // It watches from now on, and then looks: what comes before the look is seen by it, what comes after
      // is told. A watch from the past could begin at a compacted revision.
      await watcher.ready;
      let look = await this.#look(signal);
      if (look.taken !== undefined) return look.taken;
      for await (const { revision } of watcher.batches()) {
        if (revision <= look.revision) continue;
        look = await this.#look(signal);
        if (look.taken !== undefined) return look.taken;
      }
    } finally {
      await watcher.cancel();
    }
    signal.throwIfAborted();
    // A watch that ends by itself, without having been cancelled, ends with its client.
    throw clientClosed({ outcome: 'not-sent' });
  }

  async #look(signal: AbortSignal): Promise<Look<Value>> {
    const clock = clockOf(this.#view);
    for (let lost = 0; ; lost++) {
      // Consumers that all want the first item would take turns. One that has lost looks further.
      const items = this.#ordered.limit(Math.min(MOST_READ, lost + 1));
      const { kvs, header } = await retryUntilAnswered(
        clock,
        () => items.all({ signal, timeoutMs: ATTEMPT_TIMEOUT_MS }),
        signal,
      );
      const item = kvs[Math.floor(clock.random() * kvs.length)];
      if (item === undefined) return { taken: undefined, revision: header.revision };
      if (await take(this.#view, item, signal)) return { taken: item, revision: header.revision };
    }
  }
}

/**
 * Returns the value of an item that was taken.
 *
 * @throws ItemDecodeError when it cannot be decoded
 */
export function valueOfTaken<Value>(item: KeyValue<Value>): Value {
  try {
    return item.value;
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    const { keyBytes, valueBytes } = item;
    throw new ItemDecodeError(`${error.message}; it was taken from the queue`, {
      keyBytes,
      valueBytes,
      cause: error.cause,
    });
  }
}
