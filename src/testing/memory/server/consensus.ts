import type { Clock, TimerHandle } from '../../../internal/clock.js';
import { refusals } from '../refusals.js';
import type { Replica } from '../state/replica.js';
import type { SeededRandom } from '../world/random.js';

/** Milliseconds without a leader after which members elect another; etcd's default. */
export const ELECTION_TIMEOUT_MS = 1_000;
/** Milliseconds that a request waits for a leader, or for its member to catch up; etcd's own. */
const REQUEST_TIMEOUT_MS = 7_000;

/** A change of the replicated state. It depends on the state alone. */
type Change = (replica: Replica) => void;

/** A member as the consensus sees it. */
export interface Voter {
  readonly replica: Replica;
  /** True while it takes part: it runs, and the others can reach it. */
  readonly reachable: boolean;
  readonly isLearner: boolean;
  /** True while it applies nothing, though the others can reach it. */
  readonly lagging: boolean;
  leaderChanged(): void;
}

interface Follower {
  /** The number of changes it has applied. */
  applied: number;
}

interface Waiting {
  readonly ready: () => boolean;
  readonly go: () => void;
  readonly timer: TimerHandle;
}

/**
 * The agreement of the members on one order of changes, and on a leader. It has no Raft messages. A change is
 * agreed on at once while a majority can reach each other. A new leader is elected one election timeout after
 * the last one stopped.
 */
export class Consensus {
  readonly #clock: Clock;
  readonly #random: SeededRandom;
  readonly #members = new Map<Voter, Follower>();
  /** All changes, in their order. Those that every member has applied are forgotten. */
  readonly #log: Change[] = [];
  /** The number of changes that were forgotten. */
  #forgotten = 0;
  #leader: Voter | undefined;
  #term = 1n;
  #election: TimerHandle | undefined;
  #waiting: Waiting[] = [];

  constructor(clock: Clock, random: SeededRandom) {
    this.#clock = clock;
    this.#random = random;
  }

  get term(): bigint {
    return this.#term;
  }

  get leader(): Voter | undefined {
    return this.#leader;
  }

  /** The number of changes that were agreed on. */
  get committed(): number {
    return this.#forgotten + this.#log.length;
  }

  appliedBy(member: Voter): number {
    return this.#members.get(member)?.applied ?? 0;
  }

  /** The leader, as far as a member can know. */
  leaderOf(member: Voter): Voter | undefined {
    return member.reachable ? this.#leader : undefined;
  }

  /** Takes in a member that has applied nothing so far. */
  join(member: Voter): void {
    this.#members.set(member, { applied: 0 });
    this.#catchUp(member);
  }

  leave(member: Voter): void {
    this.#members.delete(member);
    this.reconsider();
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
      for (const member of this.#members.keys()) member.leaderChanged();
    }
    if (this.#leader === undefined && hasMajority) this.#planElection();
    for (const member of this.#members.keys()) this.#catchUp(member);
    this.#serveWaiting();
  }

  /**
   * Has a change agreed on and applied; resolves with what it did to the state of the member that asked.
   * The change waits for a leader, and its result for the member to catch up.
   *
   * @throws the refusal of the change, or that of a request that took too long
   */
  propose<T>(member: Voter, change: (replica: Replica) => T): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#when(
        () => this.leaderOf(member) !== undefined,
        () => {
          this.#when(this.#append(member, change, resolve, reject), () => {}, reject);
        },
        reject,
      );
    });
  }

  /** Resolves when a member has applied everything that was agreed on before this call. */
  readIndex(member: Voter): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#when(
        () => this.leaderOf(member) !== undefined,
        () => {
          const { committed } = this;
          this.#when(() => this.appliedBy(member) >= committed, resolve, reject);
        },
        reject,
      );
    });
  }

  /** Adds a change to the log; answers a function that tells whether the member has applied it. */
  #append<T>(
    member: Voter,
    change: (replica: Replica) => T,
    resolve: (value: T) => void,
    reject: (error: unknown) => void,
  ): () => boolean {
    const { replica: own } = member;
    this.#log.push((replica) => {
      try {
        const value = change(replica);
        if (replica === own) resolve(value);
      } catch (error) {
        if (replica === own) reject(error);
      }
    });
    const { committed } = this;
    for (const each of this.#members.keys()) this.#catchUp(each);
    this.#forget();
    return () => this.appliedBy(member) >= committed;
  }

  /** Does something when it can be done; gives up after the time of a request. */
  #when(ready: () => boolean, go: () => void, reject: (error: unknown) => void): void {
    if (ready()) {
      go();
      return;
    }
    const waiting: Waiting = {
      ready,
      go,
      timer: this.#clock.setTimeout(() => {
        this.#waiting = this.#waiting.filter((each) => each !== waiting);
        reject(refusals.timeout());
      }, REQUEST_TIMEOUT_MS),
    };
    this.#waiting.push(waiting);
  }

  #serveWaiting(): void {
    const ready = this.#waiting.filter((each) => each.ready());
    this.#waiting = this.#waiting.filter((each) => !ready.includes(each));
    for (const { timer, go } of ready) {
      timer.cancel();
      go();
    }
  }

  #catchUp(member: Voter): void {
    const follower = this.#members.get(member);
    if (follower === undefined || !member.reachable || member.lagging) return;
    if (follower.applied < this.#forgotten) this.#sendSnapshot(member, follower);
    while (follower.applied < this.committed) {
      const change = this.#log[follower.applied - this.#forgotten];
      follower.applied += 1;
      change?.(member.replica);
    }
  }

  /** Brings a member the whole state: the changes that it lacks are not in the log any more. */
  #sendSnapshot(member: Voter, follower: Follower): void {
    const [source] = [...this.#members.keys()]
      .filter((each) => each !== member && each.reachable)
      .sort((a, b) => this.appliedBy(b) - this.appliedBy(a));
    if (source === undefined) return;
    member.replica.copyFrom(source.replica);
    follower.applied = this.appliedBy(source);
  }

  #forget(): void {
    const least = Math.min(...[...this.#members.values()].map(({ applied }) => applied));
    if (least <= this.#forgotten) return;
    this.#log.splice(0, least - this.#forgotten);
    this.#forgotten = least;
  }

  #hasMajority(): boolean {
    const voters = [...this.#members.keys()].filter(({ isLearner }) => !isLearner);
    return voters.filter(({ reachable }) => reachable).length * 2 > voters.length;
  }

  #canLead(member: Voter): boolean {
    return this.#members.has(member) && member.reachable && !member.isLearner;
  }

  #planElection(): void {
    if (this.#election !== undefined) return;
    const waitMs = ELECTION_TIMEOUT_MS * (1 + this.#random.next());
    this.#election = this.#clock.setTimeout(() => {
      this.#election = undefined;
      if (this.#leader === undefined && this.#hasMajority()) this.#elect();
    }, waitMs);
  }

  /** One of those that have the longest log. */
  #elect(): void {
    const candidates = [...this.#members.keys()].filter((member) => this.#canLead(member));
    const longest = Math.max(...candidates.map((member) => this.appliedBy(member)));
    const best = candidates.filter((member) => this.appliedBy(member) === longest);
    const elected = best[this.#random.below(best.length)];
    if (elected !== undefined) this.#lead(elected);
  }

  #lead(member: Voter): void {
    this.#term += 1n;
    this.#leader = member;
    for (const each of this.#members.keys()) each.leaderChanged();
    this.#serveWaiting();
  }
}
