import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DeadlineHeap } from '../../src/lease/deadline-heap.js';
import {
  deadlineOf,
  LONGEST_OVERDUE_PAUSE_MS,
  longestPauseMs,
  patienceMs,
  renewalOf,
} from '../../src/lease/schedule.js';
import { ManualClock } from '../support/manual-clock.js';

/** More milliseconds than the rounding of a sum loses at the largest times here (about 1e13 ms). */
const ROUNDING_MS = 0.01;

const moment = () => fc.double({ min: 0, max: 1e12, noNaN: true });
const ttlSeconds = () =>
  fc.oneof(fc.integer({ min: 1, max: 120 }), fc.integer({ min: 1, max: 9_000_000_000 }));
const answered = () => fc.record({ sentAt: moment(), ttlSeconds: ttlSeconds() });

describe('the times of a lease', () => {
  it('end one TTL after the request was sent', () => {
    fc.assert(
      fc.property(answered(), (last) => {
        expect(deadlineOf(last)).toBe(last.sentAt + 1_000 * last.ttlSeconds);
      }),
    );
  });

  it('never end later than on a server that handled the request after it was sent', () => {
    fc.assert(
      fc.property(answered(), fc.double({ min: 0, max: 1e6, noNaN: true }), (last, travelMs) => {
        const endsThere = last.sentAt + travelMs + 1_000 * last.ttlSeconds;
        expect(deadlineOf(last)).toBeLessThanOrEqual(endsThere);
      }),
    );
  });

  it('leave time for two more renewals after the next', () => {
    fc.assert(
      fc.property(answered(), (last) => {
        const third = (deadlineOf(last) - last.sentAt) / 3;
        expect(Math.abs(renewalOf(last) - (last.sentAt + third))).toBeLessThan(ROUNDING_MS);
        expect(renewalOf(last) + patienceMs(last)).toBeLessThan(deadlineOf(last));
      }),
    );
  });

  it('move on with each answer, whenever it comes in time', () => {
    fc.assert(
      fc.property(answered(), fc.double({ min: 0, max: 1, noNaN: true }), (last, when) => {
        const sentAt = renewalOf(last) + when * patienceMs(last);
        const next = { sentAt, ttlSeconds: last.ttlSeconds };
        expect(deadlineOf(next)).toBeGreaterThan(deadlineOf(last));
        expect(renewalOf(next)).toBeLessThanOrEqual(deadlineOf(last) + ROUNDING_MS);
      }),
    );
  });

  it('are unknown before the first answer: renew at once, and no deadline', () => {
    expect(deadlineOf(undefined)).toBe(Infinity);
    expect(renewalOf(undefined)).toBe(Number.NEGATIVE_INFINITY);
    expect(patienceMs(undefined)).toBe(2_000);
  });

  it('never pause beyond the next renewal, nor beyond half a second once it is due', () => {
    fc.assert(
      fc.property(moment(), answered(), (now, last) => {
        const pause = longestPauseMs(now, renewalOf(last));
        if (now >= renewalOf(last)) expect(pause).toBe(LONGEST_OVERDUE_PAUSE_MS);
        else
          expect(now + pause).toBeLessThanOrEqual(
            Math.max(renewalOf(last), now + 500) + ROUNDING_MS,
          );
      }),
    );
    expect(longestPauseMs(0, renewalOf(undefined))).toBe(LONGEST_OVERDUE_PAUSE_MS);
  });
});

type Step =
  | { readonly do: 'set'; readonly item: number; readonly inMs: number }
  | { readonly do: 'delete'; readonly item: number }
  | { readonly do: 'advance' | 'block'; readonly ms: number };

const step = (): fc.Arbitrary<Step> => {
  const item = fc.integer({ min: 0, max: 12 });
  const ms = fc.integer({ min: 0, max: 60 });
  return fc.oneof(
    fc.record({ do: fc.constant('set' as const), item, inMs: fc.integer({ min: -20, max: 100 }) }),
    fc.record({ do: fc.constant('delete' as const), item }),
    fc.record({ do: fc.constantFrom('advance' as const, 'block' as const), ms }),
  );
};

describe('a heap of deadlines', () => {
  it('calls every item once, in order, at its moment or as soon as the process can', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step(), { maxLength: 40 }), async (steps) => {
        const clock = new ManualClock();
        const expected = new Map<number, number>();
        const table = new DeadlineHeap<number>(clock, (item) => {
          const at = expected.get(item);
          expect(at).toBeDefined();
          expected.delete(item);
          expect(at).toBeLessThanOrEqual(clock.now());
          // Nothing earlier was left behind.
          expect(Math.min(...expected.values())).toBeGreaterThanOrEqual(at as number);
        });
        for (const one of steps) {
          if (one.do === 'set') {
            expected.set(one.item, clock.now() + one.inMs);
            table.set(one.item, clock.now() + one.inMs);
          } else if (one.do === 'delete') {
            expected.delete(one.item);
            table.delete(one.item);
          } else if (one.do === 'block') {
            clock.block(one.ms);
          } else {
            await clock.advance(one.ms);
            expect([...expected.values()].filter((at) => at <= clock.now())).toEqual([]);
          }
          expect(table.size).toBe(expected.size);
          expect(clock.timers).toBe(expected.size === 0 ? 0 : 1);
        }
        await clock.advance(1_000);
        expect(table.size).toBe(0);
      }),
    );
  });
});
