import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EventRun } from '../../src/rpc/watch-message.js';
import { RevisionMerger } from '../../src/watch/revision-merger.js';

/** One event of a revision; how it is read does not matter here. */
function event(revision: number): EventRun {
  return { revision, count: 1, size: 1, unknownType: undefined, read: () => [] };
}

/** A history: how many events each revision has; none is a change of other keys. */
const history = fc.array(fc.nat(5), { maxLength: 30 });

/** The events of a history from the first revision on. */
function eventsOf(sizes: readonly number[]): EventRun[] {
  return sizes.flatMap((size, index) => Array.from({ length: size }, () => event(index + 1)));
}

function wholeOf(sizes: readonly number[], from = 1n): [bigint, number][] {
  return sizes
    .map((size, index): [bigint, number] => [BigInt(index + 1), size])
    .filter(([revision, size]) => size > 0 && revision >= from);
}

const shape = (batches: readonly EventRun[]): [bigint, number][] =>
  batches.map(({ revision, count }) => [BigInt(revision), count]);

describe('merging what a server sends', () => {
  it('gives each revision whole and once, wherever it is cut into fragments', () => {
    fc.assert(
      fc.property(history, fc.infiniteStream(fc.integer({ min: 1, max: 7 })), (sizes, cuts) => {
        const merger = new RevisionMerger();
        const events = eventsOf(sizes);
        const batches: EventRun[] = [];
        let at = 0;
        while (at < events.length) {
          const size = cuts.next().value as number;
          const fragment = at + size < events.length;
          batches.push(...merger.add(events.slice(at, at + size), fragment, 1n));
          at += size;
        }
        expect(shape(batches)).toEqual(wholeOf(sizes));
        expect(merger.holding).toBe(false);
      }),
    );
  });

  it('gives the rest once when a stream breaks anywhere and replays from the last whole revision', () => {
    fc.assert(
      fc.property(history, fc.nat(60), fc.nat(60), (sizes, first, second) => {
        const merger = new RevisionMerger();
        const batches: EventRun[] = [];
        let next = 1n;
        const take = (events: EventRun[], fragment: boolean): void => {
          for (const batch of merger.add(events, fragment, next)) {
            batches.push(batch);
            next = BigInt(batch.revision) + 1n;
          }
        };
        for (const length of [first, second]) {
          const events = eventsOf(sizes).filter(({ revision }) => revision >= next);
          take(events.slice(0, length), length < events.length);
          merger.clear();
        }
        take(
          eventsOf(sizes).filter(({ revision }) => revision >= next),
          false,
        );
        expect(shape(batches)).toEqual(wholeOf(sizes));
      }),
    );
  });

  it('drops what was delivered before, which old servers send again', () => {
    fc.assert(
      fc.property(history, fc.bigInt(1n, 30n), (sizes, from) => {
        const batches = new RevisionMerger().add(eventsOf(sizes), false, from);
        expect(shape(batches)).toEqual(wholeOf(sizes, from));
      }),
    );
  });

  it('leaves out an event without a record', () => {
    expect(new RevisionMerger().add([event(0)], false, 0n)).toEqual([]);
  });
});
