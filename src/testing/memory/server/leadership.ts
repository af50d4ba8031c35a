import type { Clock, TimerHandle } from '../../../internal/clock.js';
import type { SeededRandom } from '../world/random.js';
import type { ChangeLog } from './change-log.js';
import type { Voter } from './voter.js';

/** Milliseconds without a leader after which members elect another; etcd's default. */
export const ELECTION_TIMEOUT_MS = 1_000;

/** Told of what becomes of the leadership. */
interface LeadershipObserver {
  /** A member was elected. */
  elected(leader: Voter): void;
  /** The leader reaches a majority again, before another one was elected. */
  resumed(leader: Voter): void;
}

/** The knowledge of a member about its leader. */
interface Knowledge {
  /** Perhaps gone, or cut off: a member notices that after an election timeout. */
  leader: Voter | undefined;
  /** Runs while the member hears nothing from its leader. */
  doubt: TimerHandle | undefined;
}

/**
 * The leader of the members, and what each of them knows of it. The messages of Raft are left out: a new
 * leader is there one to two election timeouts after the last one went.
 */
export class Leadership {
  readonly #clock: Clock;
  readonly #random: SeededRandom;
  readonly #log: ChangeLog;
  readonly #observer: LeadershipObserver;
  readonly #known = new Map<Voter, Knowledge>();
  #leader: Voter | undefined;
  #term = 1n;
  #election: TimerHandle | undefined;

  constructor(clock: Clock, random: SeededRandom, log: ChangeLog, observer: LeadershipObserver) {
    this.#clock = clock;
    this.#random = random;
    this.#log = log;
    this.#observer = observer;
  }

  get term(): bigint {
    return this.#term;
  }

  /** The member that leads a majority. */
  get leader(): Voter | undefined {
    return this.#leader;
  }

  /** The leader that a member knows of. */
  knownTo(member: Voter): Voter | undefined {
    return this.#known.get(member)?.leader;
  }

  /** Returns whether a member leads a majority, or can reach the one that does. */
  isInTouch(member: Voter): boolean {
    return this.#leader !== undefined && member.reachable && this.knownTo(member) === this.#leader;
  }

  join(member: Voter): void {
    this.#known.set(member, { leader: undefined, doubt: undefined });
    this.#listen(member);
  }

  leave(member: Voter): void {
    this.#known.get(member)?.doubt?.cancel();
    this.#known.delete(member);
  }

  /** Elects without waiting: for a cluster that begins. */
  begin(): void {
    this.#elect();
  }

  /** Makes a member the leader that another one hands over to. */
  handOver(member: Voter): void {
    this.#lead(member);
  }

  /** Looks again who can reach whom, after something has changed. */
  reconsider(): void {
    const hasMajority = this.#hasMajority();
    if (this.#leader !== undefined && !(hasMajority && this.#canLead(this.#leader))) {
      this.#leader = undefined;
    }
    for (const member of this.#known.keys()) this.#listen(member);
    if (this.#leader === undefined && hasMajority) this.#findLeader();
  }

  #hasMajority(): boolean {
    const voters = this.#voters();
    return voters.filter(({ reachable }) => reachable).length * 2 > voters.length;
  }

  #voters(): Voter[] {
    return [...this.#known.keys()].filter(({ isLearner }) => !isLearner);
  }

  #canLead(member: Voter): boolean {
    return this.#known.has(member) && member.reachable && !member.isLearner;
  }

  /** The leader of before, if it does not know yet that it was cut off; else somebody has to be elected. */
  #findLeader(): void {
    const candidates = this.#candidates();
    const still = candidates.find((member) => this.knownTo(member) === member);
    if (still !== undefined) {
      this.#leader = still;
      this.#cancelElection();
      for (const member of this.#known.keys()) this.#listen(member);
      this.#observer.resumed(still);
    } else if (this.#voters().length === 1) {
      // There is nobody to wait for.
      this.#elect();
    } else {
      this.#planElection();
    }
  }

  #candidates(): Voter[] {
    return [...this.#known.keys()].filter((member) => this.#canLead(member));
  }

  #planElection(): void {
    if (this.#election !== undefined) return;
    const waitMs = ELECTION_TIMEOUT_MS * (1 + this.#random.next());
    this.#election = this.#clock.setTimeout(() => {
      this.#election = undefined;
      if (this.#leader === undefined && this.#hasMajority()) this.#elect();
    }, waitMs);
  }

  #cancelElection(): void {
    this.#election?.cancel();
    this.#election = undefined;
  }

  /** One of those that have the longest log. */
  #elect(): void {
    const candidates = this.#candidates();
    const longest = Math.max(...candidates.map((member) => this.#log.appliedBy(member)));
    const best = candidates.filter((member) => this.#log.appliedBy(member) === longest);
    const elected = best[this.#random.below(best.length)];
    if (elected !== undefined) this.#lead(elected);
  }

  #lead(member: Voter): void {
    this.#term += 1n;
    this.#leader = member;
    this.#cancelElection();
    for (const each of this.#known.keys()) this.#listen(each);
    this.#observer.elected(member);
  }

  /** Takes in what a member hears from its leader, or that it hears nothing any more. */
  #listen(member: Voter): void {
    const known = this.#known.get(member);
    if (known === undefined) return;
    if (!member.running) {
      this.#learn(member, known, undefined);
    } else if (member.reachable && this.#leader !== undefined) {
      this.#learn(member, known, this.#leader);
    } else if (known.leader !== undefined) {
      known.doubt ??= this.#clock.setTimeout(
        () => this.#learn(member, known, undefined),
        ELECTION_TIMEOUT_MS,
      );
    }
  }

  #learn(member: Voter, known: Knowledge, leader: Voter | undefined): void {
    known.doubt?.cancel();
    known.doubt = undefined;
    if (known.leader === leader) return;
    known.leader = leader;
    member.leaderChanged();
  }
}
