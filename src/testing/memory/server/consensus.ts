import type { Clock } from '../../../internal/clock.js';
import { refusals } from '../refusals.js';
import type { Replica } from '../state/replica.js';
import type { SeededRandom } from '../world/random.js';
import { ChangeLog } from './change-log.js';
import { Leadership } from './leadership.js';
import { Requests } from './requests.js';
import type { Change, Voter } from './voter.js';

/** A change in the log of a leader that could not tell a majority of it. */
interface Uncommitted {
  readonly leader: Voter;
  readonly change: Change;
  isCommitted: boolean;
}

/**
 * The agreement of the members on one order of changes. A change is agreed on at once while its member and
 * the leader can reach each other and a majority. What is proposed to a leader that is gone is lost: its
 * caller never hears of it.
 */
export class Consensus {
  readonly #log = new ChangeLog();
  readonly #leadership: Leadership;
  readonly #requests: Requests;
  #uncommitted: readonly Uncommitted[] = [];

  constructor(clock: Clock, random: SeededRandom) {
    this.#requests = new Requests(clock);
    this.#leadership = new Leadership(clock, random, this.#log, {
      elected: (leader) => this.#settle(leader),
      resumed: (leader) => this.#settle(leader),
    });
  }

  get term(): bigint {
    return this.#leadership.term;
  }

  get leader(): Voter | undefined {
    return this.#leadership.leader;
  }

  /** The number of changes that were agreed on. */
  get committed(): number {
    return this.#log.committed;
  }

  appliedBy(member: Voter): number {
    return this.#log.appliedBy(member);
  }

  /** The leader, as far as a member knows: one that is gone is known for an election timeout more. */
  leaderOf(member: Voter): Voter | undefined {
    return this.#leadership.knownTo(member);
  }

  /** Takes in a member that has applied nothing so far. */
  join(member: Voter): void {
    this.#log.join(member);
    this.#leadership.join(member);
  }

  leave(member: Voter): void {
    this.#log.leave(member);
    this.#leadership.leave(member);
    this.reconsider();
  }

  /** Elects without waiting: for a cluster that begins. */
  begin(): void {
    this.#leadership.begin();
  }

  /** Makes a member the leader that another one hands over to. */
  handOver(member: Voter): void {
    this.#leadership.handOver(member);
  }

  /** Looks again who can reach whom, after something has changed. */
  reconsider(): void {
    this.#leadership.reconsider();
    for (const member of this.#log.members) this.#log.catchUp(member);
    this.#requests.serve();
  }

  /**
   * Has a change agreed on and applied; resolves with what it did to the state of the member that asked.
   * The change waits for a leader, and its result for the member to catch up.
   *
   * @throws the refusal of the change, or that of a request that took too long: it may be applied all the same
   */
  propose<T>(member: Voter, change: (replica: Replica) => T): Promise<T> {
    return new Promise((resolve, reject) => {
      const { replica: own } = member;
      const entry: Change = (replica) => {
        try {
          const value = change(replica);
          if (replica === own) resolve(value);
        } catch (error) {
          if (replica === own) reject(error);
        }
      };
      this.#requests.when(
        () => this.leaderOf(member) !== undefined,
        () => this.#submit(member, entry, reject),
        reject,
      );
    });
  }

  /**
   * Resolves when a member has applied everything that was agreed on before this call.
   *
   * @throws the refusal of a read that an election came in between
   */
  readIndex(member: Voter): Promise<void> {
    return new Promise((resolve, reject) => {
      const { term } = this;
      this.#requests.when(
        () => this.#leadership.isInTouch(member),
        () => {
          if (this.term !== term) {
            reject(refusals.leaderChanged());
            return;
          }
          const { committed } = this;
          this.#requests.when(() => this.appliedBy(member) >= committed, resolve, reject);
        },
        reject,
      );
    });
  }

  /** Resolves with the leader when a member is in touch with it. */
  reachLeader(member: Voter): Promise<Voter> {
    return new Promise((resolve, reject) => {
      this.#requests.when(
        () => this.#leadership.isInTouch(member),
        () => resolve(this.leader as Voter),
        reject,
      );
    });
  }

  /** Gives a change to the leader that the member knows of. */
  #submit(member: Voter, change: Change, reject: (error: unknown) => void): void {
    if (this.#leadership.isInTouch(member)) {
      this.#log.append(change);
      const { committed } = this;
      this.#requests.when(
        () => this.appliedBy(member) >= committed,
        () => {},
        reject,
      );
      return;
    }
    const entry: Uncommitted = { leader: member, change, isCommitted: false };
    // A leader that was cut off takes it into its log. One that is elsewhere never gets it.
    if (this.leaderOf(member) === member) this.#uncommitted = [...this.#uncommitted, entry];
    const { term } = this;
    this.#requests.when(
      () => entry.isCommitted,
      () => {},
      reject,
      () => (this.term === term ? refusals.timeout() : refusals.timeoutOfLostLeader()),
    );
  }

  /** The log of a leader is the one that counts: what others took in alone is lost. */
  #settle(leader: Voter): void {
    const entries = this.#uncommitted.filter((entry) => entry.leader === leader);
    this.#uncommitted = [];
    for (const entry of entries) {
      entry.isCommitted = true;
      this.#log.append(entry.change);
    }
    this.#requests.serve();
  }
}
