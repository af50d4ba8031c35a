import { describe, expect, it } from 'vitest';
import { LocalQueue } from '../../../src/concurrency/local-queue.js';

const { signal } = new AbortController();

describe('turns within a session', () => {
  it('are given one at a time, in the order they were asked for', async () => {
    const queue = new LocalQueue<string>();
    const order: (string | undefined)[] = [];
    const first = await queue.take('first', signal);
    const others = ['second', 'third'].map(async (name) => {
      const endTurn = await queue.take(name, signal);
      order.push(queue.holder);
      endTurn();
    });
    expect([queue.holder, queue.waiting]).toEqual(['first', 2]);
    first();
    await Promise.all(others);
    expect(order).toEqual(['second', 'third']);
    expect(queue.holder).toBeUndefined();
  });

  it('end once: a second end does not end the turn of the next', async () => {
    const queue = new LocalQueue<string>();
    const end = await queue.take('one', signal);
    end();
    await queue.take('other', signal);
    end();
    expect(queue.holder).toBe('other');
  });

  it('are not waited for any longer when the signal aborts, and nobody else loses a place', async () => {
    const queue = new LocalQueue<string>();
    const end = await queue.take('holder', signal);
    const impatient = new AbortController();
    const left = queue.take('impatient', impatient.signal);
    const stays = queue.take('patient', signal);
    impatient.abort(new Error('enough'));
    await expect(left).rejects.toThrow('enough');
    end();
    await stays;
    await expect(queue.take('impatient', impatient.signal)).rejects.toThrow('enough');
  });
});
