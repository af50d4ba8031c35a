import type { Clock, TimerHandle } from '../internal/clock.js';

/** Interval of progress requests, so that quiet watchers keep ahead of compactions. */
const PROGRESS_INTERVAL_MS = 60_000;

/** Asks for progress now and then, as long as a stream is open. It keeps no process alive. */
export class ProgressTimer {
  readonly #clock: Clock;
  readonly #ask: () => void;
  #timer: TimerHandle | undefined;

  constructor(clock: Clock, ask: () => void) {
    this.#clock = clock;
    this.#ask = ask;
  }

  /** Begins the interval anew. */
  start(): void {
    this.stop();
    this.#timer = this.#clock.setTimeout(() => {
      this.#ask();
      this.start();
    }, PROGRESS_INTERVAL_MS);
    this.#timer.unref();
  }

  stop(): void {
    this.#timer?.cancel();
  }
}
