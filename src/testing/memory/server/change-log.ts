import type { Change, Voter } from './voter.js';

/** The changes that the members agreed on, in their order, and how far each member has applied them. */
export class ChangeLog {
  /** The number of changes that each member has applied. */
  readonly #applied = new Map<Voter, number>();
  /** All changes but those that every member has applied. */
  readonly #changes: Change[] = [];
  /** The number of changes that were forgotten. */
  #forgotten = 0;

  get members(): readonly Voter[] {
    return [...this.#applied.keys()];
  }

  /** The number of changes that were agreed on. */
  get committed(): number {
    return this.#forgotten + this.#changes.length;
  }

  appliedBy(member: Voter): number {
    return this.#applied.get(member) ?? 0;
  }

  /** Takes in a member that has applied nothing so far. */
  join(member: Voter): void {
    this.#applied.set(member, 0);
    this.catchUp(member);
  }

  leave(member: Voter): void {
    this.#applied.delete(member);
  }

  /** Adds a change, which every member in reach applies. */
  append(change: Change): void {
    this.#changes.push(change);
    for (const member of this.#applied.keys()) this.catchUp(member);
    this.#forget();
  }

  /** Lets a member apply what it has not applied yet, if it can be reached. */
  catchUp(member: Voter): void {
    let applied = this.#applied.get(member);
    if (applied === undefined || !member.reachable || member.lagging) return;
    if (applied < this.#forgotten) applied = this.#sendSnapshot(member);
    while (applied !== undefined && applied < this.committed) {
      const change = this.#changes[applied - this.#forgotten];
      applied += 1;
      this.#applied.set(member, applied);
      change?.(member.replica);
    }
  }

  /** Brings a member the whole state: the changes that it lacks are not here any more. */
  #sendSnapshot(member: Voter): number | undefined {
    const [source] = this.members
      .filter((each) => each !== member && each.reachable)
      .sort((a, b) => this.appliedBy(b) - this.appliedBy(a));
    if (source === undefined) return undefined;
    member.replica.copyFrom(source.replica);
    const applied = this.appliedBy(source);
    this.#applied.set(member, applied);
    return applied;
  }

  #forget(): void {
    const least = Math.min(...this.#applied.values());
    if (least <= this.#forgotten) return;
    this.#changes.splice(0, least - this.#forgotten);
    this.#forgotten = least;
  }
}
