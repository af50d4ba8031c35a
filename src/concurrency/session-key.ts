import type { EtcdClient } from '../client.js';
import { EtcdError } from '../errors/index.js';
import type { Header, KeyValue } from '../index.js';
import type { TimerHandle } from '../internal/clock.js';
import { clockOf } from '../internal/clock-of.js';
import { quiet } from '../internal/deferred.js';
import { keyLeftBehind } from './failures.js';
import { type EndTurn, LocalQueue } from './local-queue.js';
import type { LockKey } from './lock-key.js';
import { LostReplies } from './lost-replies.js';
import type { EntryTxn, QueuePosition } from './queue-entry.js';
import { ATTEMPT_TIMEOUT_MS, retryUntilAnswered } from './retry-until-answered.js';
import { disown, openSessions, own, ownerOf } from './shared-leases.js';
import type { Wait } from './wait.js';
import { waitUntilKeyMayBeGone } from './wait-for-event.js';

/** The owner of a key found under this session's name. A stray is a key of this session that nobody holds. */
export type KeyKind = 'ours' | 'stray' | 'foreign';

/** Result of a removal: `unknown` when a reply was lost, and the key may have been gone before. */
export type Removal = 'deleted' | 'absent' | 'unknown';

/** The part of the current turn that others of the session see. */
export interface TurnHolder {
  /** True when the name is given up, and the turn ends with the deletion of the key. */
  readonly leaving: boolean;
  /** Says what it does, for the message of those who wait. */
  describe(): string;
}

/** The part of a session that its key needs. */
export interface SessionKeyContext {
  readonly etcd: EtcdClient;
  readonly lease: { readonly id: bigint };
  /** Aborts when the session is over: the key goes with its lease. */
  readonly signal: AbortSignal;
  /** True when the lease was there before the session, and so may keys be. */
  readonly adopted: boolean;
  /** Latest header that a server has sent to this session. */
  lastHeader: Header | undefined;
  /** Revision of the store before the first use of an adopted lease: older keys were left on it. */
  adoptedAt: bigint | undefined;
  /** Is called when the key is not used any more for now. */
  finished(key: SessionKey): void;
}

/** Milliseconds after which a server has usually ended a request that its client has given up. */
const FIRST_SEARCH_MS = 7_000;
/** Milliseconds of the first attempt to delete a key: short, so that a server that hangs is left soon. */
const FIRST_REMOVAL_TIMEOUT_MS = 1_500;
/** Growth of the pause from one search to the next, and its upper limit in milliseconds. */
const SEARCH_GROWTH = 1.3;
const LONGEST_SEARCH_PAUSE_MS = 60_000;

const SEARCHING: TurnHolder = {
  leaving: true,
  describe: () => 'this session is looking for a key that a lost request may have left',
};

/**
 * The key of one name in one session. All locks of the name in this session share it. It keeps their local
 * queue, and what is known of the key on the server.
 *
 * A write whose reply was lost may be applied much later. So each such attempt is recorded. While one is
 * unresolved, the key is searched for. The first search comes after a pause, the next ones after longer
 * pauses, and one at each use of the name. A key that an attempt may have created and that nobody in this
 * process holds is deleted.
 */
export class SessionKey {
  readonly key: LockKey;
  readonly #context: SessionKeyContext;
  readonly #queue = new LocalQueue<TurnHolder>();
  readonly #lostReplies = new LostReplies();
  /** Revisions of keys that are to be deleted, until a server said that they are gone. */
  readonly #removing = new Set<bigint>();
  /** Revisions of keys that no other session of this process may take or delete. */
  readonly #owned = new Set<bigint>();
  #search: TimerHandle | undefined;
  #searchPauseMs = FIRST_SEARCH_MS;

  constructor(key: LockKey, context: SessionKeyContext) {
    this.key = key;
    this.#context = context;
  }

  /** True when there is nothing to remember. */
  get idle(): boolean {
    return this.#queue.holder === undefined && !this.#unresolved;
  }

  /** The one that has the turn of this name in this session. */
  get holder(): TurnHolder | undefined {
    return this.#queue.holder;
  }

  /** Waits for the turn of this name in this session. */
  takeTurn(holder: TurnHolder, signal: AbortSignal): Promise<EndTurn> {
    return this.#queue.take(holder, signal);
  }

