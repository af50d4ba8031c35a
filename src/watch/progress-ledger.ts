/**
 * Which watchers a reply to a manual progress request may move.
 *
 * The reply names no watcher and no request. It can only vouch for watchers that were registered before
 * the request was sent, and since a server may leave requests unanswered, before the oldest request that
 * is open: with any later one it could come between a new watcher's registration and its replay.
 */
export class ProgressLedger {
  #registered = 0;
  /** For each open request, how many registrations came before it. */
  #open: number[] = [];

  /** Notes a registration; answers its place among them. */
  register(): number {
    this.#registered += 1;
    return this.#registered;
  }

  /** How many requests are open. */
  get open(): number {
    return this.#open.length;
  }

  /** Notes that a request was sent. */
  sent(): void {
    this.#open.push(this.#registered);
  }

  /**
   * Notes a reply.
   *
   * @returns the last registration it vouches for; none when nothing was asked
   */
  answered(): number {
    return this.#open.shift() ?? 0;
  }

  /** The stream is another: nothing that was asked will be answered. */
  clear(): void {
    this.#open = [];
  }
}
