import { expect, it } from 'vitest';
import { setPatience } from '../../../src/internal/patience.js';
import { ManualClock } from '../../support/manual-clock.js';

/** A patience of a second, and how often it ended. */
function setUp() {
  const clock = new ManualClock();
  const seen = { ends: 0 };
  const patience = setPatience(clock, () => seen.ends++, 1_000);
  return { clock, seen, patience };
}

it('a patience ends after its time, once', async () => {
  const { clock, seen } = setUp();
  await clock.advance(999);
  expect(seen.ends).toBe(0);
  await clock.advance(1);
  expect(seen.ends).toBe(1);
  expect(clock.timers).toBe(0);
});

it('a time in which the process stood still counts as one step of it', async () => {
  const { clock, seen } = setUp();
  await clock.advance(200);
  clock.block(5_000);
  await clock.advance(0);
  expect(seen.ends).toBe(0);
  await clock.advance(699);
  expect(seen.ends).toBe(0);
  await clock.advance(1);
  expect(seen.ends).toBe(1);
});

it('it never ends before the process could read what came while it stood still', async () => {
  const { clock, seen } = setUp();
  await clock.advance(950);
  clock.block(1_000);
  let readings = 0;
  // What the event loop does before the next timer.
  setImmediate(() => readings++);
  await clock.advance(0);
  expect(seen.ends).toBe(1);
  expect(readings).toBe(1);
});

it('nothing is left of it when it is cancelled', async () => {
  const { clock, seen, patience } = setUp();
  await clock.advance(450);
  patience.cancel();
  await clock.advance(10_000);
  expect(seen.ends).toBe(0);
  expect(clock.timers).toBe(0);
});
