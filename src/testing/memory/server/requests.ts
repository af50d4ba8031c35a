import type { Clock, TimerHandle } from '../../../internal/clock.js';
import { refusals } from '../refusals.js';

/** Milliseconds that a request waits for a leader, or for its member to catch up; etcd's own. */
const REQUEST_TIMEOUT_MS = 7_000;

interface Waiting {
  readonly ready: () => boolean;
  readonly go: () => void;
  readonly timer: TimerHandle;
}

/** Requests that cannot be carried out yet. Each waits for so long as etcd lets it wait. */
export class Requests {
  readonly #clock: Clock;
  #waiting: Waiting[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Does something when it can be done: at once, or in a later `serve()`. Rejects after the time of a request. */
  when(
    ready: () => boolean,
    go: () => void,
    reject: (error: unknown) => void,
    late = refusals.timeout,
  ): void {
    if (ready()) {
      go();
      return;
    }
    const waiting: Waiting = {
      ready,
      go,
      timer: this.#clock.setTimeout(() => {
        this.#waiting = this.#waiting.filter((each) => each !== waiting);
        reject(late());
      }, REQUEST_TIMEOUT_MS),
    };
    this.#waiting.push(waiting);
  }

  /** Looks again at all that wait. */
  serve(): void {
    if (this.#waiting.length === 0) return;
    const ready = this.#waiting.filter((each) => each.ready());
    this.#waiting = this.#waiting.filter((each) => !ready.includes(each));
    for (const { timer, go } of ready) {
      timer.cancel();
      go();
    }
  }
}
