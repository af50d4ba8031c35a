import { nextTurn } from './next-turn.js';

/**
 * Limits how much of one kind is done before the event loop goes on. Work that finds no budget waits for
 * the next turn, so that a burst of thousands lets answers and timers have theirs.
 *
 * A budget that is hardly used costs nothing: the end of a turn is awaited only once half of it is gone.
 */
export class TurnBudget {
  readonly #most: number;
  readonly #onRenewed: () => void;
  #used = 0;
  #awaited = false;

  /**
   * @param most is how much may be done in a turn
   * @param onRenewed is called after each turn that used half of it or more
   */
  constructor(most: number, onRenewed: () => void) {
    this.#most = most;
    this.#onRenewed = onRenewed;
  }

  /** Tells if there is something left in this turn. */
  get some(): boolean {
    return this.#used < this.#most;
  }

  /** Uses one. */
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
