import { checkFunction, invalidArgument } from '../errors/index.js';
import { LinkedSignal } from '../internal/linked-signal.js';
import { type AcquireOptions, checkAcquireOptions } from './acquire-options.js';
import { Claim, type ClaimPlan } from './claim.js';
import { lockLost } from './failures.js';
import { Lock } from './lock.js';
import { checkResume, lockKey } from './lock-key.js';
import { type EntryTxn, entryTxn } from './queue-entry.js';
import type { Session } from './session.js';
import { SESSION } from './session-state.js';

/**
 * A lock that one contender at a time holds, among all processes and languages that use the same name:
 * it queues up with Go's `concurrency.Mutex` and with `etcdctl lock`. First come, first served, by the
 * revision of the key.
 *
 * All keys below `<name>/` are that queue; a key of your own in there would stand in everybody's way.
 *
 * A session can hold a name once: a second `acquire` in the same session waits for the first to be
 * released, whichever `Mutex` object it comes from. So a `withLock` inside a `withLock` of the same
 * name and session waits for ever, or until its `timeoutMs` or `signal`.
 *
 * @example
 * const mutex = new Mutex(session, 'my-lock');
 * await mutex.withLock(async (signal) => {
 *   await work(signal);
 * });
 */
export class Mutex {
  readonly #plan: ClaimPlan;
  readonly #entry: EntryTxn;

  /** @throws InvalidArgumentError for a name that is empty or no string */
  constructor(session: Session, name: string) {
    const state = session[SESSION];
    const { etcd, lease } = state;
    const key = lockKey(name, lease.id);
    this.#plan = { session: state, key, gone: lockLost };
    this.#entry = entryTxn(etcd, key, etcd.op.put(key.key, '', { lease: lease.id }));
  }

  /**
   * Waits until the lock is held.
   *
   * The wait ends with the session at the latest. An abort or a timeout is answered at once, and the
   * place in the queue is given up behind it, whatever becomes of the connection meanwhile.
   *
   * @throws SessionLostError when the session ends first; AbortError, TimeoutError
   * @throws EtcdError `LOCK_LOST` when someone else deleted the key that was waiting
   */
  async acquire(options: AcquireOptions = {}): Promise<Lock> {
    checkAcquireOptions(options);
    return new Lock(await Claim.acquire(this.#plan, this.#entry, options));
  }

  /** Takes the lock if it is free now; `undefined` when somebody has it, in this session too. */
  async tryAcquire(options: AcquireOptions = {}): Promise<Lock | undefined> {
    checkAcquireOptions(options);
    const claim = await Claim.tryAcquire(this.#plan, this.#entry, options);
    return claim && new Lock(claim);
  }

  /**
   * Does something while the lock is held, and answers what it answers. The lock is released however it
   * ends; an error of the work comes out as it is, even if the release fails too.
   *
   * @param work gets a signal that aborts when the lock can no longer be trusted, or when the signal of
   *   the options does
   * @param options `timeoutMs` is for the wait alone
   */
  async withLock<T>(
    work: (signal: AbortSignal, lock: Lock) => T | Promise<T>,
    options: AcquireOptions = {},
  ): Promise<T> {
    if (work === undefined) throw invalidArgument('work', work, 'a function');
    checkFunction('work', work);
    const lock = await this.acquire(options);
    const linked = new LinkedSignal({ signals: [lock.signal, options.signal] });
    let result: T;
    try {
      result = await work(linked.signal, lock);
    } catch (error) {
      // The error of the work says more than that of a release that fails too.
      await lock.release().catch(() => {});
      throw error;
    } finally {
      linked.dispose();
    }
    await lock.release();
    return result;
  }

  /**
   * Takes up a lock after a restart, in a session on the same lease: by the key and the fencing token
   * that the lock had. If others are before it in the queue, it waits.
   *
   * @throws InvalidArgumentError for a key that is not of this name and session, or that another handle
   *   of this session has in use
   * @throws EtcdError `LOCK_LOST` when the key is gone, or is another one
   */
  async resume(
    key: string,
    fencingToken: bigint | number,
    options: AcquireOptions = {},
  ): Promise<Lock> {
    checkAcquireOptions(options);
    const revision = checkResume(this.#plan.key, key, fencingToken);
    return new Lock(await Claim.resume(this.#plan, revision, options));
  }
}
