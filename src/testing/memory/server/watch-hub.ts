import type { Commit } from '../store/mvcc-store.js';

/** Told of every commit that a member applies. */
export interface CommitListener {
  committed(commit: Commit): void;
}

/** Tells the watch streams of a member of its commits. */
export class WatchHub {
  readonly #listeners = new Set<CommitListener>();

  add(listener: CommitListener): void {
    this.#listeners.add(listener);
  }

  remove(listener: CommitListener): void {
    this.#listeners.delete(listener);
  }

  committed(commit: Commit): void {
    for (const listener of this.#listeners) listener.committed(commit);
  }
}
