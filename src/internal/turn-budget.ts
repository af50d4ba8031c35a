import { nextTurn } from './next-turn.js';

/**
 * Limits how much work of one kind is done in a turn of the event loop. The owner asks `some` before each
 * piece of work; without budget it waits for `onRenewed`. So answers and timers get their turn in a burst
 * of thousands.
 *
 * A budget that is hardly used costs nothing: the end of a turn is awaited only once half of it is gone.
 * Until then earlier use still counts. So a turn has at least half of the budget, and not always all of it.
 */
export class TurnBudget {
  readonly #most: number;
  readonly #onRenewed: () => void;
  #used = 0;
  #awaited = false;

  /**
   * @param most pieces of work in a turn
   * @param onRenewed called when the whole budget is there again
   */
  constructor(most: number, onRenewed: () => void) {
    this.#most = most;
    this.#onRenewed = onRenewed;
  }

  /** True if there is budget left in this turn. */
  get some(): boolean {
    return this.#used < this.#most;
  }

  /** Counts one piece of work. */
  use(): void {
    this.#used++;
    if (this.#awaited || this.#used * 2 < this.#most) return;
    this.#awaited = true;
    nextTurn(() => {
      this.#awaited = false;
      this.#used = 0;
      this.#onRenewed();
    });
  }
}
