import { describe, expect, it } from 'vitest';
import { KeyedQueue } from '../../../src/internal/keyed-queue.js';
import { deferred } from '../../support/wait.js';

describe('work on a key', () => {
  const { signal } = new AbortController();

  it('runs one after the other, in the order it came, and other keys do not wait', async () => {
    const queue = new KeyedQueue();
    const seen: string[] = [];
    const first = deferred();
    const runs = [
      queue.run('a', signal, async () => {
        seen.push('a1');
        await first.promise;
        seen.push('a1 ended');
      }),
      queue.run('a', signal, async () => void seen.push('a2')),
      queue.run('a', signal, async () => void seen.push('a3')),
    ];
    await queue.run('b', signal, async () => void seen.push('b'));
    expect(seen).toEqual(['a1', 'b']);
    first.resolve();
    await Promise.all(runs);
    expect(seen).toEqual(['a1', 'b', 'a1 ended', 'a2', 'a3']);
    expect(queue.size).toBe(0);
  });

  it('goes on after work that fails, and returns its results', async () => {
    const queue = new KeyedQueue();
    const failing = queue.run('a', signal, () => Promise.reject(new Error('fault')));
    const next = queue.run('a', signal, async () => 'value');
    await expect(failing).rejects.toThrow('fault');
    expect(await next).toBe('value');
  });

  it('is left by an abort while it waits, and those behind keep their order', async () => {
    const queue = new KeyedQueue();
    const first = deferred();
    const seen: string[] = [];
    const controller = new AbortController();
    const running = queue.run('a', signal, () => first.promise);
    const left = queue.run('a', controller.signal, async () => void seen.push('left'));
    const behind = queue.run('a', signal, async () => void seen.push('behind'));
    controller.abort('enough');
    await expect(left).rejects.toBe('enough');
    expect(seen).toEqual([]);
    first.resolve();
    await Promise.all([running, behind]);
    expect([seen, queue.size]).toEqual([['behind'], 0]);
  });
});
