import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NumberMap } from '../../../src/internal/number-map.js';

describe('objects by their numbers', () => {
  it('are those that a map has, whatever comes and goes', () => {
    // Few numbers that meet in one place, many that do not, and large ones.
    const number = fc.oneof(
      fc.nat(5).map((one) => one * 16),
      fc.nat(40),
      fc.integer({ min: 2 ** 30 - 20, max: 2 ** 30 }),
    );
    const steps = fc.array(fc.record({ number, comes: fc.boolean() }), { maxLength: 120 });
    fc.assert(
      fc.property(steps, (all) => {
        const ours = new NumberMap<string>();
        const map = new Map<number, string>();
        for (const [step, { number: key, comes }] of all.entries()) {
          if (comes) {
            ours.set(key, `${step}`);
            map.set(key, `${step}`);
          } else {
            ours.delete(key);
            map.delete(key);
          }
          expect(ours.size).toBe(map.size);
          for (const { number: asked } of all) expect(ours.get(asked)).toBe(map.get(asked));
        }
        const sorted = [...map].sort(([left], [right]) => left - right);
        expect(ours.values()).toEqual(sorted.map(([, value]) => value));
      }),
    );
  });

  it('are found beside one that stays, however many came and went', () => {
    const map = new NumberMap<string>();
    map.set(0, 'stays');
    for (let number = 1; number < 10_000; number++) {
      map.set(number, `${number}`);
      if (number > 3) map.delete(number - 3);
      expect(map.get(0)).toBe('stays');
      expect(map.get(number)).toBe(`${number}`);
    }
    expect(map.values()).toEqual(['stays', '9997', '9998', '9999']);
  });
});
