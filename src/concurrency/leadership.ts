import type { AnyOp, CallOptions, Compare, Header, Txn } from '../index.js';
import type { Claim } from './claim.js';
import { notLeader } from './failures.js';
import type { LockState } from './lock-state.js';

/** How a leader announces something. */
export interface Announcement<In> {
  txn(): Txn;
  /** Puts a proposal under the leader's key. */
  put(proposal: In): AnyOp;
}

/**
 * The lead of an election, until it is resigned or lost.
 *
 * @typeParam In what proposals are
 */
export class Leadership<In = string> {
  readonly #claim: Claim;
  readonly #announcement: Announcement<In>;

  /** Leaderships are made by an `Election`. */
  constructor(claim: Claim, announcement: Announcement<In>) {
    this.#claim = claim;
    this.#announcement = announcement;
  }

  /** The key that stands for the lead, in the client's namespace. */
  get key(): string {
    return this.#claim.key;
  }

  /** The revision that created the key: larger for each leader than for all before it. */
  get fencingToken(): bigint {
    return this.#claim.revision;
  }

  /**
   * Aborts as soon as the lead is lost or cannot be trusted any more, or is resigned; at the deadline of
   * the session's lease at the latest. The reason is an `EtcdError`.
   */
  get signal(): AbortSignal {
    return this.#claim.signal;
  }

  /** Where it stands: `held`, then `leaving`, then `over`. */
  get state(): LockState {
    return this.#claim.state;
  }

  /** A condition for a transaction, that holds as long as this candidate leads. */
  ownership(): Compare {
    return this.#claim.ownership();
  }

  /**
   * Announces something new, as the leader: `observe` and `leader` tell it.
   *
   * @throws NotLeaderError when this candidate does not lead any more; nothing was announced then
   * @throws EtcdError with outcome `unknown` when it may have been announced
   */
  async proclaim(proposal: In, options?: CallOptions): Promise<Header> {
    // The lease may outlive our trust in it, so that the server would still say yes.
    if (this.signal.aborted) throw notLeader(this.key);
    const { succeeded, header } = await this.#announcement
      .txn()
      .if(this.ownership())
      .then(this.#announcement.put(proposal))
      .commit(options);
    if (!succeeded) throw notLeader(this.key);
    return header;
  }

  /** Gives the lead up; resolves when the key is gone. Harmless when done twice, or when it is lost. */
  resign(): Promise<void> {
    return this.#claim.release();
  }

  /** Resigns. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.resign();
  }
}
