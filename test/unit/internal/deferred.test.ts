import { describe, expect, it } from 'vitest';
import { deferred, quiet } from '../../../src/internal/deferred.js';

describe('a deferred promise', () => {
  it('is settled from outside, once', async () => {
    const answer = deferred<number>();
    answer.resolve(1);
    answer.reject(new Error('too late'));
    expect(await answer.promise).toBe(1);
    const failure = deferred();
    failure.reject(new Error('no'));
    await expect(failure.promise).rejects.toThrow('no');
  });
});

describe('a quiet promise', () => {
  it('is no unhandled rejection, and still rejects for those who await it', async () => {
    const unhandled: unknown[] = [];
    const collect = (error: unknown): void => void unhandled.push(error);
    process.on('unhandledRejection', collect);
    const promise = quiet(Promise.reject(new Error('no')));
    await new Promise((resolve) => setImmediate(resolve));
    process.off('unhandledRejection', collect);
    expect(unhandled).toEqual([]);
    await expect(promise).rejects.toThrow('no');
  });
});
