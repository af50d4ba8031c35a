import type { Clock } from './clock.js';

/** Longest pause after a lost round, in rounds. */
const LONGEST_PAUSE_ROUNDS = 16;

/** Part of its time after which an update lets nobody pass any more. */
const PATIENT_SHARE = 3 / 4;

/** Milliseconds after which an update without a deadline lets nobody pass any more. */
const PATIENCE_MS = 3_750;

/**
 * Decides when an update, or a transaction of `stm`, that lost against another writer tries again.
 *
 * One writer can win in each round trip, however many there are. A loser that tries again at once has the
 * place after those that lost before it. A loser that pauses loses its place, and spares the server a
 * request. So one conflict costs no pause. After that updates pause for a random time, measured in rounds: a
 * busy server makes rounds longer, and so pauses, too. Older updates pause for less, and in the last quarter
 * of their time they do not pause at all. Then they win before all younger ones.
 */
export class Contention {
  readonly #clock: Clock;
  readonly #patientUntil: number;
  #conflicts = 0;

  /** @param timeoutMs the deadline of the update; 0 for none */
  constructor(clock: Clock, timeoutMs: number) {
    this.#clock = clock;
    const patienceMs = timeoutMs === 0 ? PATIENCE_MS : timeoutMs * PATIENT_SHARE;
    this.#patientUntil = clock.now() + patienceMs;
  }

  /** The number of lost rounds. */
  get conflicts(): number {
    return this.#conflicts;
  }

  /** True when the next conflict will cost no pause. */
  get triesAgainAtOnce(): boolean {
    return this.#conflicts === 0 || this.#clock.now() >= this.#patientUntil;
  }

  /** Counts a conflict. */
  lost(): void {
    this.#conflicts += 1;
  }

  /**
   * Returns how many milliseconds to pause before the value is read again.
   *
   * @param roundMs how long the lost round took, from the value it began with to the conflict
   */
  pauseMs(roundMs: number): number {
    const patienceLeftMs = Math.max(0, this.#patientUntil - this.#clock.now());
    return this.#clock.random() * Math.min(LONGEST_PAUSE_ROUNDS * roundMs, patienceLeftMs);
  }
}
