import type { Clock } from '../../internal/clock.js';
import type { Connection } from '../connection/endpoint.js';

/** Milliseconds after which a batch counts no more against the limit: its server may hang. */
export const BATCH_WINDOW_MS = 50;

/** A batch that is under way. */
export interface SentBatch {
  readonly connection: Connection;
  readonly sentAt: number;
}

/**
 * The batches under way on each connection, and the connection that takes the next one: the one with the
 * fewest. A connection that owes an answer for longer than the window gets none while others answer.
 */
export class ConnectionLoad {
  readonly #connections: () => readonly Connection[];
  readonly #maxBatches: number;
  readonly #clock: Clock;
  /** Batches under way, the oldest first. */
  readonly #sent = new WeakMap<Connection, Set<SentBatch>>();
  #turn = 0;

  /**
   * @param connections those in use now
   * @param maxBatches upper limit on the batches under way on each
   */
  constructor(connections: () => readonly Connection[], maxBatches: number, clock: Clock) {
    this.#connections = connections;
    this.#maxBatches = maxBatches;
    this.#clock = clock;
  }

  /** Tells if there is a connection at all. */
  get some(): boolean {
    return this.#connections().length > 0;
  }

  /** Returns the connection for the next batch; `undefined` when all of them are at their limit. */
  next(): Connection | undefined {
    const connections = this.#connections();
    const windowStart = this.#clock.now() - BATCH_WINDOW_MS;
    let best: Connection | undefined;
    let bestAnswers = false;
    let bestCount = 0;
    let someAnswer = false;
    this.#turn++;
    for (let i = 0; i < connections.length; i++) {
      const connection = connections[(this.#turn + i) % connections.length] as Connection;
      const sent = this.#sentOver(connection);
      const answers = oldestOf(sent) > windowStart;
      someAnswer ||= answers;
      if (sent.size >= this.#maxBatches && this.#youngerThan(windowStart, sent)) continue;
      if (best !== undefined && (answers === bestAnswers ? sent.size >= bestCount : bestAnswers)) {
        continue;
      }
      best = connection;
      bestAnswers = answers;
      bestCount = sent.size;
    }
    return someAnswer && !bestAnswers ? undefined : best;
  }

  /** Returns when the next batch outgrows the window; `Infinity` for never. */
  get nextChangeAt(): number {
    const windowStart = this.#clock.now() - BATCH_WINDOW_MS;
    let oldest = Infinity;
    for (const connection of this.#connections()) {
      for (const { sentAt } of this.#sentOver(connection)) {
        if (sentAt > windowStart && sentAt < oldest) oldest = sentAt;
      }
    }
    return oldest + BATCH_WINDOW_MS;
  }

  /** Counts a batch that is sent over this connection. */
  add(connection: Connection): SentBatch {
    const batch = { connection, sentAt: this.#clock.now() };
    this.#sentOver(connection).add(batch);
    return batch;
  }

  /** Takes a batch out that was answered. */
  remove(batch: SentBatch): void {
    this.#sentOver(batch.connection).delete(batch);
  }

  /** Tells if the limit is reached by batches that are younger than the window. */
  #youngerThan(windowStart: number, sent: ReadonlySet<SentBatch>): boolean {
    let young = 0;
    for (const { sentAt } of sent) if (sentAt > windowStart) young++;
    return young >= this.#maxBatches;
  }

  #sentOver(connection: Connection): Set<SentBatch> {
    let sent = this.#sent.get(connection);
    if (sent === undefined) {
      sent = new Set();
      this.#sent.set(connection, sent);
    }
    return sent;
  }
}

function oldestOf(sent: ReadonlySet<SentBatch>): number {
  for (const { sentAt } of sent) return sentAt;
  return Infinity;
}
