import type { Clock } from '../internal/clock.js';

const DIGITS = 36;
const LENGTH = 10;

/** The number of names that were made on each clock: a run in memory does not depend on the one before it. */
const madeOn = new WeakMap<object, number>();

/**
 * Returns a text of small letters and digits that nobody else has: fifty bits at random. Names of one
 * process sort in the order in which they were made, so what was put in at once keeps its order.
 */
export function uniqueName(clock: Pick<Clock, 'random'>): string {
  const made = (madeOn.get(clock) ?? 0) + 1;
  madeOn.set(clock, made);
  return part(made) + part(Math.floor(clock.random() * DIGITS ** LENGTH));
}

function part(number: number): string {
  return number.toString(DIGITS).padStart(LENGTH, '0');
}
