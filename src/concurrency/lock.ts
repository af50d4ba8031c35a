import type { Compare } from '../index.js';
import type { Claim } from './claim.js';
import type { LockState } from './lock-state.js';

/**
 * A lock that is held, until it is released or lost.
 *
 * Nobody can be sure from a distance to hold a lock: a process may be stopped for longer than its
 * session lasts. So what must never be done by two is guarded on the side where it happens: in etcd
 * itself by `ownership()`, elsewhere by `fencingToken`.
 */
export class Lock {
  readonly #claim: Claim;

  /** Locks are made by a `Mutex`. */
  constructor(claim: Claim) {
    this.#claim = claim;
  }

  /** The key that stands for the lock, in the client's namespace. */
  get key(): string {
    return this.#claim.key;
  }

  /** The revision that created the key: larger for each holder than for all before it. */
  get fencingToken(): bigint {
    return this.#claim.revision;
  }

  /**
   * Aborts as soon as the lock is not held any more or cannot be trusted to be: when it is released, when
   * its key was deleted by someone else, when the session is over, at the deadline of its lease at the
   * latest. The reason is an `EtcdError`.
   */
  get signal(): AbortSignal {
    return this.#claim.signal;
  }

  /** Where it stands: `held`, then `leaving`, then `over`. */
  get state(): LockState {
    return this.#claim.state;
  }

  /** A condition for a transaction, that holds as long as the lock is held. */
  ownership(): Compare {
    return this.#claim.ownership();
  }

  /**
   * Gives the lock back; resolves when its key is gone, however long the servers need. Releasing a lock
   * that is released or lost is harmless.
   *
   * @throws EtcdError when the servers refuse to delete the key
   */
  release(): Promise<void> {
    return this.#claim.release();
  }

  /** Releases it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.release();
  }
}
