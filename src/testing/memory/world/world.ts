import { type Clock, systemClock } from '../../../internal/clock.js';
import { ignore } from '../../../internal/deferred.js';
import { nextTurn } from '../../../internal/next-turn.js';
import { SeededRandom } from './random.js';
import { VirtualClock } from './virtual-clock.js';

/**
 * After so many turns of the event loop without news, a program counts as at rest: its promises have settled.
 * Used where something waits for each next turn, and where the platform does not tell.
 */
const TURNS_OF_REST = 4;

/** Messages at one moment of the clock after which a program counts as one that never comes to rest. */
const RESTLESS = 20_000;

/** Names what keeps a world busy, for the error about a program that never comes to rest. */
export type DescribeBusy = () => string;

/**
 * The time, chance and order of a simulated cluster. Everything that happens in it goes through one world,
 * one thing after the other, so that a run can be repeated.
 *
 * Happenings that take no time come by themselves, in later turns of the event loop. All others come when
 * the clock is moved.
 */
export class World {
  readonly clock: Clock;
  readonly random: SeededRandom;
  readonly #virtual: VirtualClock | undefined;
  readonly #describeBusy: DescribeBusy;
  /** Things that are about to happen. */
  #pending = 0;
  /** Grows with everything that happens. */
  #happened = 0;
  /** Settles when those who move the clock, or wait for rest, are done: they do so one after the other. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(seed: number, real: boolean, describeBusy: DescribeBusy) {
    this.random = new SeededRandom(seed);
    this.#virtual = real
      ? undefined
      : new VirtualClock(this.random, (happening) => this.post(happening));
    this.clock = this.#virtual ?? systemClock;
    this.#describeBusy = describeBusy;
  }

  /** Lets something happen at once, but not before the caller has returned. Things happen in their order. */
  post(happening: () => void): void {
    this.#pending += 1;
    nextTurn(() => {
      this.#pending -= 1;
      this.#happened += 1;
      happening();
    });
  }

  /** Lets something happen after a time; at once where there is none. */
  postIn(delayMs: number, happening: () => void): void {
    if (delayMs <= 0) this.post(happening);
    else this.clock.setTimeout(happening, delayMs);
  }

  /** Resolves when nothing can happen any more unless time goes on. */
  idle(): Promise<void> {
    return this.#inTurn(() => this.#settle());
  }

  /** Moves the clock on, and lets everything happen that is due, in its order. */
  advance(ms: number): Promise<void> {
    const clock = this.#virtual;
    if (clock === undefined) {
      return Promise.reject(
        new TypeError("advance() moves a clock of its own: this one is the system's"),
      );
    }
    return this.#inTurn(async () => {
      await this.#settle();
      const target = clock.now() + ms;
      while (clock.nextAt <= target) {
        const moment = clock.nextAt;
        // Timers that are due together are one happening after the other, without time between them.
        for (let fired = 0; clock.nextAt <= moment; fired += 1) {
          if (fired > RESTLESS) throw this.#restless();
          clock.runNext();
          this.#happened += 1;
          await this.#settle();
        }
      }
      clock.moveTo(target);
    });
  }

  async #settle(): Promise<void> {
    const limit = this.#happened + RESTLESS;
    for (let quiet = 0; quiet < TURNS_OF_REST; ) {
      const before = this.#happened;
      await new Promise<void>(nextTurn);
      if (this.#happened !== before || this.#pending > 0) quiet = 0;
      else if (nobodyWaitsForTheNextTurn()) return;
      else quiet += 1;
      if (this.#happened > limit) throw this.#restless();
    }
  }

  #inTurn(act: () => Promise<void>): Promise<void> {
    const done = this.#turn.then(act);
    this.#turn = done.catch(ignore);
    return done;
  }

  #restless(): Error {
    return new Error(
      `the program does not come to rest at ${this.clock.now()} ms: ${this.#describeBusy()}`,
    );
  }
}

/** Returns whether nothing is to run in the next turn of the event loop; `false` where that is not known. */
function nobodyWaitsForTheNextTurn(): boolean {
  return process.getActiveResourcesInfo?.().includes('Immediate') === false;
}
