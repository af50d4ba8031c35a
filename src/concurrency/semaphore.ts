import { asOperation } from '../diagnostics/operation.js';
import {
  addCallerStack,
  checkCallOptions,
  checkKnownOptions,
  checkPositiveInteger,
  EtcdError,
  invalidArgument,
  withDetails,
} from '../errors/index.js';
import type { CallOptions, Compare, WatchBatch } from '../index.js';
import { clockOf } from '../internal/clock-of.js';
import { quiet } from '../internal/deferred.js';
import { LinkedSignal } from '../internal/linked-signal.js';
import { printable } from '../internal/printable.js';
import { type AcquireOptions, checkWaitOptions, type WithLockOptions } from './acquire-options.js';
import { Claim, type HeldClaim } from './claim.js';
import type { ClaimContext, ClaimWords } from './claim-state.js';
import { describeKey, lockLost } from './failures.js';
import { checkName, uniqueEnding } from './lock-key.js';
import { Permit } from './permit.js';
import { entryTxn, tryEntryTxn } from './queue-entry.js';
import { ATTEMPT_TIMEOUT_MS } from './retry-until-answered.js';
import {
  type SemaphoreKeys,
  type SemaphoreState,
  semaphoreKeys,
  semaphoreRead,
} from './semaphore-state.js';
import { SemaphoreTurn } from './semaphore-turn.js';
import type { Session } from './session.js';
import { type SessionState, sessionState } from './session-state.js';
import { Wait } from './wait.js';
import { waitForEvent, waitUntilKeyMayBeGone } from './wait-for-event.js';
import { checkWork, waitOptions, workWhileHeld } from './work-while-held.js';

const WORDS: ClaimWords = {
  type: 'semaphore',
  notReached: (name) => `no permit of the semaphore ${name} was acquired`,
  describeHolder: (first) =>
    `all permits are taken, the first by ${describeKey(first)} since revision ${first.createRevision}`,
  oncePerSession: 'every permit has a key of its own',
  gone: lockLost,
};
const QUEUE_WORDS: ClaimWords = { ...WORDS, type: 'semaphore-queue' };

interface HeldSlot {
  readonly held: HeldClaim;
  readonly slot: number;
}

/**
 * A lock that several hold at once, up to a number of permits. Each permit has a slot: a small number
 * that nobody else has meanwhile, which is good for ids of workers. First come, first served.
 *
 * The number of permits is kept in the store with the semaphore. The first use of a name stores it; a
 * later handle must be made with the number that is stored. `resize` changes it for all.
 *
 * A session may hold any number of permits. All keys below `<name>/` belong to the semaphore.
 *
 * @example
 * const downloads = new Semaphore(session, 'downloads', 4);
 * await downloads.withPermit(async (signal, { slot }) => download(slot, signal));
 */
export class Semaphore {
  static {
    printable(Semaphore, 'Semaphore', (semaphore) => ({
      name: semaphore.#name,
      permits: semaphore.#permits,
      leaseId: semaphore.#session.lease.id,
    }));
  }

  readonly #session: SessionState;
  readonly #name: string;
  readonly #keys: SemaphoreKeys;
  /** The number of permits, as far as this handle knows. */
  #permits: number;
  /** The number was compared with the stored one: from then on the stored one counts. */
  #checked = false;

  /**
   * @param permits the number of those that may hold it at once
   * @throws InvalidArgumentError for an argument that is not a session, an empty name, and a number below 1
   */
  constructor(session: Session, name: string, permits: number) {
    this.#session = sessionState(session);
    checkName(name, 'a semaphore');
    checkPositiveInteger('permits', permits);
    this.#name = name;
    this.#permits = permits;
    this.#keys = semaphoreKeys(name);
  }

  /**
   * Waits until a permit is free and those that came before have theirs, and takes it.
   *
   * The wait ends with the session at the latest. An abort or a timeout is answered at once, and the
   * place in the queue is given up in the background. A timeout says who holds a permit, or why no
   * server has answered.
   *
   * @throws SessionLostError when the session ends first; AbortError, TimeoutError
   * @throws InvalidArgumentError when the semaphore has another number of permits in the store
   * @throws EtcdError `LOCK_LOST` when someone else deleted the key that was waiting
   */
  async acquire(options: AcquireOptions = {}): Promise<Permit> {
    checkWaitOptions(options);
    const { held, slot } = await this.#acquire(options);
    return new Permit(held, slot);
  }

