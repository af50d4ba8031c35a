import type { Clock } from '../internal/clock.js';

const DIGITS = 36;
const LENGTH = 10;
const PARTS = 2;

/** Returns a text of small letters and digits that nobody else has: a hundred bits at random. */
export function uniqueName(clock: Pick<Clock, 'random'>): string {
  return Array.from({ length: PARTS }, () => randomPart(clock)).join('');
}

function randomPart(clock: Pick<Clock, 'random'>): string {
  const number = Math.floor(clock.random() * DIGITS ** LENGTH);
  return number.toString(DIGITS).padStart(LENGTH, '0');
}
