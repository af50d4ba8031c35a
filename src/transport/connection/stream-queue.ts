import type { EtcdError } from '../../errors/index.js';
import type { Channel } from '../channel/channel.js';

/** Waiters that were served are left in the array until there are this many and they are half of it. */
const COMPACT_FROM = 1_024;

/** One stream that a call may open on this channel. */
export interface StreamPermit {
  readonly channel: Channel;
  /** The stream ended. Harmless twice. */
  release(): void;
}

/** A call that waits for a stream. */
export interface StreamWaiter {
  give(permit: StreamPermit): void;
  fail(error: EtcdError): void;
  /** The time at which the call fails by its deadline, on the clock's scale. */
  readonly deadline: number;
  /** The call was interrupted: it is passed over. */
  gone: boolean;
}

/** Calls that wait for a stream, in their order. Tens of thousands cost no more each than a few. */
export class StreamQueue {
  #waiters: StreamWaiter[] = [];
  #taken = 0;

  /** The number of those that wait, with some that were interrupted. */
  get size(): number {
    return this.#waiters.length - this.#taken;
  }

  /**
   * The one that has waited longest. One whose deadline has passed is left out. In a burst a stream may come
   * free before the timer of that deadline runs. A request that is sent then is of no use to anybody.
   */
  first(now: number): StreamWaiter | undefined {
    for (;;) {
      const first = this.#waiters[this.#taken];
      if (first === undefined || (!first.gone && first.deadline > now)) return first;
      this.takeFirst();
    }
  }

  add(waiter: StreamWaiter): void {
    this.#waiters.push(waiter);
  }

  takeFirst(): void {
    this.#taken++;
    const { length } = this.#waiters;
    const sparse = this.#taken >= COMPACT_FROM && this.#taken * 2 >= length;
    if (this.#taken < length && !sparse) return;
    this.#waiters = this.#waiters.slice(this.#taken);
    this.#taken = 0;
  }

  /** Removes all, and answers those that still wait. */
  clear(): readonly StreamWaiter[] {
    const waiters = this.#waiters.slice(this.#taken).filter(({ gone }) => !gone);
    this.#waiters = [];
    this.#taken = 0;
    return waiters;
  }
}
