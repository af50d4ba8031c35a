import { describe, expect, it } from 'vitest';
import { CoarseTimers } from '../../../src/internal/coarse-timers.js';
import { ManualClock } from '../../support/manual-clock.js';

describe('moments on one timer', () => {
  it('fire when their time has come, and not before', async () => {
    const clock = new ManualClock();
    const told: string[] = [];
    const timers = new CoarseTimers<string>(clock, (name) => told.push(name));
    timers.add('late', clock.now() + 100);
    timers.add('early', clock.now() + 20);
    await clock.advance(19);
    expect(told).toEqual([]);
    await clock.advance(11);
    expect(told).toEqual(['early']);
    await clock.advance(80);
    expect(told).toEqual(['early', 'late']);
    expect(clock.timers).toBe(0);
  });

  it('do not fire once they are removed, even by another one of the same moment', async () => {
    const clock = new ManualClock();
    const told: string[] = [];
    const dueAt = clock.now() + 20;
    const timers = new CoarseTimers<string>(clock, (name) => {
      told.push(name);
      if (name === 'first') timers.remove('second', dueAt);
    });
    timers.add('first', dueAt);
    timers.add('second', dueAt);
    timers.add('third', dueAt);
    await clock.advance(30);
    expect(told).toEqual(['first', 'third']);
  });
});
