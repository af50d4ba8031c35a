import { describe, expect, it } from 'vitest';
import { insist, unlessAborted } from '../../src/concurrency/insist.js';
import { EtcdError, TimeoutError, UnavailableError } from '../../src/index.js';

const never = new AbortController().signal;

describe('a call that is insisted on', () => {
  it('is repeated while what it meets passes by itself, and every failure is told', async () => {
    const failures = [
      new UnavailableError('cut', { outcome: 'unknown' }),
      new TimeoutError('slow', { outcome: 'unknown' }),
      new EtcdError('busy', { code: 'TOO_MANY_REQUESTS', outcome: 'not-applied' }),
    ];
    const told: unknown[] = [];
    let next = 0;
    const call = async (): Promise<string> => {
      const failure = failures[next++];
      if (failure !== undefined) throw failure;
      return 'answered';
    };
    expect(await insist(call, never, (error) => told.push(error))).toBe('answered');
    expect(told).toEqual(failures);
  });

  it('ends with a refusal', async () => {
    const refusal = new EtcdError('no', { code: 'PERMISSION_DENIED', outcome: 'not-applied' });
    await expect(insist(() => Promise.reject(refusal), never)).rejects.toBe(refusal);
  });

  it('ends with an error that may have been applied and that will not pass', async () => {
    const full = new EtcdError('full', { code: 'NO_SPACE', outcome: 'unknown' });
    await expect(insist(() => Promise.reject(full), never)).rejects.toBe(full);
  });

  it('is not begun again after the stop, but what is under way still counts', async () => {
    const stop = new AbortController();
    const call = async (): Promise<string> => {
      stop.abort(new Error('stopped'));
      return 'late';
    };
    expect(await insist(call, stop.signal)).toBe('late');
    await expect(insist(call, stop.signal)).rejects.toThrow('stopped');
  });
});

describe('work that may be left alone', () => {
  it('answers what it answers', async () => {
    expect(await unlessAborted(Promise.resolve(1), never)).toBe(1);
    await expect(unlessAborted(Promise.reject(new Error('no')), never)).rejects.toThrow('no');
  });

  it('rejects at once when the signal aborts, and its own failure is nobody’s then', async () => {
    const stop = new AbortController();
    let fail = (_: Error): void => {};
    const work = new Promise<void>((_, reject) => {
      fail = reject;
    });
    const result = unlessAborted(work, stop.signal);
    stop.abort(new Error('stopped'));
    await expect(result).rejects.toThrow('stopped');
    fail(new Error('too late to matter'));
    await expect(unlessAborted(work, stop.signal)).rejects.toThrow('stopped');
  });
});
