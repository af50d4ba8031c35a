import type { Clock, TimerHandle } from '../internal/clock.js';

interface Entry<Item> {
  readonly item: Item;
  at: number;
  index: number;
}

/**
 * A timer does not count the time that the machine slept. So it looks at the clock again within a
 * second, or within a hundredth of what is left where that is longer.
 */
const LOOK_AGAIN_MS = 1_000;
const LOOK_AGAIN_SHARE = 1 / 100;

/**
 * Many items, each with a moment at which it is due, and one timer for all of them. The timer does not
 * keep the process alive.
 *
 * The entries are a binary heap: whatever the number of items, moving one costs a few comparisons.
 */
export class DeadlineHeap<Item> {
  readonly #clock: Clock;
  readonly #due: (item: Item) => void;
  readonly #heap: Entry<Item>[] = [];
  readonly #entries = new Map<Item, Entry<Item>>();
  #timer: { readonly handle: TimerHandle; readonly at: number } | undefined;

  /** @param due is called with each item at its moment or after it; the item is no longer in it then */
  constructor(clock: Clock, due: (item: Item) => void) {
    this.#clock = clock;
    this.#due = due;
  }

  /** The number of items. */
  get size(): number {
    return this.#heap.length;
  }

  /** Adds an item, or moves it. What is due already is called from the timer, not from here. */
  set(item: Item, at: number): void {
    const known = this.#entries.get(item);
    if (known === undefined) {
      const entry = { item, at, index: this.#heap.length };
      this.#entries.set(item, entry);
      this.#heap.push(entry);
      this.#rise(entry);
    } else {
      known.at = at;
      this.#rise(known);
      this.#sink(known);
    }
    this.#arm();
  }

  /** Takes an item out; harmless when it is not in it. */
  delete(item: Item): void {
    const entry = this.#entries.get(item);
    if (entry === undefined) return;
    this.#remove(entry);
    this.#arm();
  }

  /** Calls what is due by now, the earliest first. The timer does it by itself, if it gets to run. */
  run(): void {
    const now = this.#clock.now();
    for (let first = this.#heap[0]; first !== undefined && first.at <= now; first = this.#heap[0]) {
      this.#remove(first);
      this.#due(first.item);
    }
    this.#arm();
  }

  /** A timer that is too early for the first deadline is not moved: that would cost more than letting it fire. */
  #arm(): void {
    const first = this.#heap[0];
    if (first !== undefined && this.#timer !== undefined && this.#timer.at <= first.at) return;
    this.#timer?.handle.cancel();
    this.#timer = undefined;
    if (first === undefined) return;
    const now = this.#clock.now();
    const left = Math.max(0, first.at - now);
    const soonest = Math.max(LOOK_AGAIN_MS, left * LOOK_AGAIN_SHARE);
    const wait = this.#clock.punctual === true ? left : Math.min(left, soonest);
    const handle = this.#clock.setTimeout(() => {
      this.#timer = undefined;
      this.run();
    }, wait);
    handle.unref();
    this.#timer = { handle, at: now + wait };
  }

  #remove(entry: Entry<Item>): void {
    this.#entries.delete(entry.item);
    const last = this.#heap.pop();
    if (last === undefined || last === entry) return;
    this.#place(last, entry.index);
    this.#rise(last);
    this.#sink(last);
  }

  #rise(entry: Entry<Item>): void {
    for (;;) {
      const parent = this.#heap[(entry.index - 1) >> 1];
      if (parent === undefined || parent.at <= entry.at) return;
      this.#swap(parent, entry);
    }
  }

  #sink(entry: Entry<Item>): void {
    for (;;) {
      const left = this.#heap[2 * entry.index + 1];
      const right = this.#heap[2 * entry.index + 2];
      const child = right !== undefined && left !== undefined && right.at < left.at ? right : left;
      if (child === undefined || child.at >= entry.at) return;
      this.#swap(entry, child);
    }
  }

  #swap(upper: Entry<Item>, lower: Entry<Item>): void {
    const { index } = upper;
    this.#place(upper, lower.index);
    this.#place(lower, index);
  }

  #place(entry: Entry<Item>, index: number): void {
    this.#heap[index] = entry;
    entry.index = index;
  }
}
