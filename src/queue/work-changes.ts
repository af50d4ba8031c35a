import type { View, Watcher } from '../index.js';
import { clockOf } from '../internal/clock-of.js';
import { type Deferred, deferred, quiet } from '../internal/deferred.js';
import { delay } from '../internal/delay.js';
import { unlessAborted } from '../internal/unless-aborted.js';
import { idOfClaim } from './work-store.js';

/**
 * The news of a work queue, for a worker that has nothing to do, and for one whose claim somebody deletes.
 * The watch begins now; the worker looks at everything earlier when the watch is there.
 */
export class WorkChanges {
  readonly #view: View<Uint8Array>;
  readonly #signal: AbortSignal;
  readonly #onClaimGone: (id: string, revision: bigint) => void;
  #watcher: Watcher<Uint8Array> | undefined;
  #revision = 0n;
  #changed: Deferred<void> = deferred();

  /** @param signal ends the watch */
  constructor(
    view: View<Uint8Array>,
    signal: AbortSignal,
    onClaimGone: (id: string, revision: bigint) => void,
  ) {
    this.#view = view;
    this.#signal = signal;
    this.#onClaimGone = onClaimGone;
  }

  /** Resolves when a server tells changes from now on; rejects when that is refused. */
  async ready(): Promise<void> {
    this.#watcher ??= this.#watch();
    await unlessAborted(quiet(this.#watcher.ready), this.#signal);
  }

  /** Resolves when there may be something to do that was not there at this revision, or at the latest after some time. */
  async after(revision: bigint, mostMs: number | undefined): Promise<void> {
    if (this.#revision > revision || this.#watcher === undefined) return;
    const over = new AbortController();
    const signal = AbortSignal.any([this.#signal, over.signal]);
    const waits = [unlessAborted(this.#changed.promise, signal)];
    if (mostMs !== undefined) waits.push(delay(clockOf(this.#view), mostMs, signal));
    try {
      await Promise.race(waits.map(quiet));
    } finally {
      over.abort();
    }
  }

  #watch(): Watcher<Uint8Array> {
    const watcher = this.#view.all().watch({ signal: this.#signal, onDecodeError: 'skip' });
    return watcher
      .on('put', ({ modRevision }, { key }) => {
        // A claim makes work for nobody.
        if (idOfClaim(key) === undefined) this.#tell(modRevision);
      })
      .on('delete', ({ key, revision }) => {
        const id = idOfClaim(key);
        if (id === undefined) return;
        this.#onClaimGone(id, revision);
        this.#tell(revision);
      })
      .on('error', () => {
        // Its start was compacted, or it was refused: another one says which.
        this.#watcher = undefined;
        this.#changed.resolve();
        this.#changed = deferred();
      });
  }

  #tell(revision: bigint): void {
    this.#revision = revision;
    this.#changed.resolve();
    this.#changed = deferred();
  }
}
