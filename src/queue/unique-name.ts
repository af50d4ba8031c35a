import type { Clock } from '../internal/clock.js';

const RADIX = 36;
const DIGITS = 10;

/** The number of names that were made on each clock: a run in memory does not depend on the one before it. */
const madeOn = new WeakMap<object, number>();

/**
 * Returns a text that nobody else has: lowercase letters and digits, with fifty bits at random. Names made
 * on one clock sort in the order in which they were made. Priority queues and work queues need this for
 * values that are put in at the same moment. Names of different processes have no order.
 */
export function uniqueName(clock: Pick<Clock, 'random'>): string {
  const made = (madeOn.get(clock) ?? 0) + 1;
  madeOn.set(clock, made);
  return part(made) + part(Math.floor(clock.random() * RADIX ** DIGITS));
}

function part(number: number): string {
  return number.toString(RADIX).padStart(DIGITS, '0');
}
