import type { Clock, TimerHandle } from '../../../internal/clock.js';
import type { World } from './world.js';

/**
 * The process that a client lives in: its clock, and the door through which things come in. It can stand
 * still, as one does that is stopped or busy, while time and servers go on.
 */
export class ClientProcess implements Clock {
  /** False where the process may stand still: then the client looks again whether a timer came late. */
  punctual = true;
  readonly #world: World;
  /** Reasons to stand still. */
  #stalls = 0;
  /** Timers that came due meanwhile. */
  readonly #timers: (() => void)[] = [];
  /** Messages and ends of connections that came in meanwhile. */
  readonly #incoming: (() => void)[] = [];
  #catchesUp = false;
  /** Told when all is done that came while the process stood still. */
  readonly #waiting: (() => void)[] = [];
  #stalledAt = 0;
  #stalledMs = 0;

  constructor(world: World) {
    this.#world = world;
  }

  /** True until everything is done that came while the process stood still. */
  get isStalled(): boolean {
    return this.#stalls > 0 || this.#catchesUp;
  }

  /** Milliseconds for which it stood still, until it went on last. */
  get stalledMs(): number {
    return this.#stalledMs;
  }

  /** The clock of the world. */
  get worldClock(): Clock {
    return this.#world.clock;
  }

  now(): number {
    return this.#world.clock.now();
  }

  wallNow(): number {
    return this.#world.clock.wallNow();
  }

  random(): number {
    return this.#world.clock.random();
  }

  setTimeout(callback: () => void, delayMs: number): TimerHandle {
    let cancelled = false;
    const fire = (): void => {
      if (!cancelled) callback();
    };
    const timer = this.#world.clock.setTimeout(() => {
      if (this.isStalled) this.#timers.push(fire);
      else callback();
    }, delayMs);
    return {
      cancel: () => {
        cancelled = true;
        timer.cancel();
      },
      unref: () => timer.unref(),
    };
  }

  /** Lets something happen that came from outside: now, or when the process goes on. */
  receive(happening: () => void): void {
    if (this.isStalled) this.#incoming.push(happening);
    else happening();
  }

  /** Calls back when the process goes on and has done all that came meanwhile. */
  whenAwake(callback: () => void): void {
    if (this.isStalled) this.#waiting.push(callback);
    else callback();
  }

  /** Has the process stand still until `resume()` was called as often. */
  stall(): void {
    if (this.#stalls === 0) this.#stalledAt = this.now();
    this.#stalls += 1;
  }

  /** Lets the process go on. As in an event loop, timers that are late run before anything is read. */
  resume(): void {
    this.#stalls -= 1;
    if (this.#stalls > 0) return;
    this.#stalledMs += this.now() - this.#stalledAt;
    if (this.#catchesUp) return;
    this.#catchesUp = true;
    this.#catchUp();
  }

  #catchUp(): void {
    if (this.#stalls > 0) {
      this.#catchesUp = false;
      return;
    }
    const next = this.#timers.shift() ?? this.#incoming.shift();
    if (next === undefined) {
      this.#catchesUp = false;
      for (const awake of this.#waiting.splice(0)) awake();
      return;
    }
    next();
    this.#world.post(() => this.#catchUp());
  }
}
