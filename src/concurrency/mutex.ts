import { checkFunction, invalidArgument } from '../errors/index.js';
import { quiet } from '../internal/deferred.js';
import { delay } from '../internal/delay.js';
import { LinkedSignal } from '../internal/linked-signal.js';
import { printable } from '../internal/printable.js';
import { sharedController } from '../internal/shared-signal.js';
import {
  type AcquireOptions,
  checkWaitOptions,
  checkWithLockOptions,
  type WithLockOptions,
} from './acquire-options.js';
import { Claim } from './claim.js';
import type { ClaimContext, ClaimWords } from './claim-state.js';
import { describeKey, lockLost } from './failures.js';
import { Lock } from './lock.js';
import { checkResume, lockKey } from './lock-key.js';
import { type EntryTxn, entryTxn, tryEntryTxn } from './queue-entry.js';
import type { Session } from './session.js';
import type { Removal } from './session-key.js';
import { sessionState } from './session-state.js';

/**
 * Longest time in milliseconds that `withLock` waits for its release, so that a result which is there
 * reaches its caller.
 */
const RELEASE_TIMEOUT_MS = 5_000;

const WORDS: ClaimWords = {
  notReached: (name) => `the lock ${name} was not acquired`,
  describeHolder: (first) =>
    `${describeKey(first)} holds it since revision ${first.createRevision}`,
  oncePerSession: 'a lock is not reentrant',
  gone: lockLost,
};

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
  static {
    printable(Mutex, 'Mutex', (mutex) => {
      const { key, session } = mutex.#context;
      return { name: key.name, leaseId: session.lease.id };
    });
  }

  readonly #context: ClaimContext;
  readonly #entry: EntryTxn;
  readonly #tryEntry: EntryTxn;

  /** @throws InvalidArgumentError for a session that is none, and for a name that is empty or no string */
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
   * The wait ends with the session at the latest. An abort or a timeout is answered at once, and the
   * place in the queue is given up in the background, whatever becomes of the connection meanwhile. A
   * timeout says who holds the lock, or why no server has answered.
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
   * Does something while the lock is held, and answers what it answers. The lock is released however it
   * ends. That takes 5 s at most, or `timeoutMs` if it is shorter: then the key is deleted in the
   * background.
   *
   * An error of the work comes out as it is, even if the lock was lost or its release fails.
   *
   * @param work gets a signal that aborts when the lock can no longer be trusted, when the signal of the
   *   options aborts, and when the work has ended: work that goes on in the background must end then
   * @param options `timeoutMs` is for the wait, and limits that for the release; `onLost: 'ignore'`
   *   resolves with the result even if the lock was lost
   * @throws what the work throws
   * @throws EtcdError with the loss when the lock was lost before the work had ended
   */
  async withLock<T>(
    work: (signal: AbortSignal, lock: Lock) => T | Promise<T>,
    options: WithLockOptions = {},
  ): Promise<T> {
    if (work === undefined) throw invalidArgument('work', work, 'a function');
    checkFunction('work', work);
    checkWithLockOptions(options);
    const { onLost, ...wait } = options;
    const held = await Claim.acquire(this.#context, this.#entry, wait);
    const { claim } = held;
    using linked = new LinkedSignal({
      signals: [claim.signal, wait.signal],
      controller: sharedController(),
    });
    let result: T;
    try {
      result = await work(linked.signal, new Lock(held));
    } catch (error) {
      // The error of the work says more than that of a release that fails too.
      await releaseSoon(claim, wait).catch(() => {});
      throw error;
    }
    const loss = claim.loss;
    const givenBack = claim.signal.aborted;
    const removal = await releaseSoon(claim, wait);
    if (onLost === 'ignore') return result;
    if (loss !== undefined) throw loss;
    if (removal === 'absent' && !givenBack) throw lockLost(held.key);
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
    checkWaitOptions(options);
    const revision = checkResume(this.#context.key, key, fencingToken);
    return new Lock(await Claim.resume(this.#context, revision, options));
  }
}

/** Releases a claim; resolves with `unknown` when that takes too long, and it goes on in the background. */
async function releaseSoon(
  claim: Claim,
  { signal, timeoutMs = 0 }: AcquireOptions,
): Promise<Removal> {
  const limitMs = timeoutMs === 0 ? RELEASE_TIMEOUT_MS : Math.min(timeoutMs, RELEASE_TIMEOUT_MS);
  const released = quiet(claim.release());
  using enough = new LinkedSignal({ signals: [signal] });
  try {
    const late = delay(claim.clock, limitMs, enough.signal).catch(() => {});
    return await Promise.race([released, late.then((): Removal => 'unknown')]);
  } finally {
    enough.abort(undefined);
  }
}
