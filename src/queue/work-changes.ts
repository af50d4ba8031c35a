import { CompactedError } from '../errors/index.js';
import type { View, Watcher } from '../index.js';
import { clockOf } from '../internal/clock-of.js';
import { type Deferred, deferred, quiet } from '../internal/deferred.js';
import { delay } from '../internal/delay.js';
import { unlessAborted } from '../internal/unless-aborted.js';
import { idOfClaim } from './work-store.js';

/** The queue to watch, and the listeners to its news. */
export interface WorkChangesContext {
  readonly view: View<Uint8Array>;
  /** Ends the watch. */
  readonly signal: AbortSignal;
  /** The claim of this job was deleted at this revision. */
  claimGone(id: string, revision: bigint): void;
  /** A compaction took events that nobody has seen: a claim may be gone. */
  missed(): void;
}

/**
 * The news of a work queue, for a worker that has nothing to do, and for one whose claim somebody deletes.
 * The watch begins now; the worker looks at everything earlier when the watch is there.
 */
export class WorkChanges {
  readonly #context: WorkChangesContext;
  #watcher: Watcher<Uint8Array> | undefined;
  #revision = 0n;
  #changed: Deferred<void> = deferred();

  constructor(context: WorkChangesContext) {
    this.#context = context;
  }

  /** Resolves when a server tells changes from now on; rejects when that is refused. */
  async ready(): Promise<void> {
    this.#watcher ??= this.#watch();
    await unlessAborted(quiet(this.#watcher.ready), this.#context.signal);
  }

  /** Resolves when there may be something to do that was not there at this revision, or at the latest after some time. */
  async after(revision: bigint, mostMs: number | undefined): Promise<void> {
    if (this.#revision > revision || this.#watcher === undefined) return;
    const over = new AbortController();
    const { view } = this.#context;
    const signal = AbortSignal.any([this.#context.signal, over.signal]);
    const waits = [unlessAborted(this.#changed.promise, signal)];
    if (mostMs !== undefined) waits.push(delay(clockOf(view), mostMs, signal));
    try {
      await Promise.race(waits.map(quiet));
    } finally {
      over.abort();
    }
  }

  #watch(): Watcher<Uint8Array> {
    const { view, signal } = this.#context;
    const watcher = view.all().watch({ signal, onDecodeError: 'skip' });
    return watcher
      .on('put', ({ modRevision }, { key }) => {
        // A claim makes work for nobody.
        if (idOfClaim(key) === undefined) this.#tell(modRevision);
      })
      .on('delete', ({ key, revision }) => {
        const id = idOfClaim(key);
        if (id === undefined) return;
        this.#context.claimGone(id, revision);
        this.#tell(revision);
      })
      .on('error', (error) => {
        // Of a watch that was refused, the next one says so.
        this.#watcher = undefined;
        this.#changed.resolve();
        this.#changed = deferred();
        // A watch that is refused would be refused again at once: the loop hears of it with its next job.
        if (error instanceof CompactedError) this.#context.missed();
      });
  }

  #tell(revision: bigint): void {
    this.#revision = revision;
    this.#changed.resolve();
    this.#changed = deferred();
  }
}
