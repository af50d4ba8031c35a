import { afterEach, describe, expect, it, vi } from 'vitest';
import { MAX_TIMER_MS, systemClock } from '../../../src/internal/clock.js';
import { Deadline } from '../../../src/internal/deadline.js';
import { delay } from '../../../src/internal/delay.js';
import { ManualClock } from '../../support/manual-clock.js';

afterEach(() => {
  vi.useRealTimers();
});

describe('the system clock', () => {
  it('fires once, not before its time', () => {
    vi.useFakeTimers();
    const fired = vi.fn();
    systemClock.setTimeout(fired, 100);
    vi.advanceTimersByTime(99);
    expect(fired).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(fired).toHaveBeenCalledTimes(1);
  });

  it('waits longer than a timer of the platform can, without firing early or at once', () => {
    vi.useFakeTimers();
    const fired = vi.fn();
    systemClock.setTimeout(fired, MAX_TIMER_MS * 2 + 500);
    vi.advanceTimersByTime(MAX_TIMER_MS * 2 + 499);
    expect(fired).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(fired).toHaveBeenCalledTimes(1);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('forgets a cancelled timer, however long', () => {
    vi.useFakeTimers();
    const fired = vi.fn();
    const long = systemClock.setTimeout(fired, MAX_TIMER_MS * 2);
    vi.advanceTimersByTime(MAX_TIMER_MS + 1);
    long.cancel();
    systemClock.setTimeout(fired, 5).cancel();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('treats a time in the past as now', () => {
    vi.useFakeTimers();
    const fired = vi.fn();
    systemClock.setTimeout(fired, -5);
    vi.advanceTimersByTime(1);
    expect(fired).toHaveBeenCalledTimes(1);
  });

  it('does not hold the process for an unreferenced timer', () => {
    const timer = systemClock.setTimeout(() => {}, 60_000);
    const before = process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
    timer.unref();
    const after = process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
    timer.cancel();
    expect(after).toBe(before - 1);
  });

  it('never goes back, and its random numbers stay below 1', () => {
    expect(systemClock.now()).toBeLessThanOrEqual(systemClock.now());
    expect(systemClock.random()).toBeLessThan(1);
  });
});

describe('a deadline', () => {
  const tooLate = (): Error => new Error('too late');

  it('counts down and passes', () => {
    const clock = new ManualClock();
    const deadline = Deadline.in(clock, 100);
    expect([deadline.remainingMs, deadline.passed, deadline.timeoutMs(tooLate)]).toEqual([
      100,
      false,
      100,
    ]);
    clock.block(99.5);
    expect([deadline.remainingMs, deadline.passed, deadline.timeoutMs(tooLate)]).toEqual([
      0.5,
      false,
      1,
    ]);
  });

  it('leaves nothing to the next call once it has passed', () => {
    const clock = new ManualClock();
    const deadline = Deadline.in(clock, 100);
    clock.block(100);
    expect([deadline.remainingMs, deadline.passed]).toEqual([0, true]);
    expect(() => deadline.timeoutMs(tooLate)).toThrow('too late');
  });

  it('may be absent', () => {
    for (const timeoutMs of [0, undefined]) {
      const deadline = Deadline.in(new ManualClock(), timeoutMs);
      expect([deadline.remainingMs, deadline.passed, deadline.timeoutMs(tooLate)]).toEqual([
        Infinity,
        false,
        0,
      ]);
    }
  });
});

describe('a delay', () => {
  it('ends in its time and leaves no listener', async () => {
    const clock = new ManualClock();
    const { signal } = new AbortController();
    const removed = vi.spyOn(signal, 'removeEventListener');
    const done = vi.fn();
    const waiting = delay(clock, 100, signal).then(done);
    await clock.advance(99);
    expect(done).not.toHaveBeenCalled();
    await clock.advance(1);
    await waiting;
    expect(removed).toHaveBeenCalledTimes(1);
  });

  it('ends with the reason of an abort and leaves no timer', async () => {
    const clock = new ManualClock();
    const controller = new AbortController();
    const waiting = delay(clock, 100, controller.signal);
    controller.abort(new Error('stop'));
    await expect(waiting).rejects.toThrow('stop');
    await expect(delay(clock, 100, controller.signal)).rejects.toThrow('stop');
    expect(clock.timers).toBe(0);
  });

  it('needs no signal', async () => {
    const clock = new ManualClock();
    const waiting = delay(clock, 100);
    await clock.advance(100);
    await expect(waiting).resolves.toBeUndefined();
  });
});
