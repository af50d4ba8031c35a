import type { Event } from '../generated/types.js';
import type { EventRun } from '../watch-message.js';
import { isEventType, readEvent } from './event.js';
import type { Pieces } from './pieces.js';
import { Reader } from './reader.js';

/** The field of a response that has an event. */
export const EVENT = 0o132;
/** Length of that tag in bytes. */
const EVENT_TAG_LENGTH = 1;

/**
 * Gathers the events of a response as they were received, by their revisions. All of their bytes are
 * checked on the way, so that reading them later cannot fail.
 *
 * A watcher that catches up gets ten thousand events in a response. If all of them became records at once,
 * the garbage collector would have more work than the rest of the client. Bytes that wait cost it nothing.
 */
export class EventRuns {
  readonly #all: ReceivedRun[] = [];
  #last: ReceivedRun | undefined;
  /** The response, in memory that is not much more than itself: runs keep it until they are taken. */
  #pieces: Pieces | undefined;
  /** The type of the event that was passed last, if it is neither put nor delete. */
  #unknownType: number | bigint | undefined;

  get all(): readonly EventRun[] {
    return this.#all;
  }

  /** Steps over an event, whose tag was read. */
  pass(reader: Reader): void {
    const start = reader.position;
    this.#unknownType = undefined;
    const revision = reader.message(this.#passEvent);
    if (this.#last?.append(revision, start, reader.position) !== true) {
      this.#pieces ??= reader.pieces.alone();
      this.#last = new ReceivedRun(this.#pieces, revision, start, reader.position);
      this.#all.push(this.#last);
    }
    this.#last.unknownType ??= this.#unknownType;
  }

  /** Steps over `mvccpb.Event`, and answers the revision of its record. */
  readonly #passEvent = (reader: Reader): number | bigint => {
    let revision: number | bigint = 0;
    for (let tag = reader.tag(); tag !== 0; tag = reader.tag()) {
      switch (tag) {
        case 0o10: {
          const type = reader.int64();
          if (!isEventType(type)) this.#unknownType = type;
          break;
        }
        case 0o22:
          revision = reader.message(passKeyValue);
          break;
        case 0o32:
          reader.message(passKeyValue);
          break;
        default:
          reader.skip(tag);
      }
    }
    return revision;
  };
}

class ReceivedRun implements EventRun {
  readonly revision: number | bigint;
  count = 1;
  unknownType: number | bigint | undefined;
  readonly #pieces: Pieces;
  readonly #start: number;
  #end: number;

  /** @param start where the first event is, behind its tag */
  constructor(pieces: Pieces, revision: number | bigint, start: number, end: number) {
    this.revision = revision;
    this.#pieces = pieces;
    this.#start = start;
    this.#end = end;
  }

  get size(): number {
    return this.#end - this.#start;
  }

  /** Takes another event in, if it is of this revision and follows at once. */
  append(revision: number | bigint, start: number, end: number): boolean {
    const follows = start === this.#end + EVENT_TAG_LENGTH;
    if (!follows || revision !== this.revision) return false;
    this.count += 1;
    this.#end = end;
    return true;
  }

  read(): readonly Event[] {
    const reader = new Reader('Watch.Watch response', this.#pieces, this.#start, this.#end);
    const events = [reader.message(readEvent)];
    while (reader.tag() === EVENT) events.push(reader.message(readEvent));
    return events;
  }
}

/** Steps over `mvccpb.KeyValue`, and answers its revision. */
function passKeyValue(reader: Reader): number | bigint {
  let revision: number | bigint = 0;
  for (let tag = reader.tag(); tag !== 0; tag = reader.tag()) {
    if (tag === 0o30) revision = reader.int64();
    else reader.skip(tag);
  }
  return revision;
}
