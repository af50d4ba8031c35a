import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  afterCreated,
  afterEvents,
  afterProgress,
  type ResumePoint,
  startingAt,
} from '../../src/watch/resume-point.js';

/** What a server may say to a watcher, in any order, however wrong. */
const step = fc.record({
  kind: fc.constantFrom('created' as const, 'events' as const, 'progress' as const),
  revision: fc.bigInt(1n, 200n),
  store: fc.bigInt(0n, 200n),
});
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

function apply(point: ResumePoint, { kind, revision, store }: Step): ResumePoint {
  if (kind === 'created') return afterCreated(point, store);
  return kind === 'events' ? afterEvents(point, revision, store) : afterProgress(point, store);
}

describe('the resume point of a watch', () => {
  it('never moves back, whatever a server sends', () => {
    fc.assert(
      fc.property(fc.bigInt(0n, 100n), fc.array(step), (start, steps) => {
        let point = startingAt(start);
        for (const each of steps) {
          const next = apply(point, each);
          expect(next.next).toBeGreaterThanOrEqual(point.next);
          expect(next.seen).toBeGreaterThanOrEqual(point.seen);
          point = next;
        }
      }),
    );
  });

  it('stays where it was asked to start until something was delivered', () => {
    fc.assert(
      fc.property(fc.bigInt(1n, 100n), fc.array(fc.bigInt(0n, 200n)), (start, registrations) => {
        const point = registrations.reduce(afterCreated, startingAt(start));
        expect(point.next).toBe(start);
      }),
    );
  });

  it('is the revision after the first registration for a watch from now on', () => {
    fc.assert(
      fc.property(fc.array(fc.bigInt(1n, 200n), { minLength: 1 }), (registrations) => {
        const point = registrations.reduce(afterCreated, startingAt(0n));
        expect(point.next).toBe((registrations[0] ?? 0n) + 1n);
      }),
    );
  });

  it('is above everything delivered, and not above what the server has confirmed', () => {
    fc.assert(
      fc.property(fc.bigInt(1n, 100n), fc.array(step), (start, steps) => {
        const point = steps.reduce(apply, startingAt(start));
        const delivered = steps.filter(({ kind }) => kind === 'events').map((s) => s.revision);
        const vouched = steps.filter(({ kind }) => kind === 'progress').map((s) => s.store);
        const highest = [...delivered, ...vouched].reduce((a, b) => (a > b ? a : b), start - 1n);
        expect(point.next).toBe(highest + 1n);
      }),
    );
  });

  it('does not take the empty header of a refusal for a revision', () => {
    expect(afterCreated(startingAt(0n), 0n)).toEqual({ next: 0n, seen: 0n });
  });

  it('does not follow a progress that is older than where the watch starts', () => {
    expect(afterProgress(startingAt(100n), 6n).next).toBe(100n);
  });
});
