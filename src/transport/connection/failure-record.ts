import { type BackoffShape, backoffDelay } from '../../internal/backoff.js';
import type { Clock } from '../../internal/clock.js';

/** Pauses between attempts to reach an endpoint; the first attempt after a failure comes at once. */
const BACKOFF: BackoffShape = { initialMs: 50, maxMs: 2_000 };

/** A server that was ready for this long starts again with a clean record. */
const FORGIVEN_AFTER_MS = 5_000;

/** Failures of an endpoint since a call last succeeded: they set the pause before the next attempt. */
export class FailureRecord {
  #failures = 0;

  /** Adds a failure. */
  add(): void {
    this.#failures++;
  }

  /** The server answered: its record is clean again. */
  clear(): void {
    this.#failures = 0;
  }

  /** Forgives what came before a connection that lasted for long. */
  forgive(readyForMs: number): void {
    if (readyForMs > FORGIVEN_AFTER_MS) this.clear();
  }

  /** Returns the milliseconds until the next attempt. */
  pauseMs(clock: Clock): number {
    return this.#failures === 0 ? 0 : backoffDelay(this.#failures - 1, BACKOFF, clock);
  }
}
