import type { EtcdClient } from '../client.js';
import { clockOf } from '../internal/clock-of.js';
import { printable } from '../internal/printable.js';
import { type AcquireOptions, checkWaitOptions, type WithLockOptions } from './acquire-options.js';
import { Claim, type HeldClaim } from './claim.js';
import type { ClaimContext, ClaimWords } from './claim-state.js';
import { describeKey, lockLost } from './failures.js';
import { Lock } from './lock.js';
import { checkName, type LockKey, uniqueEnding } from './lock-key.js';
import { type EntryTxn, entryTxn, tryEntryTxn } from './queue-entry.js';
import type { Session } from './session.js';
import { type SessionState, sessionState } from './session-state.js';
import { checkWork, waitOptions, workWhileHeld } from './work-while-held.js';

/** One of the two ways to hold a read-write mutex. */
type Mode = 'read' | 'write';

const WORDS: Readonly<Record<Mode, ClaimWords>> = {
  read: wordsOf('read'),
  write: wordsOf('write'),
};

/**
 * A lock that any number of readers hold together, or one writer alone, among all processes that use the same
 * name. The `RWMutex` of Go's recipes shares its queue.
 *
 * The lock is fair: a reader waits for the writers before it, a writer for everybody before it. So a
 * writer that waits lets no later reader pass.
 *
 * Each lock has a key of its own, so a session may hold any number of read locks. Locks of one session wait
 * for each other as those of several sessions do. So a reader cannot become a writer: a write lock waits for
 * the read locks before it, those of its own session too.
 *
 * All keys below `<name>/` belong to it; keep your own out of there.
 *
 * @example
 * const document = new ReadWriteMutex(session, 'document');
 * const text = await document.withReadLock((signal) => read(signal));
 * await document.withWriteLock((signal) => write(text, signal));
 */
export class ReadWriteMutex {
  static {
    printable(ReadWriteMutex, 'ReadWriteMutex', (mutex) => ({
      name: mutex.#name,
      leaseId: mutex.#session.lease.id,
    }));
  }

  readonly #session: SessionState;
  readonly #name: string;

  /** @throws InvalidArgumentError for an argument that is not a session, and for a name that is empty or not a string */
  constructor(session: Session, name: string) {
    this.#session = sessionState(session);
    checkName(name, 'a read-write mutex');
    this.#name = name;
  }

  /**
   * Waits until no writer is before it, and holds the lock together with the other readers.
   *
   * The wait ends with the session at the latest. An abort or a timeout is answered at once, and the
   * place in the queue is given up in the background. A timeout says who is before it, or why no server
   * has answered.
   *
   * @throws SessionLostError when the session ends first; AbortError, TimeoutError
   * @throws EtcdError `LOCK_LOST` when someone else deleted the key that was waiting
   */
  async acquireRead(options: AcquireOptions = {}): Promise<Lock> {
    checkWaitOptions(options);
    return new Lock(await this.#acquire('read', options));
  }

  /** Waits until nobody is before it, and holds the lock alone. Throws as `acquireRead` does. */
  async acquireWrite(options: AcquireOptions = {}): Promise<Lock> {
    checkWaitOptions(options);
    return new Lock(await this.#acquire('write', options));
  }

  /** Takes a read lock if no writer holds the lock or waits for it; `undefined`, without a write, otherwise. */
  async tryAcquireRead(options: AcquireOptions = {}): Promise<Lock | undefined> {
    return this.#tryAcquire('read', options);
  }

  /** Takes the write lock if nobody holds the lock or waits for it; `undefined`, without a write, otherwise. */
  async tryAcquireWrite(options: AcquireOptions = {}): Promise<Lock | undefined> {
    return this.#tryAcquire('write', options);
  }

  /**
   * Does something while a read lock is held, and answers what it answers: see `Mutex.withLock`.
   *
   * @throws what the work throws
   * @throws EtcdError with the loss when the lock was lost before the work had ended
   */
  async withReadLock<T>(
    work: (signal: AbortSignal, lock: Lock) => T | Promise<T>,
    options: WithLockOptions = {},
  ): Promise<T> {
    return this.#with('read', work, options);
  }

  /** Does something while the write lock is held. Throws as `withReadLock` does. */
  async withWriteLock<T>(
    work: (signal: AbortSignal, lock: Lock) => T | Promise<T>,
    options: WithLockOptions = {},
  ): Promise<T> {
    return this.#with('write', work, options);
  }

  async #with<T>(
    mode: Mode,
    work: (signal: AbortSignal, lock: Lock) => T | Promise<T>,
    options: WithLockOptions,
  ): Promise<T> {
    checkWork(work, options);
    const held = await this.#acquire(mode, waitOptions(options));
    return await workWhileHeld(held, (signal) => work(signal, new Lock(held)), options, lockLost);
  }

  #acquire(mode: Mode, options: AcquireOptions): Promise<HeldClaim> {
    const { context, entry } = this.#claim(mode, entryTxn);
    return Claim.acquire(context, entry, options);
  }

  async #tryAcquire(mode: Mode, options: AcquireOptions): Promise<Lock | undefined> {
    checkWaitOptions(options);
    const { context, entry } = this.#claim(mode, tryEntryTxn);
    const held = await Claim.tryAcquire(context, entry, options);
    return held && new Lock(held);
  }

  #claim(
    mode: Mode,
    enter: (etcd: EtcdClient, key: LockKey, put: ReturnType<EtcdClient['op']['put']>) => EntryTxn,
  ): { readonly context: ClaimContext; readonly entry: EntryTxn } {
    const { etcd, lease } = this.#session;
    const name = this.#name;
    const key = {
      name,
      // Readers wait for writers alone.
      prefix: mode === 'read' ? `${name}/write/` : `${name}/`,
      key: `${name}/${mode}/${uniqueEnding(lease.id, clockOf(etcd))}`,
    };
    const put = etcd.op.put(key.key, '', { lease: lease.id });
    const context = { session: this.#session, key, words: WORDS[mode] };
    return { context, entry: enter(etcd, key, put) };
  }
}

function wordsOf(mode: Mode): ClaimWords {
  return {
    type: `${mode}-lock`,
    notReached: (name) => `the ${mode} lock ${name} was not acquired`,
    describeHolder: (first) =>
      `${describeKey(first)} is before it since revision ${first.createRevision}`,
    oncePerSession: 'every lock has a key of its own',
    gone: lockLost,
  };
}
