import { type EtcdError, UnavailableError } from '../errors/index.js';

/**
 * Counts the progress requests of a stream and their answers, to tell which watchers an answer is about.
 *
 * An answer names neither a watcher nor a request. Answers come in the order of the requests, but a server
 * leaves requests unanswered, so the fifth answer is to the fifth request or to a later one. It counts for a
 * watcher that was registered when no more than four requests had been sent. An answer to an earlier request
 * could come between the registration of the watcher and its replay.
 */
export class ProgressLedger<Watcher> {
  #sent = 0;
  #answered = 0;
  /** For each registered watcher, how many requests were sent before and may be answered later. */
  readonly #sentBefore = new Map<Watcher, number>();
  /** Watchers whose users wait for an answer. */
  readonly #waiting = new Set<Watcher>();

  /** A registered watcher waits for an answer that no answer so far has counted for. */
  get isAwaited(): boolean {
    return this.#waiting.size > 0;
  }

  /** A server has registered a watcher. */
  register(watcher: Watcher): void {
    this.#sentBefore.set(watcher, this.#sent);
  }

  /** A watcher is not registered any more. */
  remove(watcher: Watcher): void {
    this.#sentBefore.delete(watcher);
    this.#waiting.delete(watcher);
  }

  /**
   * A watcher has received something that is about it alone. Servers send that in one line with the
   * answers, so all answers to what was asked before it was registered have come.
   */
  receivedOwn(watcher: Watcher): void {
    if (this.#sentBefore.get(watcher)) this.#sentBefore.set(watcher, 0);
  }

  /**
   * A watcher waits for an answer.
   *
   * @returns how many more answers must come until one counts for it; `undefined` if it is not registered
   */
  await(watcher: Watcher): number | undefined {
    const sentBefore = this.#sentBefore.get(watcher);
    if (sentBefore === undefined) return undefined;
    this.#waiting.add(watcher);
    return Math.max(1, sentBefore + 1 - this.#answered);
  }

  /** A request is sent. */
  request(): void {
    this.#sent += 1;
  }

  /**
   * An answer has come.
   *
   * @returns the watchers it counts for: none when nothing was asked
   */
  answer(): readonly Watcher[] {
    if (this.#answered === this.#sent) return [];
    this.#answered += 1;
    const counted: Watcher[] = [];
    for (const [watcher, sentBefore] of this.#sentBefore) {
      if (sentBefore >= this.#answered) continue;
      counted.push(watcher);
      this.#waiting.delete(watcher);
    }
    return counted;
  }

  /** The stream is another: nobody is registered, and what was asked is not answered any more. */
  clear(): void {
    this.#sent = 0;
    this.#answered = 0;
    this.#sentBefore.clear();
    this.#waiting.clear();
  }
}

/** The error of a stream that answers too little. */
export function progressUnanswered(missing: number, endpoint: string | undefined): EtcdError {
  return new UnavailableError(`the server left ${missing} progress requests unanswered`, {
    method: 'Watch.Watch',
    endpoint,
    outcome: 'not-applied',
    retryable: true,
  });
}
