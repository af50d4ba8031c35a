/**
 * Ledger of attempts to create a key whose replies were lost. A server may carry out such an attempt
 * much later: there is no upper bound.
 *
 * Each attempt creates one key at most, at a revision after the one that was known when it was sent.
 */
export class LostReplies {
  #unresolved = 0;
  #since = 0n;

  /** True while an attempt may still be carried out. */
  get unresolved(): boolean {
    return this.#unresolved > 0;
  }

  /**
   * Records an attempt whose reply was lost.
   *
   * @param since latest revision that was known when it was sent
   */
  record(since: bigint): void {
    if (this.#unresolved === 0 || since < this.#since) this.#since = since;
    this.#unresolved += 1;
  }

  /** Resolves one attempt: the key that it created was found. */
  resolve(): void {
    this.#unresolved -= 1;
  }

  /** Tells if one of the attempts can have created the key of this revision. */
  mayHaveCreated(revision: bigint): boolean {
    return this.unresolved && revision > this.#since;
  }
}
