import type { Member } from './server/member.js';

/** The part of a cluster that its members' handles need. */
export interface MemberContext {
  /** Ends every connection to a member. */
  disconnect(member: Member): void;
  /** Looks again who can reach whom. */
  changed(member: Member): void;
  started(member: Member): void;
  /** Holds back all messages of the member's clients, or lets them arrive. */
  hold(isHeld: boolean): void;
}

/**
 * A member of a cluster in memory. What it stores outlives a stop.
 *
 * @example
 * memory.members[0].stop();
 */
export class MemoryMember {
  readonly #member: Member;
  readonly #context: MemberContext;

  constructor(member: Member, context: MemberContext) {
    this.#member = member;
    this.#context = context;
  }

  /** The id of the member, as the cluster has it. */
  get id(): bigint {
    return this.#member.identity.id;
  }

  /** The name of the member. Empty before its first start, when it was added by a client. */
  get name(): string {
    return this.#member.identity.name;
  }

  /** The address by which clients of this cluster reach the member. */
  get endpoint(): string {
    return this.#member.identity.clientUrls[0] ?? '';
  }

  /** True while the member leads the cluster. */
  get isLeader(): boolean {
    return this.#member.isLeader;
  }

  /** True for a member without a vote. */
  get isLearner(): boolean {
    return this.#member.isLearner;
  }

  /** True until `stop()`. */
  get isRunning(): boolean {
    return this.#member.running;
  }

  /**
   * Stops the member at once, as `kill -9` does: connections break, its tokens are forgotten. If it was
   * the leader the others elect another one after one to two seconds of the cluster's clock.
   */
  stop(): void {
    if (!this.#member.running) return;
    this.#member.running = false;
    this.#member.tokens.clear();
    this.#context.disconnect(this.#member);
    this.resume();
  }

  /** Starts the member again, with what it had stored. It catches up with the others at once. */
  start(): void {
    if (this.#member.running) return;
    this.#member.running = true;
    this.#context.started(this.#member);
    this.#context.changed(this.#member);
  }

  /**
   * Lets the member stand still, as SIGSTOP does: connections stay open, and nothing is answered until
   * `resume()`. If it was the leader the others elect another one after one to two seconds.
   * A member that is stopped stays as it is.
   */
  pause(): void {
    if (!this.#member.running) return;
    this.#member.paused = true;
    this.#context.hold(true);
    this.#context.changed(this.#member);
  }

  /** Ends `pause()`: what clients have sent meanwhile is answered now. */
  resume(): void {
    this.#member.paused = false;
    this.#context.hold(false);
    this.#context.changed(this.#member);
  }

  /**
   * Cuts the member off from the other members; its clients still reach it. It then answers serializable
   * reads alone, as old as they are. For a second it does not know that it has no leader. What is written
   * through it in that second is lost, unless it was the leader and rejoins before another one is elected.
   */
  isolate(): void {
    this.#member.isolated = true;
    this.#context.changed(this.#member);
  }

  /** Ends `isolate()` and `lag()`: the member catches up at once. */
  rejoin(): void {
    this.#member.isolated = false;
    this.#member.lagging = false;
    this.#context.changed(this.#member);
  }

  /**
   * Lets the member apply nothing of what the others agree on, until `rejoin()`. Its serializable reads are
   * old; linearizable reads and writes through it wait, and time out after 7 seconds.
   */
  lag(): void {
    this.#member.lagging = true;
  }
}
