import { describe, expect, it } from 'vitest';
import { LostReplies } from '../../../src/concurrency/lost-replies.js';

describe('attempts whose replies were lost', () => {
  it('can have created no key while there are none', () => {
    const lost = new LostReplies();
    expect(lost.unresolved).toBe(false);
    expect(lost.mayHaveCreated(11n)).toBe(false);
  });

  it('can have created keys that are newer than what was known when the first was sent', () => {
    const lost = new LostReplies();
    lost.record(10n);
    lost.record(20n);
    expect([10n, 11n, 25n].map((revision) => lost.mayHaveCreated(revision))).toEqual([
      false,
      true,
      true,
    ]);
  });

  it('can be recorded out of order: one was sent before the answers to others came', () => {
    const lost = new LostReplies();
    lost.record(30n);
    lost.record(10n);
    expect(lost.mayHaveCreated(15n)).toBe(true);
  });

  it('are resolved one by one, each by one key', () => {
    const lost = new LostReplies();
    lost.record(10n);
    lost.record(10n);
    lost.resolve();
    expect(lost.mayHaveCreated(15n)).toBe(true);
    lost.resolve();
    expect(lost.unresolved).toBe(false);
    expect(lost.mayHaveCreated(15n)).toBe(false);
    lost.record(40n);
    expect(lost.mayHaveCreated(15n)).toBe(false);
  });
});
