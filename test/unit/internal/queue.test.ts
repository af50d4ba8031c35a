import { describe, expect, it, vi } from 'vitest';
import { AsyncQueue } from '../../../src/internal/queue.js';

function iterable<T>(queue: AsyncQueue<T>): AsyncIterable<T> {
  return { [Symbol.asyncIterator]: () => queue };
}

async function drain<T>(queue: AsyncQueue<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of iterable(queue)) items.push(item);
  return items;
}

describe('a queue', () => {
  it('delivers in order what was pushed before it ended', async () => {
    const queue = new AsyncQueue<number>();
    for (const item of [1, 2, 3]) queue.push(item);
    queue.end();
    expect(queue.push(4)).toBe(false);
    expect(await drain(queue)).toEqual([1, 2, 3]);
    expect(await queue.next()).toEqual({ done: true, value: undefined });
  });

  it('hands an item straight to a consumer that waits', async () => {
    const queue = new AsyncQueue<number>({ highWaterMark: 1 });
    const [first, second] = [queue.next(), queue.next()];
    expect([queue.push(1), queue.push(2), queue.size]).toEqual([true, true, 0]);
    expect([await first, await second]).toEqual([
      { done: false, value: 1 },
      { done: false, value: 2 },
    ]);
  });

  it('ends those that wait', async () => {
    const queue = new AsyncQueue<number>();
    const waiting = [queue.next(), queue.next()];
    queue.end();
    for (const end of await Promise.all(waiting)) expect(end.done).toBe(true);
  });

  it('fails after the items that wait, once, and is no unhandled rejection before', async () => {
    const queue = new AsyncQueue<number>();
    queue.push(1);
    queue.fail(new Error('broken'));
    queue.fail(new Error('later'));
    expect(queue.closed).toBe(true);
    expect(await queue.next()).toEqual({ done: false, value: 1 });
    await expect(queue.next()).rejects.toThrow('broken');
    expect((await queue.next()).done).toBe(true);
  });

  it('fails the first of those that wait and ends the others', async () => {
    const queue = new AsyncQueue<number>();
    const [first, second] = [queue.next(), queue.next()];
    queue.fail(new Error('broken'));
    await expect(first).rejects.toThrow('broken');
    expect((await second).done).toBe(true);
    expect((await queue.next()).done).toBe(true);
  });

  it('cleans up once when the consumer breaks, and waits for it', async () => {
    let cleaned = 0;
    const queue = new AsyncQueue<number>({
      onReturn: async () => {
        await Promise.resolve();
        cleaned += 1;
      },
    });
    queue.push(1);
    queue.push(2);
    for await (const item of iterable(queue)) {
      expect(item).toBe(1);
      break;
    }
    expect(cleaned).toBe(1);
    await queue.return();
    expect([cleaned, queue.size, queue.weight, queue.push(3)]).toEqual([1, 0, 0, false]);
    expect((await queue.next()).done).toBe(true);
  });

  it('drops waiting items and a failure when the consumer leaves', async () => {
    const queue = new AsyncQueue<number>();
    queue.push(1);
    queue.fail(new Error('broken'));
    await queue.return();
    expect((await queue.next()).done).toBe(true);
  });

  it('tells when it is full and when there is room again', () => {
    const onFull = vi.fn();
    const onRoom = vi.fn();
    const weigh = (text: string): number => text.length;
    const queue = new AsyncQueue<string>({ highWaterMark: 10, weigh, onFull, onRoom });
    expect(queue.push('123456789')).toBe(true);
    expect(queue.push('0')).toBe(false);
    expect(queue.push('kept all the same')).toBe(false);
    expect([queue.size, queue.weight, queue.full]).toEqual([3, 27, true]);
    expect(onFull).toHaveBeenCalledTimes(1);
    queue.take();
    queue.take();
    expect([queue.weight, onRoom.mock.calls.length]).toEqual([17, 0]);
    queue.take();
    expect([queue.weight, queue.full, onRoom.mock.calls.length]).toEqual([0, false, 1]);
    expect(queue.take()).toBeUndefined();
    expect(queue.push('again')).toBe(true);
  });

  it('has its own low-water mark if asked', () => {
    const onRoom = vi.fn();
    const queue = new AsyncQueue<number>({ highWaterMark: 3, lowWaterMark: 2, onRoom });
    for (const item of [1, 2, 3]) queue.push(item);
    queue.take();
    expect(onRoom).toHaveBeenCalledTimes(1);
  });
});
