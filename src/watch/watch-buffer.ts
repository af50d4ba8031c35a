import { abortedError, type EtcdError } from '../errors/index.js';
import type { EventRun } from '../rpc/watch-message.js';
import { weightOf } from './watch-event.js';

/** The end of a watch. */
export type WatchEnd =
  | { readonly kind: 'cancelled'; readonly reason: unknown }
  | { readonly kind: 'failed'; readonly error: EtcdError };

/** The error that a call meets on a watch that has ended. */
export function errorOfEnd(end: WatchEnd): EtcdError {
  if (end.kind === 'failed') return end.error;
  return abortedError(end.reason, { method: 'Watch.Watch', outcome: 'not-applied' });
}

/** A consumer's cursor: runs before `place` have been handed over to it. */
export interface BufferCursor {
  readonly place: number;
  /** Somebody consumes at this cursor. */
  readonly attached: boolean;
  /** Runs behind it are kept, because they are or may be wanted there. */
  readonly keeps: boolean;
}

/** Settings of a buffer, and the way back-pressure takes. */
export interface WatchBufferContext {
  /** The weight from which the buffer is full. */
  readonly highWaterMark: number;
  /** The revision before the first one to be received; `undefined` for a watch from now on. */
  readonly startedAt: bigint | undefined;
  /** Called when a buffer that was full is half empty. */
  onRoom(): void;
}

/** Places of runs that were let go stay in the array until there are this many, and they are half of it. */
const COMPACT_FROM = 1024;

/**
 * The revisions that a watch has received, in order, until its consumers have taken them.
 *
 * Each run has a place: 0 for the first one ever received, 1 for the next. Cursors count in places. The
 * position of the watch is the place up to which every attached cursor has come. It never goes back: a
 * cursor that is attached later and starts further behind does not count until it has caught up.
 */
export class WatchBuffer {
  readonly #context: WatchBufferContext;
  readonly #cursors: BufferCursor[] = [];
  /** Runs that are kept begin at `#head`; what is before has been let go. */
  #runs: (EventRun | undefined)[] = [];
  #head = 0;
  /** The place of the run at `#head`. */
  #first = 0;
  #weight = 0;
  #full = false;
  #position = 0;
  #startedAt: bigint | undefined;
  /** Everything up to this revision was received. A number where it can be, which is cheaper. */
  #received: number | bigint | undefined;
  #end: WatchEnd | undefined;

  constructor(context: WatchBufferContext) {
    this.#context = context;
    this.#startedAt = context.startedAt;
    this.#received = context.startedAt;
  }

  /** Adds a cursor; it counts from now on. */
  add(cursor: BufferCursor): void {
    this.#cursors.push(cursor);
  }

  /** The high-water mark was reached, and half of it not yet again. */
  get full(): boolean {
    return this.#full;
  }

  /** The weight of the runs that are kept. */
  get weight(): number {
    return this.#weight;
  }

  /** The place of the next run to be received. */
  get endPlace(): number {
    return this.#first + this.#runs.length - this.#head;
  }

  /** The reason why nothing more is received; `undefined` while the watch goes on. */
  get end(): WatchEnd | undefined {
    return this.#end;
  }

  /** Nothing more is handed over. */
  get cancelled(): boolean {
    return this.#end?.kind === 'cancelled';
  }

  /**
   * The last revision that was handed over completely, or that nothing was to be handed over of;
   * `undefined` while it is not known where a watch from now on begins.
   */
  get revision(): bigint | undefined {
    const next = this.at(this.#position);
    if (next === undefined) {
      return this.#received === undefined ? undefined : BigInt(this.#received);
    }
    const before = BigInt(next.revision) - 1n;
    // A watch from now on may receive a revision that is a little older than the one it began at.
    return this.#startedAt !== undefined && this.#startedAt > before ? this.#startedAt : before;
  }

  /** The run at a place, if it was received and is still kept. */
  at(place: number): EventRun | undefined {
    return this.#runs[this.#head + place - this.#first];
  }

  /** A server has told at which revision a watch from now on begins. */
  start(revision: bigint): void {
    if (this.#startedAt !== undefined) return;
    this.#startedAt = revision;
    this.#received = revision;
  }

  /** Takes in a whole revision. A full buffer takes it as well: a sender cannot stop at once. */
  push(run: EventRun): void {
    this.#runs.push(run);
    this.#weight += weightOf(run);
    this.#reach(run.revision);
    if (this.#weight >= this.#context.highWaterMark) this.#full = true;
  }

  /** Everything up to this revision was received. */
  progress(revision: bigint): void {
    this.#reach(revision);
  }

  /** Nothing more comes. What waits can still be taken after a failure; a cancelled watch drops it. */
  close(end: WatchEnd): void {
    if (this.#end !== undefined) return;
    this.#end = end;
    if (end.kind === 'failed') return;
    // What is dropped now was not handed over: the position stays before it.
    this.#received = this.revision;
    this.#runs = [];
    this.#head = 0;
    this.#weight = 0;
  }

  /** A cursor has moved, or is attached no longer. */
  moved(): void {
    let position = Number.POSITIVE_INFINITY;
    let kept = Number.POSITIVE_INFINITY;
    for (const cursor of this.#cursors) {
      if (cursor.attached && cursor.place < position) position = cursor.place;
      if (cursor.keeps && cursor.place < kept) kept = cursor.place;
    }
    if (position !== Number.POSITIVE_INFINITY && position > this.#position) {
      this.#position = position;
    }
    this.#letGo(kept);
  }

  #reach(revision: number | bigint): void {
    if (this.#received === undefined || revision > this.#received) this.#received = revision;
  }

  /** Lets go of the runs before a place. */
  #letGo(place: number): void {
    while (this.#first < place && this.#head < this.#runs.length) {
      this.#weight -= weightOf(this.#runs[this.#head] as EventRun);
      this.#runs[this.#head] = undefined;
      this.#head += 1;
      this.#first += 1;
    }
    if (this.#head === this.#runs.length) {
      this.#runs.length = 0;
      this.#head = 0;
    } else if (this.#head >= COMPACT_FROM && this.#head * 2 >= this.#runs.length) {
      this.#runs = this.#runs.slice(this.#head);
      this.#head = 0;
    }
    if (this.#full && this.#weight <= this.#context.highWaterMark / 2) {
      this.#full = false;
      this.#context.onRoom();
    }
  }
}