  /** Takes the turn, unless another holds the name or waits for it. Waits for one that is leaving. */
  async tryTakeTurn(holder: TurnHolder, signal: AbortSignal): Promise<EndTurn | undefined> {
    const { holder: current, waiting } = this.#queue;
    const free = current === undefined || (current.leaving && waiting === 0);
    return free ? this.#queue.take(holder, signal) : undefined;
  }

  /** Notes what a server has told of the store. */
  answered(header: Header): void {
    if (header.revision > this.#latest) this.#context.lastHeader = header;
  }

  /**
   * Puts this session's key into the queue, and answers its position there; `undefined` when the entry
   * is only for an empty queue, and this one is not.
   *
   * One transaction does it. When its reply is lost, it is sent again, and then finds the key of the
   * first attempt. The attempt under way is never cut short.
   *
   * @param patient wait while another user of the same lease has the key
   * @throws KeyExistsError for a key that an earlier session of an adopted lease left behind
   */
  async enter(entry: EntryTxn, wait: Wait, patient: boolean): Promise<QueuePosition | undefined> {
    await this.#learnRevision(wait);
    let expected = false;
    let since = this.#latest;
    const attempt = () => {
      since = this.#latest;
      return entry.commit({ timeoutMs: ATTEMPT_TIMEOUT_MS });
    };
    const failed = (error: unknown): void => {
      if (error instanceof EtcdError && error.outcome !== 'unknown') return;
      this.#recordLostReply(since);
      expected = true;
    };
    for (;;) {
      const { succeeded, header, results } = await wait.attempt(attempt, failed);
      this.answered(header);
      const asOf = header.revision;
      if (succeeded) {
        const { kvs, count } = results[1];
        const others = kvs.filter(({ createRevision }) => createRevision !== asOf);
        const ahead = others[0];
        if (count === kvs.length) wait.blocker = others.at(-1);
        // Another session of the lease may have found the key first, and taken it for its own.
        if (!this.#own(asOf)) continue;
        return { revision: asOf, asOf, first: ahead === undefined, ahead, found: false };
      }
      const [found, { kvs }] = results;
      wait.blocker = kvs[0];
      if (found === undefined) {
        if (patient) continue;
        return undefined;
      }
      const revision = found.createRevision;
      switch (this.#classifyKey(revision, expected)) {
        case 'ours':
          this.#own(revision);
          this.#lostReplies.resolve();
          return { revision, asOf, first: isFirst(revision, kvs[0]), found: true };
        case 'stray':
          await this.#removeStray(revision);
          break;
        case 'foreign':
          if (!patient) return undefined;
          if (this.#isLeftBehind(revision)) throw keyLeftBehind(this.key, revision);
          await waitUntilKeyMayBeGone(this.#context.etcd, found, wait, { prefix: this.key.prefix });
      }
    }
  }

  /** Makes the key of this revision the one of this session. Another one may have had it. */
  takeOver(revision: bigint): void {
    this.#owned.add(revision);
    own(this.#ownedKey(revision), this);
  }

  /** True when this session has begun to delete the key of this revision. */
  isRemoving(revision: bigint): boolean {
    return this.#removing.has(revision);
  }

  /** Deletes the key of this revision and no other one; resolves when a server has answered. */
  async remove(revision: bigint): Promise<Removal> {
    const { etcd, signal } = this.#context;
    const { key } = this.key;
    const remove = etcd
      .txn()
      .if(etcd.compare(key).createRevision('==', revision))
      .then(etcd.op.delete(key));
    this.#removing.add(revision);
    let replyLost = false;
    // Only a delete that is sent once can tell that somebody else was faster, so the first attempt is.
    // Repeating is still harmless: no other key ever has this revision.
    const attempt = () =>
      remove.commit(
        replyLost
          ? { timeoutMs: ATTEMPT_TIMEOUT_MS, idempotent: true }
          : { timeoutMs: FIRST_REMOVAL_TIMEOUT_MS },
      );
    const { succeeded, header } = await retryUntilAnswered(
      clockOf(this.#context.etcd),
      attempt,
      signal,
      (error) => {
        replyLost ||= !(error instanceof EtcdError) || error.outcome === 'unknown';
      },
    );
    this.answered(header);
    this.#removing.delete(revision);
    this.#disown(revision);
    if (succeeded) return 'deleted';
    return replyLost ? 'unknown' : 'absent';
  }

  /** Deletes a key that was left behind, if there is one. To be called within a turn. */
  async sweep(): Promise<void> {
    if (!this.#unresolved) return;
    const found = await this.#read();
    for (const revision of this.#removing) {
      if (revision !== found?.createRevision) this.#removing.delete(revision);
    }
    if (found !== undefined && this.#classifyKey(found.createRevision, false) === 'stray') {
      await this.#removeStray(found.createRevision);
    }
  }

  /** Searches for the key after a pause, as long as an attempt or a removal is unresolved. */
  searchLater(): void {
    if (!this.#unresolved || this.#search !== undefined) return;
    this.#search = clockOf(this.#context.etcd).setTimeout(() => {
      this.#search = undefined;
      this.#searchPauseMs = Math.min(this.#searchPauseMs * SEARCH_GROWTH, LONGEST_SEARCH_PAUSE_MS);
      // When it is refused, the next one or the next use of the name tries again.
      void quiet(this.#searchNow());
    }, this.#searchPauseMs);
    this.#search.unref();
  }

  /** Leaves the key to a later session, which may be one of this process. */
  abandon(): void {
    for (const revision of [...this.#owned]) this.#disown(revision);
  }

  /** Ends what the key would still do by itself. */
  dispose(): void {
    this.#search?.cancel();
    this.abandon();
  }

  get #latest(): bigint {
    return this.#context.lastHeader?.revision ?? 0n;
  }

  get #unresolved(): boolean {
    return this.#lostReplies.unresolved || this.#removing.size > 0;
  }

  #recordLostReply(since: bigint): void {
    this.#lostReplies.record(since);
    this.#search?.cancel();
    this.#search = undefined;
    this.#searchPauseMs = FIRST_SEARCH_MS;
  }

  /**
   * Tells whose key it is that this session's name has, by the revision that created it.
   *
   * @param expected an attempt of the one who asks is unresolved
   */
  #classifyKey(revision: bigint, expected: boolean): KeyKind {
    if (this.#removing.has(revision)) return 'stray';
    const owner = ownerOf(this.#ownedKey(revision));
    if (owner !== undefined && owner !== this) return 'foreign';
    if (!this.#lostReplies.mayHaveCreated(revision)) return 'foreign';
    return expected ? 'ours' : 'stray';
  }

  async #removeStray(revision: bigint): Promise<void> {
    const known = this.#removing.has(revision);
    this.#own(revision);
    const removal = await this.remove(revision);
    // A key that was gone already may have been another session's, which deleted it meanwhile.
    if (!known && removal === 'deleted') this.#lostReplies.resolve();
  }

  /** Learns a revision before the first attempt on an adopted lease: older keys are from no attempt. */
  async #learnRevision(wait: Wait): Promise<void> {
    const context = this.#context;
    if (!context.adopted || context.adoptedAt !== undefined) return;
    await wait.attempt(() => this.#readOnce());
    context.adoptedAt ??= this.#latest;
  }

  /** Tells if a key was there before the session adopted its lease, and no other one here can have it. */
  #isLeftBehind(revision: bigint): boolean {
    const { adoptedAt, lease } = this.#context;
    return adoptedAt !== undefined && revision <= adoptedAt && openSessions(lease.id) === 1;
  }

  /** Becomes the owner of a key, unless another session of this process is; tells if it is the owner. */
  #own(revision: bigint): boolean {
    const owner = ownerOf(this.#ownedKey(revision));
    if (owner !== undefined && owner !== this) return false;
    this.takeOver(revision);
    return true;
  }

  #disown(revision: bigint): void {
    this.#owned.delete(revision);
    disown(this.#ownedKey(revision), this);
  }

  #ownedKey(revision: bigint) {
    const { lease, lastHeader } = this.#context;
    return { clusterId: lastHeader?.clusterId ?? 0n, leaseId: lease.id, revision };
  }

  #read(): Promise<KeyValue | undefined> {
    const { etcd, signal } = this.#context;
    return retryUntilAnswered(clockOf(etcd), () => this.#readOnce(), signal);
  }

  async #readOnce(): Promise<KeyValue | undefined> {
    const own = this.#context.etcd.range(this.key.key);
    const { kvs, header } = await own.all({ timeoutMs: ATTEMPT_TIMEOUT_MS });
    this.answered(header);
    return kvs[0];
  }

  async #searchNow(): Promise<void> {
    const endTurn = await this.#queue.take(SEARCHING, this.#context.signal);
    try {
      await this.sweep();
    } finally {
      endTurn();
      this.#context.finished(this);
    }
  }
}

/** Returns whether a key has nothing before it in a queue, by the first key of the queue. */
function isFirst(revision: bigint, first: KeyValue | undefined): boolean {
  return first === undefined || first.createRevision >= revision;
}
