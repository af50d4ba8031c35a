import type { Entry } from './entry.js';

/** A call that waits in a line, and the one behind it. */
interface WaitingCall<Request, Response> {
  readonly entry: Entry<Request, Response>;
  next: WaitingCall<Request, Response> | undefined;
}

/** The calls that wait behind the one that is under way. */
interface Line<Request, Response> {
  first: WaitingCall<Request, Response> | undefined;
  last: WaitingCall<Request, Response> | undefined;
}

/**
 * Keeps calls of one identity in the order they were made: one is under way, and the others wait in line
 * behind it. Each step takes the same time, however long a line is.
 */
export class KeyOrder<Request, Response> {
  /** A line for each identity that is under way. */
  readonly #lines = new Map<string, Line<Request, Response>>();

  /** Returns if the call may go at once; otherwise it waits in line. */
  enter(entry: Entry<Request, Response>): boolean {
    const { identity } = entry.shape;
    if (identity === undefined) return true;
    const line = this.#lines.get(identity);
    if (line === undefined) {
      this.#lines.set(identity, { first: undefined, last: undefined });
      return true;
    }
    const waiting = { entry, next: undefined };
    if (line.last === undefined) line.first = waiting;
    else line.last.next = waiting;
    line.last = waiting;
    return false;
  }

  /** Notes that a call is over; returns the one that may go now. Those given up fall out. */
  leave({ shape: { identity } }: Entry<Request, Response>): Entry<Request, Response> | undefined {
    const line = identity === undefined ? undefined : this.#lines.get(identity);
    if (identity === undefined || line === undefined) return undefined;
    let waiting = line.first;
    while (waiting !== undefined && waiting.entry.stage === 'settled') waiting = waiting.next;
    if (waiting === undefined) {
      this.#lines.delete(identity);
      return undefined;
    }
    line.first = waiting.next;
    if (line.first === undefined) line.last = undefined;
    return waiting.entry;
  }
}
