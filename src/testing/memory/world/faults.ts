import { invalidArgument, showWord } from '../../../errors/index.js';

/** The way of a message. */
export type Direction = 'toServer' | 'toClient';

/** The way of messages that `freeze` stops. */
export type FreezeDirection = Direction | 'both';

/** Faults of the simulated network between clients and members. */
export interface MemoryFaults {
  /**
   * Lets every message take this time, each way, on the clock of the cluster. 0 takes the delay back.
   *
   * @param ms milliseconds
   */
  delay(ms: number): void;
  /** Holds messages back until `heal()`. New connections cannot be made meanwhile. Default: both ways. */
  freeze(direction?: FreezeDirection): void;
  /** Breaks all connections. What was under way is lost; clients connect again. */
  cut(): void;
  /**
   * Breaks the connection instead of each of the next answers, after the server has done what it was asked.
   *
   * @param count the number of answers
   */
  loseReplies(count: number): void;
  /** Ends all faults. What was frozen arrives now. */
  heal(): void;
}

const DIRECTIONS: readonly FreezeDirection[] = ['toServer', 'toClient', 'both'];

/** A connection that can have faults. */
interface FaultyConnection {
  /** Some way was frozen. */
  frozen(): void;
  break(): void;
  /** Nothing comes through any more, and nobody is told. */
  forget(): void;
  /** Nothing freezes it any more. */
  thaw(): void;
}

/** The faults of some connections: of all, or of those of one client. */
export class Faults implements MemoryFaults {
  readonly #connections = new Set<FaultyConnection>();
  readonly #frozen = new Set<Direction>();
  #delayMs = 0;
  #repliesToLose = 0;
  #repliesToTear = 0;

  /** Milliseconds of each message. */
  get delayMs(): number {
    return this.#delayMs;
  }

  isFrozen(direction: Direction): boolean {
    return this.#frozen.has(direction);
  }

  /** Returns whether the answer that is about to be sent is one to lose. */
  takeLostReply(): boolean {
    if (this.#repliesToLose === 0) return false;
    this.#repliesToLose -= 1;
    return true;
  }

  /** Returns whether the answer that is about to be sent is to arrive in part only. */
  takeTornReply(): boolean {
    if (this.#repliesToTear === 0) return false;
    this.#repliesToTear -= 1;
    return true;
  }

  add(connection: FaultyConnection): void {
    this.#connections.add(connection);
  }

  remove(connection: FaultyConnection): void {
    this.#connections.delete(connection);
  }

  delay(ms: number): void {
    if (typeof ms !== 'number' || !(ms >= 0) || ms === Infinity) {
      throw invalidArgument('ms', ms, 'milliseconds, 0 or more');
    }
    this.#delayMs = ms;
  }

  freeze(direction: FreezeDirection = 'both'): void {
    if (!DIRECTIONS.includes(direction)) {
      throw invalidArgument(
        'direction',
        showWord(direction),
        `allowed are ${DIRECTIONS.join(', ')}`,
      );
    }
    if (direction !== 'toClient') this.#frozen.add('toServer');
    if (direction !== 'toServer') this.#frozen.add('toClient');
    for (const connection of this.#connections) connection.frozen();
  }

  cut(): void {
    for (const connection of [...this.#connections]) connection.break();
  }

  /** Breaks the connection in the middle of each of the next answers: the first message has arrived then. */
  tearReplies(count: number): void {
    this.#repliesToTear = count;
  }

  /** Leaves the connections that there are half-open: new ones can be made. */
  forgetConnections(): void {
    for (const connection of this.#connections) connection.forget();
  }

  loseReplies(count: number): void {
    if (!Number.isSafeInteger(count) || count < 0) {
      throw invalidArgument('count', count, 'a whole number of answers, 0 or more');
    }
    this.#repliesToLose = count;
  }

  heal(): void {
    this.#delayMs = 0;
    this.#repliesToLose = 0;
    this.#repliesToTear = 0;
    this.#frozen.clear();
    for (const connection of [...this.#connections]) connection.thaw();
  }
}
