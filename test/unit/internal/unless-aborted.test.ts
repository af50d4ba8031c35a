import { describe, expect, it } from 'vitest';
import { unlessAborted } from '../../../src/internal/unless-aborted.js';

const never = new AbortController().signal;

describe('work that can be abandoned', () => {
  it('resolves with its result', async () => {
    expect(await unlessAborted(Promise.resolve(1), never)).toBe(1);
    await expect(unlessAborted(Promise.reject(new Error('no')), never)).rejects.toThrow('no');
  });

  it('rejects at once when the signal aborts, and its own later failure is ignored', async () => {
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
