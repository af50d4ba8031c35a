import { type Deferred, deferred } from '../internal/deferred.js';
import { onAbort } from '../internal/linked-signal.js';

/** Ends a turn, so that the next one begins. Must be called, or all others wait for ever. Twice is harmless. */
export type EndTurn = () => void;

interface Waiting<Holder> {
  readonly holder: Holder;
  readonly turn: Deferred<EndTurn>;
}

/**
 * A queue within the process: one turn at a time, in the order of the calls.
 *
 * Two locks of one name in one session share one key on the server, which cannot tell them apart. So
 * they take turns here.
 *
 * @typeParam Holder description of the one that has the turn, for those that wait
 */
export class LocalQueue<Holder> {
  readonly #waiting = new Set<Waiting<Holder>>();
  #holder: Holder | undefined;

  /** The one that has the turn now. */
  get holder(): Holder | undefined {
    return this.#holder;
  }

  /** Number of those that wait for the turn. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /**
   * Waits for the turn.
   *
   * @param holder shown as `holder` to others while the turn lasts
   * @param signal ends the wait, not the turn
   * @returns the function that ends the turn
   * @throws the reason of `signal` when it aborts before the turn
   */
  async take(holder: Holder, signal: AbortSignal): Promise<EndTurn> {
    signal.throwIfAborted();
    if (this.#holder === undefined) return this.#give(holder);
    const waiting: Waiting<Holder> = { holder, turn: deferred<EndTurn>() };
    this.#waiting.add(waiting);
    const stopListening = onAbort(signal, (reason) => {
      this.#waiting.delete(waiting);
      waiting.turn.reject(reason);
    });
    try {
      return await waiting.turn.promise;
    } finally {
      stopListening();
    }
  }

  #give(holder: Holder): EndTurn {
    this.#holder = holder;
    let over = false;
    return () => {
      if (over) return;
      over = true;
      this.#holder = undefined;
      const [next] = this.#waiting;
      if (next === undefined) return;
      this.#waiting.delete(next);
      next.turn.resolve(this.#give(next.holder));
    };
  }
}
