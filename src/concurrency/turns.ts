import { type Deferred, deferred } from '../internal/deferred.js';
import { onAbort } from '../internal/linked-signal.js';

/** Ends a turn: the next in line has theirs. Harmless when done twice. */
export type EndTurn = () => void;

/**
 * A queue within the process: one at a time, in the order they came.
 *
 * Two locks of one name in one session share one key on the server, which cannot tell them apart; so
 * they take turns here.
 */
export class Turns {
  readonly #waiting = new Set<Deferred<EndTurn>>();
  #taken = false;

  /** Someone has the turn. */
  get taken(): boolean {
    return this.#taken;
  }

  /** How many wait for it. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** Waits for the turn; rejects with the signal's reason when that comes first. */
  async take(signal: AbortSignal): Promise<EndTurn> {
    signal.throwIfAborted();
    if (!this.#taken) return this.#give();
    const turn = deferred<EndTurn>();
    this.#waiting.add(turn);
    const stopListening = onAbort(signal, (reason) => {
      this.#waiting.delete(turn);
      turn.reject(reason);
    });
    try {
      return await turn.promise;
    } finally {
      stopListening();
    }
  }

  #give(): EndTurn {
    this.#taken = true;
    let over = false;
    return () => {
      if (over) return;
      over = true;
      this.#taken = false;
      const [next] = this.#waiting;
      if (next === undefined) return;
      this.#waiting.delete(next);
      next.resolve(this.#give());
    };
  }
}
