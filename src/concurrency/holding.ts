import type { Compare } from '../index.js';
import { checkWaitOptions, type ReleaseOptions } from './acquire-options.js';
import type { Claim, HeldClaim } from './claim.js';
import { waitTimedOut } from './failures.js';
import type { LockState } from './lock-state.js';
import { waitWithin } from './wait.js';

/**
 * The common part of a lock and a leadership: a key in etcd that stands for them, until it is given back or
 * lost. Code that works for both takes this type.
 *
 * Nobody can be sure from a distance to hold something: a process may be stopped for longer than its
 * session lasts. So what must never be done by two is guarded on the side where it happens: in etcd
 * itself by `ownership()`, elsewhere by `fencingToken`.
 */
export abstract class Holding {
  readonly #claim: Claim;
  /** Key that stands for it, in the client's namespace. */
  readonly key: string;
  /** Revision that created the key: larger for each holder than for all before it. */
  readonly fencingToken: bigint;

  /** Called by `Mutex` and `Election`. */
  protected constructor({ claim, key, revision }: HeldClaim) {
    this.#claim = claim;
    this.key = key;
    this.fencingToken = revision;
  }

  /**
   * Aborts as soon as it is no longer held, or may no longer be held. That is when it is released, when
   * somebody else deletes its key, or when the session ends. The latest moment is the deadline of the
   * session's lease. The reason is an `EtcdError`. It may have any number of listeners.
   */
  get signal(): AbortSignal {
    return this.#claim.signal;
  }

  /** State of it: `held`, then `leaving`, then `over`. */
  get state(): LockState {
    return this.#claim.state;
  }

  /** Makes a condition for a transaction, which is true as long as this is held. */
  ownership(): Compare {
    return this.#claim.ownership(this.fencingToken);
  }

  /**
   * Gives it back; resolves when its key is gone. `signal` aborts at once. Without `timeoutMs` it waits
   * as long as the servers need, until the session ends at the latest. After a failure it can be
   * called again. Harmless when it is given back or lost already.
   *
   * @throws TimeoutError, AbortError when the wait ends first: the key is deleted in the background
   * @throws EtcdError when the servers refuse to delete the key
   */
  async release(options: ReleaseOptions = {}): Promise<void> {
    checkWaitOptions(options);
    const tooLate = () =>
      waitTimedOut(
        `the key ${this.key} was not deleted within ${options.timeoutMs} ms; the client goes on deleting it in the background`,
        'unknown',
        undefined,
      );
    const { clock } = this.#claim;
    const released = this.#claim.release();
    await waitWithin(clock, released, `the deletion of ${this.key}`, options, tooLate);
  }

  /** Gives it back. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.release();
  }
}
