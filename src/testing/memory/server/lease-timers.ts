import type { Clock, TimerHandle } from '../../../internal/clock.js';
import type { LeaseState } from '../state/lessor.js';

const MS_PER_SECOND = 1_000;

interface Armed {
  readonly ttlMs: number;
  expiresAt: number;
  timer: TimerHandle;
}

/** The times at which leases run out, as the leader knows them. */
export class LeaseTimers {
  readonly #clock: Clock;
  readonly #expire: (id: bigint) => void;
  readonly #armed = new Map<bigint, Armed>();

  constructor(clock: Clock, expire: (id: bigint) => void) {
    this.#clock = clock;
    this.#expire = expire;
  }

  /** Lets a lease run out after its time to live, and some more. */
  arm({ id, ttlSeconds }: LeaseState, moreMs = 0): void {
    const ttlMs = Number(ttlSeconds) * MS_PER_SECOND;
    this.#set(id, ttlMs, ttlMs + moreMs);
  }

  disarm(id: bigint): void {
    this.#armed.get(id)?.timer.cancel();
    this.#armed.delete(id);
  }

  /** Lets go of all leases: another member leads. */
  clear(): void {
    for (const { timer } of this.#armed.values()) timer.cancel();
    this.#armed.clear();
  }

  /** Gives a lease its whole time again. */
  renew(id: bigint): void {
    const armed = this.#armed.get(id);
    if (armed !== undefined) this.#set(id, armed.ttlMs, armed.ttlMs);
  }

  /** Whole seconds until a lease runs out; 0 for one that is not known. */
  remainingSeconds(id: bigint): number {
    const armed = this.#armed.get(id);
    if (armed === undefined) return 0;
    return Math.floor((armed.expiresAt - this.#clock.now()) / MS_PER_SECOND);
  }

  #set(id: bigint, ttlMs: number, waitMs: number): void {
    this.disarm(id);
    const timer = this.#clock.setTimeout(() => this.#expire(id), waitMs);
    timer.unref();
    this.#armed.set(id, { ttlMs, expiresAt: this.#clock.now() + waitMs, timer });
  }
}
