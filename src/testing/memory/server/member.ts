import type { Clock } from '../../../internal/clock.js';
import { ignore } from '../../../internal/deferred.js';
import type { ResponseHeaderInput } from '../../../rpc/generated/types.js';
import { refusals } from '../refusals.js';
import type { Series } from '../series.js';
import { type AuthInfo, NOBODY } from '../state/auth-state.js';
import { Replica } from '../state/replica.js';
import type { SeededRandom } from '../world/random.js';
import type { Call } from './call.js';
import type { Consensus } from './consensus.js';
import { ELECTION_TIMEOUT_MS } from './leadership.js';
import { LeaseTimers } from './lease-timers.js';
import type { ServerOptions } from './server-options.js';
import { Tokens } from './tokens.js';
import type { Voter } from './voter.js';
import { WatchHub } from './watch-hub.js';

/** Election timeouts without a leader after which a member ends the streams that ask for one. */
const LEADERLESS_TIMEOUTS = 3;

/** Things that all members of a cluster share. */
export interface ClusterContext {
  readonly clock: Clock;
  readonly random: SeededRandom;
  readonly series: Series;
  readonly settings: ServerOptions;
  readonly consensus: Consensus;
  readonly clusterId: bigint;
}

/** The identity of a member among the others. */
export interface MemberIdentity {
  readonly id: bigint;
  name: string;
  peerUrls: readonly string[];
  clientUrls: readonly string[];
  isLearner: boolean;
}

/** One server: its part of the replicated state, and what it keeps for itself. */
export class Member implements Voter {
  readonly identity: MemberIdentity;
  readonly cluster: ClusterContext;
  readonly replica: Replica;
  readonly watches: WatchHub;
  readonly leases: LeaseTimers;
  readonly tokens: Tokens;
  /** Functions that end the open streams that ask for a leader. */
  readonly leaderStreams = new Set<(error: Error) => void>();
  running = true;
  /** The other members cannot reach it, its clients can. */
  isolated = false;
  /** Stands still: neither members nor clients hear from it. */
  paused = false;
  lagging = false;

  constructor(identity: MemberIdentity, cluster: ClusterContext) {
    const { clock, settings, series, consensus } = cluster;
    this.identity = identity;
    this.cluster = cluster;
    this.leases = new LeaseTimers(clock, (id) => {
      consensus.propose(this, (replica) => replica.revokeLease(id)).catch(ignore);
    });
    this.tokens = new Tokens(clock, settings.tokenTtlMs);
    this.replica = new Replica(series, {
      committed: (commit) => this.watches.committed(commit),
      leaseGranted: (lease) => this.isLeader && this.leases.arm(lease),
      leaseRemoved: (lease) => this.leases.disarm(lease.id),
    });
    this.watches = new WatchHub();
  }

  get isLearner(): boolean {
    return this.identity.isLearner;
  }

  get reachable(): boolean {
    return this.running && !this.isolated && !this.paused;
  }

  get isLeader(): boolean {
    return this.running && this.cluster.consensus.leader === this;
  }

  get hasLeader(): boolean {
    return this.cluster.consensus.leaderOf(this) !== undefined;
  }

  /** The leader takes over the leases, each with its whole time; a member that led lets go of them. */
  leaderChanged(): void {
    this.leases.clear();
    if (this.isLeader) {
      for (const lease of this.replica.lessor.all()) this.leases.arm(lease, ELECTION_TIMEOUT_MS);
    }
    this.#lookForLeader();
  }

  /** Plans the end of streams that ask for a leader, if there is none. */
  #lookForLeader(): void {
    if (this.hasLeader || !this.running) return;
    this.cluster.clock.setTimeout(() => {
      if (this.hasLeader) return;
      for (const end of [...this.leaderStreams]) end(refusals.noLeader());
    }, LEADERLESS_TIMEOUTS * ELECTION_TIMEOUT_MS);
  }

  /** The header of an answer; without a revision it is that of the store. */
  header({ revision }: ResponseHeaderInput = {}): ResponseHeaderInput {
    return {
      clusterId: this.cluster.clusterId,
      memberId: this.identity.id,
      revision: revision || this.replica.store.revision,
      raftTerm: this.cluster.consensus.term,
    };
  }

  propose<T>(change: (replica: Replica) => T): Promise<T> {
    return this.cluster.consensus.propose(this, change);
  }

  /** Resolves when this member is as new as the cluster was when it was asked. */
  readIndex(): Promise<void> {
    return this.cluster.consensus.readIndex(this);
  }

  /** Returns who makes a call. @throws the refusal of a token that is not known here */
  authInfo({ metadata }: Call): AuthInfo {
    const { auth } = this.replica;
    const token = metadata['token'] ?? metadata['authorization'];
    if (!auth.enabled || token === undefined) return NOBODY;
    const user = this.tokens.use(token.replace(/^Bearer /, ''));
    if (user === undefined) throw refusals.invalidAuthToken();
    return { user, revision: auth.revision };
  }

  /** @throws the refusal of a call without a user, where one is needed */
  requireUser(call: Call): AuthInfo {
    const info = this.authInfo(call);
    if (this.replica.auth.enabled && info.user === '') throw refusals.userNameEmpty();
    return info;
  }

  /** @throws the refusal of a call by somebody who is no administrator */
  requireAdmin(call: Call): void {
    this.replica.auth.checkAdmin(this.authInfo(call));
  }
}
