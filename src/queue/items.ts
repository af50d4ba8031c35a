import { ATTEMPT_TIMEOUT_MS, retryUntilAnswered } from '../concurrency/retry-until-answered.js';
import { CompactedError, clientClosed, DecodeError, ItemDecodeError } from '../errors/index.js';
import type { KeyValue, Selection, View } from '../index.js';
import { clockOf } from '../internal/clock-of.js';
import { take } from './take.js';

/** Items that are read at once by a consumer that has lost races to others, at most. */
const MOST_READ = 16;

/** Result of an attempt to take an item. */
interface TakeResult<Value> {
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
   * Takes the first item that nobody else takes. After a lost race it takes one of the first few, at random.
   * An abort counts between two requests only: a delete under way is waited for, and an item that it took is
   * returned.
   *
   * @returns `undefined` when there is none
   * @throws TakeUnknownError when nobody can say who took an item
   */
  async takeNow(signal: AbortSignal): Promise<KeyValue<Value> | undefined> {
    return (await this.#tryTake(signal)).taken;
  }

  /** Takes an item as `takeNow` does, and waits for one if there is none. Throws as that does. */
  async takeNext(signal: AbortSignal): Promise<KeyValue<Value>> {
    for (;;) {
      const item = (await this.takeNow(signal)) ?? (await this.#takeWhenPut(signal));
      if (item !== undefined) return item;
    }
  }

  /** Waits for an item, and takes it; `undefined` when one may have come unseen, behind a compaction. */
  async #takeWhenPut(signal: AbortSignal): Promise<KeyValue<Value> | undefined> {
    const watcher = this.#view.all().watch({ filter: 'put', signal });
    try {
      // It watches from now on, and then looks: what comes before the look is seen by it, what comes after
      // is told. A watch from the past could begin at a compacted revision.
      await watcher.ready;
      let result = await this.#tryTake(signal);
      if (result.taken !== undefined) return result.taken;
      for await (const { revision } of watcher.batches()) {
        if (revision <= result.revision) continue;
        result = await this.#tryTake(signal);
        if (result.taken !== undefined) return result.taken;
      }
    } catch (error) {
      if (!(error instanceof CompactedError)) throw error;
      return undefined;
    } finally {
      await watcher.cancel();
    }
    signal.throwIfAborted();
    // A watch that ends by itself, without having been cancelled, ends with its client.
    throw clientClosed({ outcome: 'not-sent' });
  }

  async #tryTake(signal: AbortSignal): Promise<TakeResult<Value>> {
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
