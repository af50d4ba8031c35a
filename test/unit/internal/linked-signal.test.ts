import { getEventListeners } from 'node:events';
import { describe, expect, it, vi } from 'vitest';
import { LinkedSignal, onAbort } from '../../../src/internal/linked-signal.js';
import { ManualClock } from '../../support/manual-clock.js';

const listeners = (signal: AbortSignal): number => getEventListeners(signal, 'abort').length;

describe('listening for an abort', () => {
  it('tells the reason, once', () => {
    const controller = new AbortController();
    const heard = vi.fn();
    onAbort(controller.signal, heard);
    controller.abort('why');
    controller.abort('again');
    expect(heard.mock.calls).toEqual([['why']]);
  });

  it('tells at once when it has happened', () => {
    const heard = vi.fn();
    onAbort(AbortSignal.abort('why'), heard)();
    expect(heard.mock.calls).toEqual([['why']]);
  });

  it('stops when told to, and needs no signal', () => {
    const controller = new AbortController();
    const heard = vi.fn();
    onAbort(controller.signal, heard)();
    onAbort(undefined, heard)();
    controller.abort();
    expect(heard).not.toHaveBeenCalled();
    expect(listeners(controller.signal)).toBe(0);
  });
});

describe('a linked signal', () => {
  it('leaves nothing on a long-lived signal after 10,000 calls', () => {
    const { signal } = new AbortController();
    for (let call = 0; call < 10_000; call += 1) {
      const linked = new LinkedSignal({ signals: [signal] });
      expect(linked.signal.aborted).toBe(false);
      linked.dispose();
    }
    expect(listeners(signal)).toBe(0);
  });

  it('aborts with the first reason and lets go of the other sources', () => {
    const clock = new ManualClock();
    const [one, other] = [new AbortController(), new AbortController()];
    const linked = new LinkedSignal({
      signals: [one.signal, undefined, other.signal],
      timeout: { clock, ms: 100, reason: () => 'late' },
    });
    other.abort('other');
    one.abort('one');
    expect(linked.signal.reason).toBe('other');
    expect([listeners(one.signal), listeners(other.signal), clock.timers]).toEqual([0, 0, 0]);
  });

  it('aborts when the time is over', async () => {
    const clock = new ManualClock();
    const { signal } = new AbortController();
    const linked = new LinkedSignal({
      signals: [signal],
      timeout: { clock, ms: 100, reason: () => 'late' },
    });
    await clock.advance(99);
    expect(linked.signal.aborted).toBe(false);
    await clock.advance(1);
    expect(linked.signal.reason).toBe('late');
    expect(listeners(signal)).toBe(0);
  });

  it('has no deadline at 0', () => {
    const clock = new ManualClock();
    new LinkedSignal({ timeout: { clock, ms: 0, reason: () => 'late' } });
    expect(clock.timers).toBe(0);
  });

  it('is aborted from the start by a source that is, and touches no other', () => {
    const clock = new ManualClock();
    const { signal } = new AbortController();
    const linked = new LinkedSignal({
      signals: [signal, AbortSignal.abort('before'), signal],
      timeout: { clock, ms: 100, reason: () => 'late' },
    });
    expect(linked.signal.reason).toBe('before');
    expect([listeners(signal), clock.timers]).toEqual([0, 0]);
  });

  it('stays as it is after it was disposed, twice or by using', () => {
    const controller = new AbortController();
    const kept = ((): LinkedSignal => {
      using linked = new LinkedSignal({ signals: [controller.signal] });
      return linked;
    })();
    kept.dispose();
    controller.abort();
    expect(kept.signal.aborted).toBe(false);
  });
});
