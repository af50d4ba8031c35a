import type { Clock } from '../internal/clock.js';

const DIGITS = 36;
const LENGTH = 10;
const PARTS = 2;

/** The number of names that were made here. */
let made = 0;

/**
 * Returns a text of small letters and digits that nobody else has: a hundred bits at random. Names of one
 * process sort in the order in which they were made, so what was put in at once keeps its order.
 */
export function uniqueName(clock: Pick<Clock, 'random'>): string {
  const random = Array.from({ length: PARTS }, () =>
    part(Math.floor(clock.random() * DIGITS ** LENGTH)),
  );
  made += 1;
  return [part(made), ...random].join('');
}

function part(number: number): string {
  return number.toString(DIGITS).padStart(LENGTH, '0');
}
