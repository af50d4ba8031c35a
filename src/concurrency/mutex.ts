import { printable } from '../internal/printable.js';
import { type AcquireOptions, checkWaitOptions, type WithLockOptions } from './acquire-options.js';
import { Claim } from './claim.js';
import type { ClaimContext, ClaimWords } from './claim-state.js';
import { describeKey, lockLost } from './failures.js';
import { Lock } from './lock.js';
import { checkResume, lockKey } from './lock-key.js';
import { type EntryTxn, entryTxn, tryEntryTxn } from './queue-entry.js';
import type { Session } from './session.js';
import { sessionState } from './session-state.js';
import { checkWork, waitOptions, workWhileHeld } from './work-while-held.js';

const WORDS: ClaimWords = {
  notReached: (name) => `the lock ${name} was not acquired`,
  describeHolder: (first) =>
    `${describeKey(first)} holds it since revision ${first.createRevision}`,
  oncePerSession: 'a lock is not reentrant',
  gone: lockLost,
};

/**
 * A lock that one contender at a time holds, among all processes that use the same name. Go's
 * `concurrency.Mutex` and `etcdctl lock` share its queue. First come, first served, by the revision of the
 * key.
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
  static {
    printable(Mutex, 'Mutex', (mutex) => {
      const { key, session } = mutex.#context;
      return { name: key.name, leaseId: session.lease.id };
    });
  }

  readonly #context: ClaimContext;
  readonly #entry: EntryTxn;
  readonly #tryEntry: EntryTxn;

  /** @throws InvalidArgumentError for an argument that is not a session, and for a name that is empty or not a string */
  constructor(session: Session, name: string) {
    const state = sessionState(session);
    const { etcd, lease } = state;
    const key = lockKey(name, lease.id);
    const put = etcd.op.put(key.key, '', { lease: lease.id });
    this.#context = { session: state, key, words: WORDS };
    this.#entry = entryTxn(etcd, key, put);
    this.#tryEntry = tryEntryTxn(etcd, key, put);
  }

  /**
   * Waits until the lock is held.
   *
   * The wait ends with the session at the latest. An abort or a timeout rejects at once. The place in the
   * queue is then given up in the background, even if the connection is lost meanwhile. A timeout says who
   * holds the lock, or why no server has answered.
   *
   * @throws SessionLostError when the session ends first; AbortError, TimeoutError
   * @throws EtcdError `LOCK_LOST` when someone else deleted the key that was waiting
   * @throws InvalidArgumentError when this session uses a name below this one: it would wait for itself
   * @throws KeyExistsError when an earlier session of an adopted lease has left its key: `resume` it
   */
  async acquire(options: AcquireOptions = {}): Promise<Lock> {
    checkWaitOptions(options);
    return new Lock(await Claim.acquire(this.#context, this.#entry, options));
  }

  /**
   * Takes the lock if it is free now; `undefined` when somebody has it, in this session too. One
   * transaction does it, and a lock that is not free costs no write.
   */
  async tryAcquire(options: AcquireOptions = {}): Promise<Lock | undefined> {
    checkWaitOptions(options);
    const held = await Claim.tryAcquire(this.#context, this.#tryEntry, options);
    return held && new Lock(held);
  }

  /**
   * Runs a function while the lock is held, and returns its result. The lock is released however the
   * function ends. The release takes 5 s at most, or `timeoutMs` if that is shorter. After that the key is
   * deleted in the background.
   *
   * An error of the function is thrown unchanged, even if the lock was lost or its release fails.
   *
   * @param work gets a signal. It aborts when the lock may be lost, when the signal of the options aborts,
   *   and when the work has ended. Anything that the work left in the background must end then
   * @param options `timeoutMs` is for the wait, and limits that for the release; `onLost: 'ignore'`
   *   resolves with the result even if the lock was lost
   * @throws what the work throws
   * @throws EtcdError with the loss when the lock was lost before the work had ended
   */
  async withLock<T>(
    work: (signal: AbortSignal, lock: Lock) => T | Promise<T>,
    options: WithLockOptions = {},
  ): Promise<T> {
    checkWork(work, options);
    const held = await Claim.acquire(this.#context, this.#entry, waitOptions(options));
    return await workWhileHeld(held, (signal) => work(signal, new Lock(held)), options, lockLost);
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
    checkWaitOptions(options);
    const revision = checkResume(this.#context.key, key, fencingToken);
    return new Lock(await Claim.resume(this.#context, revision, options));
  }
}
