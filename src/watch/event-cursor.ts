import type { EventRun } from '../rpc/watch-message.js';
import type { BufferCursor, WatchBuffer } from './watch-buffer.js';
import type { WatchBatch, WatchEvent } from './watch-event.js';

const NO_EVENTS: readonly never[] = [];

/** Settings of a cursor. */
export interface EventCursorContext<Value> {
  readonly buffer: WatchBuffer;
  /** Keeps runs while nobody is attached, for somebody who may come. */
  readonly keepsUnattended: boolean;
  /** Makes the events of a run; none where all of them are left out. */
  read(run: EventRun, place: number): WatchBatch<Value>;
}

/**
 * A consumer's cursor in a buffer. Taking something and moving the cursor is one step, so the position
 * of the watch never tells of an event that was not handed over.
 */
export class EventCursor<Value> implements BufferCursor {
  readonly #context: EventCursorContext<Value>;
  /** The events of the run at `place` while they are taken one by one. */
  #events: readonly WatchEvent<Value>[] = NO_EVENTS;
  #index = 0;
  #place = 0;
  #attached = false;

  constructor(context: EventCursorContext<Value>) {
    this.#context = context;
    context.buffer.add(this);
  }

  get place(): number {
    return this.#place;
  }

  get attached(): boolean {
    return this.#attached;
  }

  set attached(attached: boolean) {
    if (attached === this.#attached) return;
    this.#attached = attached;
    if (!attached) this.#context.buffer.moved();
  }

  get keeps(): boolean {
    return this.#attached || this.#context.keepsUnattended;
  }

  /** Something can be taken. */
  get hasNext(): boolean {
    const { buffer } = this.#context;
    return !buffer.cancelled && buffer.at(this.#place) !== undefined;
  }

  /** Takes a whole revision; `undefined` when there is none. */
  takeBatch(): WatchBatch<Value> | undefined {
    for (;;) {
      const batch = this.#read();
      if (batch === undefined) return undefined;
      this.#moveTo(this.#place + 1);
      if (batch.events.length > 0) return batch;
    }
  }

  /** Takes one event; `undefined` when there is none. The cursor moves with the last of a revision. */
  takeEvent(): WatchEvent<Value> | undefined {
    while (this.#index === this.#events.length) {
      const batch = this.#read();
      if (batch === undefined) return undefined;
      if (batch.events.length === 0) this.#moveTo(this.#place + 1);
      else this.#events = batch.events;
    }
    if (this.#context.buffer.cancelled) return undefined;
    const event = this.#events[this.#index];
    this.#index += 1;
    if (this.#index === this.#events.length) this.#moveTo(this.#place + 1);
    return event;
  }

  /** Leaves out what comes before a place. */
  skipTo(place: number): void {
    if (place > this.#place) this.#moveTo(place);
  }

  #read(): WatchBatch<Value> | undefined {
    const run = this.#context.buffer.at(this.#place);
    return run === undefined ? undefined : this.#context.read(run, this.#place);
  }

  #moveTo(place: number): void {
    this.#place = place;
    this.#events = NO_EVENTS;
    this.#index = 0;
    this.#context.buffer.moved();
  }
}
