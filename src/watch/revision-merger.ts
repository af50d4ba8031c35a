import type { Event } from '../rpc/generated/types.js';

/** An event as it was received; those without a record are left out before. */
export type RawEvent = Event & { readonly kv: NonNullable<Event['kv']> };

/** All events of one revision that concern a watcher. */
export interface RawBatch {
  readonly revision: bigint;
  readonly events: readonly RawEvent[];
}

/**
 * Makes whole revisions of what a server sends to one watcher.
 *
 * A large response comes in fragments, and a fragment may end within a revision. The last revision of a
 * fragment is therefore held back until a later one, or the last fragment, shows that it is whole.
 */
export class RevisionMerger {
  #revision = 0n;
  #events: RawEvent[] = [];

  /** Whether a revision is held back. */
  get holding(): boolean {
    return this.#events.length > 0;
  }

  /**
   * Takes the events of a response.
   *
   * @param fragment whether more of the same response follows
   * @param from events below this revision were delivered before, and are dropped
   * @returns the revisions that are whole, in their order
   */
  add(events: readonly Event[], fragment: boolean, from: bigint): RawBatch[] {
    const whole: RawBatch[] = [];
    for (const event of events) {
      if (!hasRecord(event)) continue;
      const revision = event.kv.modRevision;
      if (revision < from) continue;
      if (revision !== this.#revision) {
        this.#close(whole);
        this.#revision = revision;
      }
      this.#events.push(event);
    }
    if (!fragment) this.#close(whole);
    return whole;
  }

  /** Forgets what is held back: the stream broke, and all of that revision will come again. */
  clear(): void {
    this.#events = [];
  }

  #close(whole: RawBatch[]): void {
    if (this.#events.length > 0) whole.push({ revision: this.#revision, events: this.#events });
    this.#events = [];
  }
}

function hasRecord(event: Event): event is RawEvent {
  return event.kv !== undefined;
}
