import { asOperation } from '../diagnostics/operation.js';
import { checkCallOptions, checkKnownOptions, iterateOnce } from '../errors/index.js';
import { type CallOptions, type Codec, codecs, type KeyValue, type View } from '../index.js';
import { quiet } from '../internal/deferred.js';
import { printable } from '../internal/printable.js';
import { type AcquireOptions, checkWaitOptions } from './acquire-options.js';
import { Claim, type HeldClaim } from './claim.js';
import type { ClaimContext, ClaimWords } from './claim-state.js';
import { describeKey, describeProposal, notLeader } from './failures.js';
import { Leadership } from './leadership.js';
import { checkResume, lockKey } from './lock-key.js';
import { type LeaderIterator, Leaders, type ObserveOptions } from './observe.js';
import { entryTxn } from './queue-entry.js';
import type { Session } from './session.js';
import { sessionState } from './session-state.js';

const WORDS: ClaimWords = {
  type: 'election',
  verb: 'campaign',
  notReached: (name) => `the election ${name} was not won`,
  describeHolder: (first) =>
    `${describeKey(first)} leads since revision ${first.createRevision} with the proposal ${describeProposal(first.valueBytes)}`,
  oncePerSession: 'a session is one candidate',
  gone: notLeader,
};

/** Options of an election. */
export interface ElectionOptions<Out, In = Out> {
  /** The codec of the proposals. Default: strings. */
  readonly codec?: Codec<Out, In> | undefined;
}

/** The arguments after the name of an election without a codec: proposals are strings then. */
type WithoutCodec<Out, In> = [string, In] extends [Out, string]
  ? [options?: ElectionOptions<Out, In>]
  : [options: ElectionOptions<Out, In> & { readonly codec: Codec<Out, In> }];

/**
 * An election: of all candidates one leads, until it resigns or its session ends; then the one that
 * has waited longest does. It is one election with Go's `concurrency.Election` and with
 * `etcdctl elect`, under the same name.
 *
 * A session is one candidate: a second `campaign` in the same session waits until the first resigned.
 *
 * @typeParam Out what proposals are when they are read
 * @typeParam In what they may be when they are written
 *
 * @example
 * const election = new Election(session, 'leader');
 * await using leadership = await election.campaign('node-1');
 * await lead(leadership.signal);
 */
export class Election<out Out = string, in In = Out> {
  static {
    printable(Election, 'Election', (election) => {
      const { key, session } = election.#context;
      return { name: key.name, leaseId: session.lease.id };
    });
  }

  readonly #context: ClaimContext;
  readonly #view: View<Out, In>;

  /**
   * Makes a handle; nothing is sent. Proposals that are no strings need a codec.
   *
   * @throws InvalidArgumentError for an argument that is not a session, for a name that is empty or not a string, and
   *   for a wrong codec
   */
  constructor(
    session: Session,
    name: string,
    options: ElectionOptions<Out, In> & { readonly codec: Codec<Out, In> },
  );
  constructor(session: Session, name: string, ...options: WithoutCodec<Out, In>);
  constructor(session: Session, name: string, options: ElectionOptions<Out, In> = {}) {
    checkKnownOptions('options', options, { codec: true });
    const state = sessionState(session);
    this.#context = { session: state, key: lockKey(name, state.lease.id), words: WORDS };
    // Without a codec the type parameters are strings.
    const codec = options.codec ?? (codecs.utf8 as Codec<unknown, never> as Codec<Out, In>);
    this.#view = state.etcd.as(codec);
  }

  /**
   * Stands as a candidate, and waits until it leads.
   *
   * The wait ends with the session at the latest. An abort or a timeout is answered at once, and the
   * candidacy is given up in the background, whatever becomes of the connection meanwhile. A timeout
   * says who leads, or why no server has answered.
   *
   * @param proposal what the candidate has to say: `observe` and `leader` tell it when it leads
   * @throws SessionLostError when the session ends first; AbortError, TimeoutError
   * @throws NotLeaderError when someone else deleted the key that was waiting
   * @throws InvalidArgumentError when this session uses a name below this one: it would wait for itself
   * @throws KeyExistsError when an earlier session of an adopted lease has left its key: `resume` it
   */
  async campaign(proposal: In, options: AcquireOptions = {}): Promise<Leadership<In>> {
    checkWaitOptions(options);
    const { session, key } = this.#context;
    const put = this.#view.op.put(key.key, proposal, { lease: session.lease.id });
    const held = await Claim.acquire(this.#context, entryTxn(session.etcd, key, put), options);
    const leadership = this.#leadership(held);
    if (held.found) {
      const { signal } = options;
      await asOperation('campaign', () => this.#correct(leadership, proposal, signal));
    }
    return leadership;
  }

  /** Reads the present leader: the record with its proposal, or `undefined` when nobody leads. */
  leader(options?: CallOptions): Promise<KeyValue<Out> | undefined> {
    const candidates = this.#view.prefix(this.#context.key.prefix).sortBy('createRevision');
    return asOperation('leader', () => candidates.first(options));
  }

  /**
   * Tells who leads: at first and after every change, be it another proposal or another leader, in
   * order and until it is left; `undefined` while nobody does. Breaks of the connection lose nothing. After a
   * compaction it goes on with what there is then: leaders that came and went inside the part that was
   * compacted away cannot be seen.
   *
   * @throws EtcdError in the iteration when it cannot go on
   */
  observe(options: ObserveOptions = {}): LeaderIterator<Out> {
    checkKnownOptions('options', options, { signal: true });
    checkCallOptions(options);
    const leaders = new Leaders(this.#view.prefix(this.#context.key.prefix), options);
    return iterateOnce(leaders, 'observe', 'call observe() once more');
  }

  /**
   * Takes up a lead after a restart, in a session on the same lease: by the key and the fencing token
   * that it had. A candidate that was still waiting goes on waiting at its place.
   *
   * @throws InvalidArgumentError for a key that is not of this name and session, or that another handle
   *   of this session has in use
   * @throws NotLeaderError when the key is gone, or is another one
   */
  async resume(
    key: string,
    fencingToken: bigint | number,
    options: AcquireOptions = {},
  ): Promise<Leadership<In>> {
    checkWaitOptions(options);
    const revision = checkResume(this.#context.key, key, fencingToken);
    return this.#leadership(await Claim.resume(this.#context, revision, options));
  }

  #leadership(held: HeldClaim): Leadership<In> {
    const { op } = this.#view;
    return new Leadership(held, {
      txn: () => this.#view.txn(),
      put: (proposal: In) => op.put(held.key, proposal, { ignoreLease: true }),
    });
  }

  /** Proposes what was asked for where the key that was found says something else. */
  async #correct(leadership: Leadership<In>, proposal: In, signal?: AbortSignal): Promise<void> {
    const { compare, op } = this.#view;
    const { key } = leadership;
    try {
      await this.#view
        .txn()
        .if(leadership.ownership(), compare(key).value('!=', proposal))
        .then(op.put(key, proposal, { ignoreLease: true }))
        .commit({ signal, idempotent: true });
    } catch (error) {
      void quiet(leadership.resign());
      throw error;
    }
  }
}
