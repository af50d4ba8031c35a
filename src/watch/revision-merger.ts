import type { Event } from '../rpc/generated/types.js';
import type { EventRun } from '../rpc/watch-message.js';

/** The revision of runs of events that have no record. */
const NO_RECORD = 0;

/**
 * Makes whole revisions of what a server sends to one watcher.
 *
 * A large response comes in fragments, and a fragment may end within a revision. The last revision of a
 * fragment is therefore held back until a later one, or the last fragment, shows that it is whole.
 */
export class RevisionMerger {
  #held: EventRun | undefined;

  /** True if a revision is held back. */
  get holding(): boolean {
    return this.#held !== undefined;
  }

  /**
   * Takes the events of a response. Those without a record are left out.
   *
   * @param fragment whether more of the same response follows
   * @param from events below this revision were delivered before, and are dropped
   * @returns the revisions that are whole, in their order, each with all its events in one run
   */
  add(runs: readonly EventRun[], fragment: boolean, from: bigint): EventRun[] {
    // Comparing numbers is much cheaper than comparing them with a bigint.
    const first = from <= Number.MAX_SAFE_INTEGER ? Number(from) : from;
    const whole: EventRun[] = [];
    let held = this.#held;
    for (const run of runs) {
      const { revision } = run;
      // What cannot be understood must not get lost, whatever its revision.
      const known = run.unknownType === undefined;
      if (known && (revision === NO_RECORD || revision < first)) continue;
      if (held?.revision === revision) {
        held = JoinedRun.of(held, run);
      } else {
        if (held !== undefined) whole.push(held);
        held = run;
      }
    }
    if (!fragment && held !== undefined) {
      whole.push(held);
      held = undefined;
    }
    this.#held = held;
    return whole;
  }

  /** Forgets what is held back: the stream broke, and all of that revision will come again. */
  clear(): void {
    this.#held = undefined;
  }
}

/** Runs of one revision that did not come one after the other. */
class JoinedRun implements EventRun {
  readonly revision: number | bigint;
  readonly #runs: readonly EventRun[];

  constructor(revision: number | bigint, runs: readonly EventRun[]) {
    this.revision = revision;
    this.#runs = runs;
  }

  static of(before: EventRun, run: EventRun): JoinedRun {
    const runs = before instanceof JoinedRun ? before.#runs : [before];
    return new JoinedRun(run.revision, [...runs, run]);
  }

  get count(): number {
    return this.#runs.reduce((sum, { count }) => sum + count, 0);
  }

  get unknownType(): number | bigint | undefined {
    return this.#runs.find(({ unknownType }) => unknownType !== undefined)?.unknownType;
  }

  get size(): number {
    return this.#runs.reduce((sum, { size }) => sum + size, 0);
  }

  read(): readonly Event[] {
    return this.#runs.flatMap((run) => run.read());
  }
}
