import { NumberMap } from '../internal/number-map.js';
import { ConnectionFault } from './faults.js';
import { H2Code, LARGEST_31_BIT } from './protocol.js';
import type { Stream } from './stream.js';

/** Streams that we have ended, and on which the peer may still have sent something. */
const REMEMBERED = 1_024;

/** The streams of a connection by their numbers, and what is known of those that are over. */
export class StreamTable {
  /** By half of their numbers, which are odd. */
  readonly #open = new NumberMap<Stream>();
  /** Streams that we ended before the peer did, the latest last. */
  readonly #endedByUs = new Set<number>();
  /** Up to this number it is not known any more who ended a stream. */
  #forgotten = 0;
  #nextId: number;

  /** @param firstId is odd, as the numbers of a client's streams are */
  constructor(firstId = 1) {
    this.#nextId = firstId;
  }

  /** The number of open streams. */
  get size(): number {
    return this.#open.size;
  }

  /** The number of the latest stream; below 1 while there was none. */
  get lastId(): number {
    return this.#nextId - 2;
  }

  /** False when the numbers are used up: no other stream can begin on this connection. */
  get hasIds(): boolean {
    return this.#nextId <= LARGEST_31_BIT;
  }

  /** Returns the open stream of this number. */
  get(id: number): Stream | undefined {
    return id % 2 === 1 ? this.#open.get(indexOf(id)) : undefined;
  }

  /** The open streams, as they are now. */
  all(): readonly Stream[] {
    return this.#open.values();
  }

  /** Gives the stream its number. */
  begin(stream: Stream): void {
    stream.id = this.#nextId;
    this.#nextId += 2;
    this.#open.set(indexOf(stream.id), stream);
  }

  /**
   * Takes a stream out, since it has ended.
   *
   * @param byUs is true if the peer may not know of the end yet: frames that it still sends are no fault
   */
  remove({ id }: Stream, byUs: boolean): void {
    this.#open.delete(indexOf(id));
    if (!byUs) return;
    this.#endedByUs.add(id);
    if (this.#endedByUs.size <= REMEMBERED) return;
    for (const oldest of this.#endedByUs) {
      this.#endedByUs.delete(oldest);
      this.#forgotten = Math.max(this.#forgotten, oldest);
      break;
    }
  }

  /** @throws ConnectionFault if no stream of this number was ever opened */
  checkOpened(id: number, frame: string): void {
    if (id % 2 === 1 && id < this.#nextId) return;
    throw new ConnectionFault(H2Code.PROTOCOL_ERROR, `${frame} on a stream that was never opened`);
  }

  /**
   * Checks a frame that belongs to a stream which is over.
   *
   * @throws ConnectionFault if the peer had ended it itself
   */
  checkLate(id: number, frame: string): void {
    this.checkOpened(id, frame);
    if (id <= this.#forgotten || this.#endedByUs.has(id)) return;
    throw new ConnectionFault(H2Code.STREAM_CLOSED, `${frame} on a closed stream`);
  }
}

function indexOf(id: number): number {
  return id >>> 1;
}
