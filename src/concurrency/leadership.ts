import { asOperation } from '../diagnostics/operation.js';
import type { AnyOp, CallOptions, Header, Txn } from '../index.js';
import { printable } from '../internal/printable.js';
import type { ReleaseOptions } from './acquire-options.js';
import type { HeldClaim } from './claim.js';
import { notLeader } from './failures.js';
import { Holding } from './holding.js';

/** The part of an election that a leadership needs to announce something. */
export interface LeadershipContext<In> {
  txn(): Txn;
  /** Puts a proposal under the leader's key. */
  put(proposal: In): AnyOp;
}

/**
 * The lead of an election, until it is resigned or lost.
 *
 * @typeParam In what proposals are
 */
export class Leadership<in In = string> extends Holding {
  readonly #context: LeadershipContext<In>;

  /** Leaderships are made by an `Election`. */
  constructor(held: HeldClaim, context: LeadershipContext<In>) {
    super(held);
    this.#context = context;
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
    const txn = this.#context.txn().if(this.ownership()).then(this.#context.put(proposal));
    const { succeeded, header } = await asOperation('proclaim', () => txn.commit(options));
    if (!succeeded) throw notLeader(this.key);
    return header;
  }

  /** Gives the lead up: another name for `release`. */
  resign(options?: ReleaseOptions): Promise<void> {
    return asOperation('resign', () => this.release(options));
  }
}

printable(Leadership, 'Leadership', ({ key, fencingToken, state }) => ({
  key,
  fencingToken,
  state: state.kind,
}));
