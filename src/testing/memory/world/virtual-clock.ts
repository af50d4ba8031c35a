import type { Clock, TimerHandle } from '../../../internal/clock.js';
import type { SeededRandom } from './random.js';

/** The wall clock of a world at its beginning: a date that is easy to recognise, 2001-09-09. */
const WALL_START_MS = 1_000_000_000_000;

/** Cancelled timers that are not worth a sweep. */
const LEAST_SWEPT = 256;

interface Timer {
  readonly dueAt: number;
  /** Timers that are due together run in the order in which they were set. */
  readonly order: number;
  readonly callback: () => void;
  cancelled: boolean;
  /** True once it has run. */
  over: boolean;
}

/** A clock that stands still until it is moved, with chance that comes from a seed. */
export class VirtualClock implements Clock {
  readonly #random: SeededRandom;
  readonly #post: (happening: () => void) => void;
  /** A heap: the first is the next one. */
  #timers: Timer[] = [];
  #cancelled = 0;
  #now = 0;
  /** Milliseconds by which the wall clock was set forward, or back. */
  #wallSetMs = 0;
  #set = 0;

  /** @param post lets something happen at once, but not before the caller has returned */
  constructor(random: SeededRandom, post: (happening: () => void) => void) {
    this.#random = random;
    this.#post = post;
  }

  readonly punctual = true;

  now(): number {
    return this.#now;
  }

  wallNow(): number {
    return WALL_START_MS + this.#now + this.#wallSetMs;
  }

  /** Sets the wall clock forward, or back: the time that is measured goes on as before. */
  setWall(byMs: number): void {
    this.#wallSetMs += byMs;
  }

  random(): number {
    return this.#random.next();
  }

  setTimeout(callback: () => void, delayMs: number): TimerHandle {
    if (!(delayMs > 0)) return this.#runSoon(callback);
    const dueAt = this.#now + delayMs;
    const timer: Timer = { dueAt, order: this.#set, callback, cancelled: false, over: false };
    this.#set += 1;
    this.#push(timer);
    return {
      cancel: () => this.#cancel(timer),
      unref: () => {},
    };
  }

  /** Runs something that takes no time: it waits for no move of the clock. */
  #runSoon(callback: () => void): TimerHandle {
    let cancelled = false;
    this.#post(() => {
      if (!cancelled) callback();
    });
    return {
      cancel: () => {
        cancelled = true;
      },
      unref: () => {},
    };
  }

  /** The moment of the next timer; `Infinity` when none is set. */
  get nextAt(): number {
    this.#dropCancelled();
    return this.#timers[0]?.dueAt ?? Infinity;
  }

  /** The number of timers that are set. */
  get pending(): number {
    return this.#timers.length - this.#cancelled;
  }

  /** Moves to the next timer and runs it. */
  runNext(): void {
    this.#dropCancelled();
    const timer = this.#pop();
    if (timer === undefined) return;
    this.#now = Math.max(this.#now, timer.dueAt);
    timer.over = true;
    timer.callback();
  }

  /** Moves on without running anything: no timer may be due before. */
  moveTo(now: number): void {
    this.#now = Math.max(this.#now, now);
  }

  /** Forgets a timer. It stays in the heap for now: most calls set one, and hardly any has to run. */
  #cancel(timer: Timer): void {
    if (timer.cancelled || timer.over) return;
    timer.cancelled = true;
    this.#cancelled += 1;
    if (this.#cancelled < LEAST_SWEPT || this.#cancelled * 2 < this.#timers.length) return;
    const left = this.#timers.filter(({ cancelled }) => !cancelled);
    this.#timers = [];
    this.#cancelled = 0;
    for (const each of left) this.#push(each);
  }

  #dropCancelled(): void {
    while (this.#timers[0]?.cancelled === true) {
      this.#cancelled -= 1;
      this.#pop();
    }
  }

  #push(timer: Timer): void {
    const timers = this.#timers;
    let index = timers.length;
    timers.push(timer);
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!isBefore(timer, timers[parent] as Timer)) break;
      timers[index] = timers[parent] as Timer;
      index = parent;
    }
    timers[index] = timer;
  }

  #pop(): Timer | undefined {
    const timers = this.#timers;
    const first = timers[0];
    const last = timers.pop();
    if (first === undefined || last === undefined || timers.length === 0) return first;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= timers.length) break;
      if (
        child + 1 < timers.length &&
        isBefore(timers[child + 1] as Timer, timers[child] as Timer)
      ) {
        child += 1;
      }
      if (!isBefore(timers[child] as Timer, last)) break;
      timers[index] = timers[child] as Timer;
      index = child;
    }
    timers[index] = last;
    return first;
  }
}

function isBefore(a: Timer, b: Timer): boolean {
  return a.dueAt < b.dueAt || (a.dueAt === b.dueAt && a.order < b.order);
}
