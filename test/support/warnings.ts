import { afterAll, expect } from 'vitest';

/**
 * Fails the file in which Node warns of a leak of listeners or of a timer that cannot be, and shows where.
 * Loaded before every test file.
 */
const TELLING = /^(MaxListenersExceeded|TimeoutOverflow|PromiseRejectionHandled)Warning$/;

const found: string[] = [];
const note = (warning: Error): void => {
  if (TELLING.test(warning.name)) found.push(warning.stack ?? warning.message);
};

process.on('warning', note);

afterAll(async () => {
  // A warning is told in the turn after its cause.
  await new Promise((resolve) => setImmediate(resolve));
  process.off('warning', note);
  expect(found).toEqual([]);
});
