import { describe, expect, it } from 'vitest';
import { LazyAbortSignal } from '../../../src/concurrency/lazy-abort-signal.js';
import { EtcdError } from '../../../src/index.js';

const reason = new EtcdError('given back', { code: 'RELEASED' });

describe('a signal that is made when it is asked for', () => {
  it('is one signal, that aborts with the reason', () => {
    const lazy = new LazyAbortSignal();
    const { signal } = lazy;
    expect(lazy.signal).toBe(signal);
    expect([signal.aborted, lazy.aborted, lazy.reason]).toEqual([false, false, undefined]);
    lazy.abort(() => reason);
    expect([signal.aborted, lazy.aborted]).toEqual([true, true]);
    expect(signal.reason).toBe(reason);
    expect(lazy.reason).toBe(reason);
  });

  it('has aborted already when it is asked for late', () => {
    const lazy = new LazyAbortSignal();
    lazy.abort(() => reason);
    expect(lazy.signal.aborted).toBe(true);
    expect(lazy.signal.reason).toBe(reason);
  });

  it('makes a reason once, when somebody wants it, and keeps to the first', () => {
    const lazy = new LazyAbortSignal();
    let made = 0;
    lazy.abort(() => {
      made += 1;
      return reason;
    });
    lazy.abort(() => new EtcdError('too late', { code: 'LOCK_LOST' }));
    expect(made).toBe(0);
    expect(lazy.reason).toBe(reason);
    expect(lazy.signal.reason).toBe(reason);
    expect(made).toBe(1);
  });
});
