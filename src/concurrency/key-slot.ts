import type { EtcdClient } from '../client.js';
import type { KeyValue } from '../index.js';
import { systemClock, type TimerHandle } from '../internal/clock.js';
import { quiet } from '../internal/deferred.js';
import type { LockKey } from './lock-key.js';
import { ATTEMPT_TIMEOUT_MS, retryUntilAnswered } from './retry-until-answered.js';
import { type EndTurn, Turns } from './turns.js';

/** What a key that was found in this session's place is to this session. */
export type Finding = 'ours' | 'stray' | 'foreign';

/** How long a server may go on with a request after its client has given up. */
const SERVER_TIMEOUT_MS = 7_000;

/** What a slot needs of its session. */
export interface SlotOwner {
  readonly etcd: EtcdClient;
  /** Aborts when the session is over: what is left goes with its lease. */
  readonly signal: AbortSignal;
  /** Others may use the same lease, and have keys of the same names. */
  readonly adopted: boolean;
  /** The latest revision of the store that an answer to this session told; 0 at first. */
  seen: bigint;
  /** A slot has nothing more to do for now. */
  finished(slot: KeySlot): void;
}

/**
 * One name in one session: whose turn it is here, and what is known of the one key that all its locks
 * share on the server.
 *
 * A write whose reply was lost may be applied much later. So the slot remembers how many attempts are
 * open, and since which revision: a key that was created after that and that nobody here holds is a
 * stray. It looks for strays some time after the loss, and at each later use of the name.
 */
export class KeySlot {
  readonly key: LockKey;
  readonly #owner: SlotOwner;
  readonly #turns = new Turns();
  /** Revisions of keys that are to go, until a server said that they are gone. */
  readonly #leaving = new Set<bigint>();
  /** How many attempts to create the key may still be applied. */
  #openAttempts = 0;
  /** Older keys are not from any of those attempts. */
  #openSince = 0n;
  #look: TimerHandle | undefined;
  /** The turn is taken only to look for strays. */
  #looking = false;

  constructor(key: LockKey, owner: SlotOwner) {
    this.key = key;
    this.#owner = owner;
  }

  /** There is nothing to remember: the slot may be forgotten. */
  get idle(): boolean {
    return !this.#turns.taken && this.#openAttempts === 0 && this.#leaving.size === 0;
  }

  /** Waits for the turn of this name in this session. */
  takeTurn(signal: AbortSignal): Promise<EndTurn> {
    return this.#turns.take(signal);
  }

  /** The turn if nobody has it nor waits for it; looking for strays does not count, and is waited for. */
  async tryTakeTurn(signal: AbortSignal): Promise<EndTurn | undefined> {
    const free = !this.#turns.taken || (this.#looking && this.#turns.waiting === 0);
    return free ? this.#turns.take(signal) : undefined;
  }

  /** Notes what an answer told of the store. */
  answered(header: { readonly revision: bigint }): void {
    if (header.revision > this.#owner.seen) this.#owner.seen = header.revision;
  }

  /**
   * Learns a revision before the first attempt, where it matters: a key of another user of the lease that
   * is older than our attempts must not be taken for ours when a reply is lost.
   */
  async orient(stop: AbortSignal): Promise<void> {
    if (this.#owner.adopted && this.#owner.seen === 0n) await this.#read(stop);
  }

  /** The latest revision that is known now: what an attempt creates comes after it. */
  get seen(): bigint {
    return this.#owner.seen;
  }

  /**
   * Notes an attempt to create the key that may be applied any time.
   *
   * @param since what was `seen` before it was sent
   */
  leftOpen(since: bigint): void {
    if (this.#openAttempts === 0 || since < this.#openSince) this.#openSince = since;
    this.#openAttempts += 1;
  }

  /**
   * What a key in our place is, by the revision that created it.
   *
   * @param expected an attempt of the one who asks is still open
   */
  judge(createRevision: bigint, expected: boolean): Finding {
    if (this.#leaving.has(createRevision)) return 'stray';
    if (this.#openAttempts === 0 || createRevision <= this.#openSince) return 'foreign';
    return expected ? 'ours' : 'stray';
  }

  /** Notes that one of the open attempts is found out about: it created the key that was found. */
  accountedFor(): void {
    this.#openAttempts -= 1;
  }

  /** This session has already begun to delete the key that was created at this revision. */
  isLeaving(revision: bigint): boolean {
    return this.#leaving.has(revision);
  }

  /** Deletes the key of this revision and no other one; resolves when a server has answered. */
  async remove(revision: bigint): Promise<void> {
    const { etcd, signal } = this.#owner;
    const { key } = this.key;
    const remove = etcd
      .txn()
      .if(etcd.compare(key).createRevision('==', revision))
      .then(etcd.op.delete(key));
    this.#leaving.add(revision);
    // Doing it twice does no harm: no other key ever has this revision.
    const options = { timeoutMs: ATTEMPT_TIMEOUT_MS, idempotent: true };
    this.answered((await retryUntilAnswered(() => remove.commit(options), signal)).header);
    this.#leaving.delete(revision);
  }

  /** Deletes a key that was left behind, if there may be one. To be called within a turn. */
  async sweep(): Promise<void> {
    if (this.#openAttempts === 0 && this.#leaving.size === 0) return;
    const [found] = await this.#read(this.#owner.signal);
    if (found !== undefined && this.judge(found.createRevision, false) === 'stray') {
      await this.removeStray(found.createRevision);
    }
  }

  /** Deletes a stray. */
  async removeStray(revision: bigint): Promise<void> {
    const known = this.#leaving.has(revision);
    await this.remove(revision);
    if (!known) this.accountedFor();
  }

  /** Looks for strays once the servers must have finished what they were sent, as far as one can tell. */
  lookLater(): void {
    if (this.#openAttempts === 0 || this.#look !== undefined) return;
    this.#look = systemClock.setTimeout(() => {
      this.#look = undefined;
      // When it is refused, the next use of the name sees the key again, and has someone to tell.
      void quiet(this.#lookNow());
    }, SERVER_TIMEOUT_MS);
    this.#look.unref();
  }

  /** Ends what the slot would still do by itself. */
  dispose(): void {
    this.#look?.cancel();
  }

  /** Reads the key of this session: one record, or none. */
  async #read(stop: AbortSignal): Promise<readonly KeyValue[]> {
    const own = this.#owner.etcd.range(this.key.key);
    const read = await retryUntilAnswered(() => own.all({ timeoutMs: ATTEMPT_TIMEOUT_MS }), stop);
    this.answered(read.header);
    return read.kvs;
  }

  async #lookNow(): Promise<void> {
    const endTurn = await this.#turns.take(this.#owner.signal);
    this.#looking = true;
    try {
      await this.sweep();
    } finally {
      this.#looking = false;
      endTurn();
      if (this.idle) this.#owner.finished(this);
    }
  }
}
