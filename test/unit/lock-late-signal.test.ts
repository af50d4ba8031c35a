import { describe, expect, it } from 'vitest';
import { LateSignal } from '../../src/concurrency/late-signal.js';
import { EtcdError } from '../../src/index.js';

const reason = new EtcdError('given back', { code: 'RELEASED' });

describe('a signal that is made when it is asked for', () => {
  it('is one signal, that aborts with the reason', () => {
    const late = new LateSignal();
    const { signal } = late;
    expect(late.signal).toBe(signal);
    expect([signal.aborted, late.aborted, late.reason]).toEqual([false, false, undefined]);
    late.abort(() => reason);
    expect([signal.aborted, late.aborted]).toEqual([true, true]);
    expect(signal.reason).toBe(reason);
    expect(late.reason).toBe(reason);
  });

  it('has aborted already when it is asked for late', () => {
    const late = new LateSignal();
    late.abort(() => reason);
    expect(late.signal.aborted).toBe(true);
    expect(late.signal.reason).toBe(reason);
  });

  it('makes a reason once, when somebody wants it, and keeps to the first', () => {
    const late = new LateSignal();
    let made = 0;
    late.abort(() => {
      made += 1;
      return reason;
    });
    late.abort(() => new EtcdError('too late', { code: 'LOCK_LOST' }));
    expect(made).toBe(0);
    expect(late.reason).toBe(reason);
    expect(late.signal.reason).toBe(reason);
    expect(made).toBe(1);
  });
});
