import { inMicrotask } from '../internal/next-turn.js';
import type { EventCursor } from './event-cursor.js';
import type { WatchEvent } from './watch-event.js';

/** Settings of the listeners of a watch. */
export interface WatchListenersContext<Value> {
  readonly cursor: EventCursor<Value>;
  /** Returns the number of listeners for changes. */
  count(): number;
  /** Calls the listeners of an event. */
  emit(event: WatchEvent<Value>): void;
  /** Hands over what waits, and does what follows from it. */
  deliver(): void;
}

/** The consumer of a watch that is called with each event. */
export class WatchListeners<Value> {
  readonly #context: WatchListenersContext<Value>;
  #scheduled = false;
  #delivering = false;

  constructor(context: WatchListenersContext<Value>) {
    this.#context = context;
  }

  /** True if waiting events are being handed over, or are in a moment. */
  get busy(): boolean {
    return this.#scheduled || this.#delivering;
  }

  /**
   * The listeners have changed. What waits for the first of them is handed over in a microtask, so that
   * all who are attached in the same turn get it.
   *
   * @param newest where the first listener begins if it is to have nothing that came before
   */
  changed(newest: number | undefined): void {
    const { cursor, count, deliver } = this.#context;
    const attached = count() > 0;
    if (attached && !cursor.attached && newest !== undefined) cursor.skipTo(newest);
    cursor.attached = attached;
    if (!attached || this.busy || !cursor.hasNext) return;
    this.#scheduled = true;
    inMicrotask(() => {
      this.#scheduled = false;
      deliver();
    });
  }

  /** Calls the listeners with what waits, for as long as there are any. */
  deliver(): void {
    if (this.busy) return;
    const { cursor, count, emit } = this.#context;
    this.#delivering = true;
    while (count() > 0) {
      const event = cursor.takeEvent();
      if (event === undefined) break;
      emit(event);
    }
    this.#delivering = false;
    cursor.attached = count() > 0;
  }
}
