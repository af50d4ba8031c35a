import { describe, expect, it } from 'vitest';
import { KeySlot, type SlotOwner } from '../../src/concurrency/key-slot.js';
import { lockKey } from '../../src/concurrency/lock-key.js';

/** A slot of a session that has sent nothing and seen nothing; no part of these tests sends anything. */
function newSlot(): KeySlot {
  const owner = { signal: new AbortController().signal, adopted: false, seen: 0n };
  return new KeySlot(lockKey('lk', 1n), owner as Partial<SlotOwner> as SlotOwner);
}

describe('a key in the place of this session', () => {
  it('is another user’s while no attempt of ours is open', () => {
    const slot = newSlot();
    slot.answered({ revision: 10n });
    expect(slot.judge(11n, true)).toBe('foreign');
    expect(slot.judge(11n, false)).toBe('foreign');
  });

  it('is ours when an attempt of the one who asks is open, and else a stray', () => {
    const slot = newSlot();
    slot.answered({ revision: 10n });
    slot.leftOpen(slot.seen);
    expect(slot.judge(11n, true)).toBe('ours');
    expect(slot.judge(11n, false)).toBe('stray');
  });

  it('is another user’s when it is older than every open attempt', () => {
    const slot = newSlot();
    slot.answered({ revision: 10n });
    slot.leftOpen(slot.seen);
    expect(slot.judge(10n, true)).toBe('foreign');
    slot.answered({ revision: 20n });
    slot.leftOpen(slot.seen);
    expect(slot.judge(11n, false)).toBe('stray');
  });

  it('can come from an attempt that was sent before other answers came', () => {
    const slot = newSlot();
    slot.answered({ revision: 10n });
    const since = slot.seen;
    slot.answered({ revision: 30n });
    slot.leftOpen(since);
    expect(slot.judge(15n, true)).toBe('ours');
  });

  it('accounts for one attempt', () => {
    const slot = newSlot();
    slot.leftOpen(slot.seen);
    slot.leftOpen(slot.seen);
    slot.accountedFor();
    expect(slot.judge(5n, false)).toBe('stray');
    expect(slot.idle).toBe(false);
    slot.accountedFor();
    expect(slot.judge(5n, false)).toBe('foreign');
    expect(slot.idle).toBe(true);
  });

  it('never learns an older revision from a late answer', () => {
    const slot = newSlot();
    slot.answered({ revision: 10n });
    slot.answered({ revision: 9n });
    expect(slot.seen).toBe(10n);
  });
});

describe('the turn of a name', () => {
  const { signal } = new AbortController();

  it('is there for one at a time, and tried without waiting', async () => {
    const slot = newSlot();
    const endTurn = await slot.takeTurn(signal);
    expect(slot.idle).toBe(false);
    expect(await slot.tryTakeTurn(signal)).toBeUndefined();
    endTurn();
    expect(await slot.tryTakeTurn(signal)).toBeDefined();
  });
});
