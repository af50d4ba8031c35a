import type { EventRun } from '../rpc/watch-message.js';

/** All events of one revision that concern a watcher, as they were received. */
export interface RawBatch {
  readonly revision: bigint;
  readonly runs: readonly EventRun[];
}

/** What runs of events without a record have for a revision. */
const NO_RECORD = 0n;

/**
 * Makes whole revisions of what a server sends to one watcher.
 *
 * A large response comes in fragments, and a fragment may end within a revision. The last revision of a
 * fragment is therefore held back until a later one, or the last fragment, shows that it is whole.
 */
export class RevisionMerger {
  #revision = 0n;
  #runs: EventRun[] | undefined;

  /** Whether a revision is held back. */
  get holding(): boolean {
    return this.#runs !== undefined;
  }

  /**
   * Takes the events of a response. Those without a record are left out.
   *
   * @param fragment whether more of the same response follows
   * @param from events below this revision were delivered before, and are dropped
   * @returns the revisions that are whole, in their order
   */
  add(runs: readonly EventRun[], fragment: boolean, from: bigint): RawBatch[] {
    const whole: RawBatch[] = [];
    for (const run of runs) {
      const { revision } = run;
      if (revision === NO_RECORD || revision < from) continue;
      if (revision === this.#revision && this.#runs !== undefined) {
        this.#runs.push(run);
      } else {
        this.#close(whole);
        this.#revision = revision;
        this.#runs = [run];
      }
    }
    if (!fragment) this.#close(whole);
    return whole;
  }

  /** Forgets what is held back: the stream broke, and all of that revision will come again. */
  clear(): void {
    this.#runs = undefined;
  }

  #close(whole: RawBatch[]): void {
    if (this.#runs !== undefined) whole.push({ revision: this.#revision, runs: this.#runs });
    this.#runs = undefined;
  }
}