  /** Takes a permit if one is free and nobody waits; `undefined` otherwise, and then nothing was written. */
  async tryAcquire(options: AcquireOptions = {}): Promise<Permit | undefined> {
    checkWaitOptions(options);
    const taken = await this.#limited('tryAcquire', options, (wait) => this.#takeFree(wait));
    return taken && new Permit(taken.held, taken.slot);
  }

  /**
   * Does something while a permit is held, and answers what it answers: see `Mutex.withLock`.
   *
   * @throws what the work throws
   * @throws EtcdError with the loss when the permit was lost before the work had ended
   */
  async withPermit<T>(
    work: (signal: AbortSignal, permit: Permit) => T | Promise<T>,
    options: WithLockOptions = {},
  ): Promise<T> {
    checkWork(work, options);
    const { held, slot } = await this.#acquire(waitOptions(options));
    const permit = new Permit(held, slot);
    return await workWhileHeld(held, (signal) => work(signal, permit), options, lockLost);
  }

  /**
   * Changes the number of permits for all. A larger number lets those go on that wait. A smaller one takes
   * nothing away: permits above it last until they are released.
   *
   * @throws InvalidArgumentError for a number below 1
   * @throws EtcdError as `put` does
   */
  async resize(permits: number, options: CallOptions = {}): Promise<void> {
    checkPositiveInteger('permits', permits);
    checkKnownOptions('options', options, { signal: true, timeoutMs: true, metadata: true });
    checkCallOptions(options);
    this.#session.assertOpen();
    const { etcd } = this.#session;
    const call = { ...options, idempotent: true };
    await asOperation('resize', () => etcd.put(this.#keys.size, String(permits), call));
    this.#permits = permits;
    this.#checked = true;
  }

  #acquire(options: AcquireOptions): Promise<HeldSlot> {
    return this.#limited(
      'acquire',
      options,
      async (wait) => (await this.#takeFree(wait)) ?? (await this.#queueUp(wait)),
    );
  }

  /** Takes a slot that is free, if nobody waits. */
  async #takeFree(wait: Wait): Promise<HeldSlot | undefined> {
    const { etcd } = this.#session;
    const noQueue = etcd.compare(etcd.prefix(this.#keys.queue)).missing();
    for (;;) {
      const { waiting, free, sameSize } = await this.#read(wait);
      const [slot] = free;
      if (waiting.length > 0 || slot === undefined) return undefined;
      const found = await this.#take(slot, wait, sameSize(), noQueue);
      if (found !== undefined) return found;
    }
  }

  /**
   * Waits in the queue. A contender may take a slot as soon as there are more free slots than contenders
   * before it. So all free slots are taken at once, and nobody overtakes.
   */
  async #queueUp(wait: Wait): Promise<HeldSlot> {
    const { etcd, lease } = this.#session;
    const { queue: prefix } = this.#keys;
    const key = { name: this.#name, prefix, key: prefix + uniqueEnding(lease.id, clockOf(etcd)) };
    const entry = entryTxn(etcd, key, etcd.op.put(key.key, '', { lease: lease.id }));
    const context: ClaimContext = {
      session: this.#session,
      key,
      words: QUEUE_WORDS,
      waitForTurn: async ({ position }) => position.asOf,
    };
    wait.hasWritten = true;
    const { claim, revision } = await Claim.acquire(context, entry, { signal: wait.signal });
    using turn = new LinkedSignal({ signals: [wait.signal, claim.signal] });
    try {
      for (;;) {
        // Whoever has lost its place finds free slots for ever, and can take none of them.
        turn.signal.throwIfAborted();
        const { free, waiting, sameSize } = await this.#untilFree(revision, wait, turn.signal);
        const slot = free[waiting.length] as number;
        const found = await this.#take(slot, wait, sameSize(), claim.ownership(revision));
        if (found !== undefined) return found;
      }
    } finally {
      void quiet(claim.release());
    }
  }

  /** Takes a slot, if it is free and the other conditions hold. */
  async #take(
    slot: number,
    wait: Wait,
    ...conditions: readonly Compare[]
  ): Promise<HeldSlot | undefined> {
    const { etcd, lease } = this.#session;
    const prefix = `${this.#keys.slots}${slot}/`;
    const key = { name: this.#name, prefix, key: prefix + uniqueEnding(lease.id, clockOf(etcd)) };
    const put = etcd.op.put(key.key, '', { lease: lease.id });
    const entry = tryEntryTxn(etcd, key, put, ...conditions);
    const context = { session: this.#session, key, words: WORDS };
    wait.hasWritten = true;
    const held = await Claim.tryAcquire(context, entry, { signal: wait.signal });
    return held && { held, slot };
  }

  /**
   * Waits until more slots are free than others wait before the contender of this revision.
   *
   * @param signal aborts when the wait is over, and when the contender has lost its place
   */
  async #untilFree(revision: bigint, wait: Wait, signal: AbortSignal): Promise<SemaphoreState> {
    const { etcd } = this.#session;
    const { failed } = wait;
    const all = etcd.prefix(`${this.#name}/`);
    let state = await this.#read(wait, revision);
    let turn = new SemaphoreTurn(this.#keys, state);
    const look = async (): Promise<boolean> => {
      state = await this.#read(wait, revision);
      turn = new SemaphoreTurn(this.#keys, state);
      return turn.hasCome || this.#isFar(state);
    };
    const endsIt = async (batch: WatchBatch<unknown>): Promise<boolean> => {
      const { blocker } = wait;
      if (batch.events.some(({ type, key }) => type === 'delete' && key === blocker?.key)) {
        wait.blocker = undefined;
      }
      return turn.mayHaveCome(batch) && (await look());
    };
    while (!turn.hasCome) {
      signal.throwIfAborted();
      const ahead = state.waiting.at(-1);
      if (ahead !== undefined && this.#isFar(state)) {
        // Nothing that gets free is for it before that one has left the queue.
        await waitUntilKeyMayBeGone(etcd, ahead, wait, { prefix: this.#keys.slots, signal });
        await look();
        continue;
      }
      const result = await waitForEvent(all, { signal, endsIt, failed }, look);
      if (result === 'compacted') await look();
    }
    return state;
  }

  /** Returns true for a contender with so many before it that no slot can be for it yet. */
  #isFar({ waiting, permits = this.#permits }: SemaphoreState): boolean {
    return waiting.length >= permits;
  }

  /** Reads the semaphore. The first use of its name stores the number of permits. */
  async #read(wait: Wait, before?: bigint): Promise<SemaphoreState> {
    const { etcd } = this.#session;
    const { size } = this.#keys;
    const options = { timeoutMs: ATTEMPT_TIMEOUT_MS, signal: wait.signal };
    for (;;) {
      // Another call of this handle may change it meanwhile.
      const permits = this.#permits;
      const read = semaphoreRead(etcd, this.#keys, before, permits);
      const state = await wait.attempt(() => read(options));
      if (state.permits !== undefined) {
        const same = state.permits === permits;
        this.#check(state.permits);
        wait.blocker = state.free.length === 0 ? state.oldest : undefined;
        // Of another number it has read too many contenders, or too few.
        if (!same) continue;
        return state;
      }
      const store = etcd
        .txn()
        .if(etcd.compare(size).missing())
        .then(etcd.op.put(size, String(this.#permits)));
      wait.hasWritten = true;
      // Sent again it finds the number, and writes nothing.
      await wait.attempt(() => store.commit({ ...options, idempotent: true }));
    }
  }

  #check(stored: number): void {
    if (!this.#checked && stored !== this.#permits) {
      throw invalidArgument(
        'permits',
        this.#permits,
        `the semaphore ${this.#name} has ${stored} permits in the store: make the handle with ${stored}, or change the number for all with resize(${this.#permits})`,
      );
    }
    this.#checked = true;
    this.#permits = stored;
  }

  /** Does the work of a wait, and rejects with the reason of its end when it is over. */
  async #limited<T>(
    operation: string,
    options: AcquireOptions,
    work: (wait: Wait) => Promise<T>,
  ): Promise<T> {
    const session = this.#session;
    session.assertOpen();
    using wait = new Wait(
      {
        name: this.#name,
        clock: clockOf(session.etcd),
        what: WORDS.notReached(this.#name),
        sessionSignal: session.signal,
        outcome: (hasWritten) => (hasWritten ? 'unknown' : 'not-sent'),
        localReason: () => undefined,
        describeHolder: WORDS.describeHolder,
        ask: (timeoutMs) => session.etcd.get(this.#keys.size, { timeoutMs }),
      },
      options,
    );
    try {
      return await asOperation(operation, () => work(wait));
    } catch (error) {
      throw addCallerStack(wait.signal.aborted ? wait.signal.reason : outcomeOf(error, wait));
    }
  }
}

/** Returns an error with the outcome of the whole: a read leaves nothing open. */
function outcomeOf(error: unknown, { hasWritten }: Wait): unknown {
  const nothingSent = error instanceof EtcdError && error.outcome === 'unknown' && !hasWritten;
  return nothingSent ? withDetails(error, { outcome: 'not-sent' }) : error;
}
