/** A change of a key; without a value it is deleted. */
export interface NotedChange {
  readonly key: string;
  readonly value: string | undefined;
}

/** The states that a part of the store had, in words, by their revisions. */
export class StateHistory {
  readonly #records = new Map<string, string>();
  readonly #states: { readonly revision: bigint; readonly state: string }[] = [];

  /** The state after the last change. */
  get last(): string {
    return this.#states.at(-1)?.state ?? '';
  }

  /** Notes what was changed at a revision; a revision that changed nothing here may be left out. */
  note(revision: bigint, changes: readonly NotedChange[]): void {
    for (const { key, value } of changes) {
      if (value === undefined) this.#records.delete(key);
      else this.#records.set(key, value);
    }
    const state = [...this.#records]
      .sort(([left], [right]) => (left < right ? -1 : 1))
      .map(([key, value]) => `${key}=${value}`)
      .join();
    this.#states.push({ revision, state });
  }

  /** Returns the state at a revision. */
  at(revision: bigint): string {
    let low = 0;
    let high = this.#states.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const state = this.#states[middle];
      if (state !== undefined && state.revision <= revision) low = middle + 1;
      else high = middle;
    }
    return this.#states[low - 1]?.state ?? '';
  }
}
