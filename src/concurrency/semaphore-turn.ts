import type { WatchBatch } from '../index.js';
import { type SemaphoreKeys, type SemaphoreState, slotOf } from './semaphore-state.js';

/**
 * Estimates, from the events after a read, how many more free slots there are than contenders before this
 * one. The estimate is an upper limit: an event does not tell who of the queue has left. So the contender
 * reads again only when it may have its turn, and not at each event.
 */
export class SemaphoreTurn {
  readonly #keys: SemaphoreKeys;
  readonly #permits: number;
  #revision: bigint;
  #atMost: number;

  /** @param state what the contender has read, with those before it */
  constructor(keys: SemaphoreKeys, { revision, permits = 0, free, waiting }: SemaphoreState) {
    this.#keys = keys;
    this.#permits = permits;
    this.#revision = revision;
    this.#atMost = free.length - waiting.length;
  }

  /** True when the contender has its turn, as it was when it read. */
  get hasCome(): boolean {
    return this.#atMost > 0;
  }

  /** Notes the events of a revision; returns true when the contender may have its turn. */
  mayHaveCome({ revision, events }: WatchBatch<unknown>): boolean {
    if (revision <= this.#revision) return false;
    this.#revision = revision;
    const { size, slots, queue } = this.#keys;
    for (const { type, key } of events) {
      if (key === size) this.#atMost = Number.POSITIVE_INFINITY;
      else if (key.startsWith(slots)) {
        // Those above the number are of the time before it was made smaller.
        if (slotOf(key, slots) < this.#permits) this.#atMost += type === 'delete' ? 1 : -1;
      } else if (key.startsWith(queue) && type === 'delete') this.#atMost += 1;
    }
    return this.hasCome;
  }
}
