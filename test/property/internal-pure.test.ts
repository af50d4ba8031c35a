import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Backoff, backoffDelay } from '../../src/internal/backoff.js';
import {
  compareBytes,
  concatBytes,
  decodeUtf8,
  encodeUtf8,
  equalBytes,
  isBytes,
  isWellFormed,
  startsWithBytes,
  toHex,
} from '../../src/internal/bytes.js';
import { AsyncQueue } from '../../src/internal/queue.js';

const bytes = fc.uint8Array({ maxLength: 20 });
/** Short arrays of few values, so that equal and nearly equal ones come up often. */
const alike = fc.uint8Array({ maxLength: 3, max: 2 });
const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: 'grapheme', maxLength: 150 }),
  fc.string({ unit: 'binary-ascii', minLength: 80, maxLength: 120 }),
  fc.array(fc.integer({ min: 0, max: 0xffff })).map((units) => String.fromCharCode(...units)),
);

describe('text as bytes', () => {
  it("is what the platform's encoder makes of it", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(encodeUtf8(text)).toEqual(new TextEncoder().encode(text));
      }),
    );
  });

  it('comes back exactly when it is well formed', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(decodeUtf8(encodeUtf8(text)) === text).toBe(isWellFormed(text));
      }),
    );
  });

  it('keeps a byte order mark, and refuses what is not UTF-8', () => {
    expect(decodeUtf8(encodeUtf8('\ufeffa'))).toBe('\ufeffa');
    for (const wrong of [[0xff], [0xc3], [0xed, 0xa0, 0x80], [0xc0, 0x80], [0x61, 0x80]]) {
      expect(() => decodeUtf8(Uint8Array.from(wrong))).toThrow(TypeError);
    }
  });
});

describe('bytes', () => {
  it('are ordered like arrays of numbers, a prefix first', () => {
    const byNumbers = (left: Uint8Array, right: Uint8Array): number => {
      const differs = [...left].findIndex((byte, index) => byte !== right[index]);
      if (differs === -1) return left.length - right.length;
      return differs >= right.length ? 1 : left[differs]! - right[differs]!;
    };
    fc.assert(
      fc.property(alike, alike, (left, right) => {
        expect(Math.sign(compareBytes(left, right))).toBe(Math.sign(byNumbers(left, right)));
        expect(equalBytes(left, right)).toBe(compareBytes(left, right) === 0);
      }),
    );
  });

  it('are joined, and begin with their first part', () => {
    fc.assert(
      fc.property(bytes, bytes, bytes, (one, two, three) => {
        const joined = concatBytes(one, two, three);
        expect([...joined]).toEqual([...one, ...two, ...three]);
        expect(startsWithBytes(joined, concatBytes(one, two))).toBe(true);
        if (joined.length > 0) expect(startsWithBytes(joined.subarray(1), joined)).toBe(false);
      }),
    );
  });

  it('are shown with two digits each', () => {
    fc.assert(
      fc.property(bytes, (some) => {
        const digits = [...some].map((byte) => byte.toString(16).padStart(2, '0'));
        expect(toHex(some)).toBe(digits.join(''));
      }),
    );
  });

  it('are recognised, whatever class of array they come in', () => {
    expect([new Uint8Array(1), Buffer.from('a')].every(isBytes)).toBe(true);
    expect([[1], 'a', new Uint16Array(1), new ArrayBuffer(1), null, undefined].some(isBytes)).toBe(
      false,
    );
  });
});

describe('back-off', () => {
  const shape = fc.record({
    initialMs: fc.integer({ min: 1, max: 1000 }),
    maxMs: fc.integer({ min: 1000, max: 60_000 }),
  });
  const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

  it('stays between half and all of a wait that doubles up to its longest', () => {
    fc.assert(
      fc.property(shape, fc.integer({ min: 0, max: 5000 }), chance, (given, step, random) => {
        const wait = backoffDelay(step, given, { random: () => random });
        const whole = Math.min(given.maxMs, given.initialMs * 2 ** step);
        expect(wait).toBeGreaterThanOrEqual(whole / 2);
        expect(wait).toBeLessThanOrEqual(whole);
      }),
    );
  });

  it('tries again at once after the first failure, and begins anew after a success', () => {
    const backoff = new Backoff({ initialMs: 100, maxMs: 300 }, { random: () => 0 });
    expect([backoff.next(), backoff.next(), backoff.next(), backoff.next()]).toEqual([
      0, 50, 100, 150,
    ]);
    expect(backoff.failures).toBe(4);
    backoff.reset();
    expect([backoff.failures, backoff.next(), backoff.next()]).toEqual([0, 0, 50]);
  });
});

describe('a queue', () => {
  it('behaves as a list does, whatever the order of pushes and takes', () => {
    const pushesAndTakes = fc.array(fc.oneof(fc.nat(9), fc.constant('take' as const)), {
      size: '+2',
    });
    fc.assert(
      fc.property(pushesAndTakes, fc.integer({ min: 1, max: 50 }), (steps, highWaterMark) => {
        let full = false;
        const queue = new AsyncQueue<number>({
          highWaterMark,
          weigh: (item) => item,
          onFull: () => {
            expect(full).toBe(false);
            full = true;
          },
          onRoom: () => {
            expect(full).toBe(true);
            full = false;
          },
        });
        const model: number[] = [];
        for (const step of steps) {
          if (step === 'take') expect(queue.take()).toBe(model.shift());
          else {
            model.push(step);
            expect(queue.push(step)).toBe(!full);
          }
          const weight = model.reduce((sum, item) => sum + item, 0);
          expect([queue.size, queue.weight, queue.full]).toEqual([model.length, weight, full]);
          if (weight >= highWaterMark) expect(full).toBe(true);
          if (weight <= highWaterMark / 2) expect(full).toBe(false);
        }
      }),
    );
  });

  it('keeps its order through tens of thousands of items', () => {
    const queue = new AsyncQueue<number>();
    let next = 0;
    for (let item = 0; item < 50_000; item += 1) {
      queue.push(item);
      if (item % 3 !== 0) expect(queue.take()).toBe(next++);
    }
    while (queue.size > 0) expect(queue.take()).toBe(next++);
    expect([next, queue.weight]).toEqual([50_000, 0]);
  });
});
