import type { Clock } from '../internal/clock.js';
import { ConnectionFault } from './faults.js';
import { H2Code } from './protocol.js';

/** Frames without use that may come at once. */
const BURST = 1_000;
/** Such frames in a millisecond, for as long as the connection lives. */
const PER_MS = 1;
/** Such frames for each frame that is of use: servers ping with their answers to measure the link. */
const PER_USEFUL = 4;

/**
 * Counts the frames that cost a peer nothing and are of no use to a call: pings, settings, empty data and
 * the like. An honest peer sends some with each answer, and a few now and then.
 */
export class FloodGuard {
  readonly #clock: Clock;
  #left = BURST;
  #filledAt: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#filledAt = clock.now();
  }

  /** A frame that belongs to a call, either way. */
  useful(): void {
    this.#left = Math.min(BURST, this.#left + PER_USEFUL);
  }

  /**
   * A frame that does not.
   *
   * @throws ConnectionFault when there were too many
   */
  useless(what: string): void {
    if (this.#left < 1) this.#fill();
    if (this.#left < 1) {
      throw new ConnectionFault(
        H2Code.ENHANCE_YOUR_CALM,
        `too many useless frames, such as ${what}`,
      );
    }
    this.#left--;
  }

  #fill(): void {
    const now = this.#clock.now();
    this.#left = Math.min(BURST, (now - this.#filledAt) * PER_MS);
    this.#filledAt = now;
  }
}
