import { describe, expect, it } from 'vitest';
import { Turns } from '../../src/concurrency/turns.js';

const { signal } = new AbortController();

describe('turns within a session', () => {
  it('are had one at a time, in the order they were asked for', async () => {
    const turns = new Turns();
    const order: string[] = [];
    const first = await turns.take(signal);
    const others = ['second', 'third'].map(async (name) => {
      const endTurn = await turns.take(signal);
      order.push(name);
      endTurn();
    });
    expect(turns.waiting).toBe(2);
    order.push('first');
    first();
    await Promise.all(others);
    expect(order).toEqual(['first', 'second', 'third']);
    expect(turns.taken).toBe(false);
  });

  it('end once: a second end does not end the turn of the next', async () => {
    const turns = new Turns();
    const end = await turns.take(signal);
    end();
    await turns.take(signal);
    end();
    expect(turns.taken).toBe(true);
  });

  it('are not waited for any longer when the signal aborts, and nobody else loses a place', async () => {
    const turns = new Turns();
    const end = await turns.take(signal);
    const impatient = new AbortController();
    const left = turns.take(impatient.signal);
    const stays = turns.take(signal);
    impatient.abort(new Error('enough'));
    await expect(left).rejects.toThrow('enough');
    end();
    await stays;
    await expect(turns.take(impatient.signal)).rejects.toThrow('enough');
  });
});
