import { expect, it } from 'vitest';
import { type SemaphoreState, semaphoreKeys } from '../../../src/concurrency/semaphore-state.js';
import { SemaphoreTurn } from '../../../src/concurrency/semaphore-turn.js';
import type { KeyValue, WatchBatch } from '../../../src/index.js';

const keys = semaphoreKeys('s');

/** The turn of a contender that has read, at revision 10, so many free slots and others before it. */
function turnOf({ permits = 4, free = 0, before = 0 }): SemaphoreTurn {
  const state: SemaphoreState = {
    revision: 10n,
    permits,
    free: Array.from({ length: free }, (_, slot) => slot),
    oldest: undefined,
    waiting: Array.from({ length: before }, () => ({}) as KeyValue),
    sameSize: () => {
      throw new Error('nothing is taken here');
    },
  };
  return new SemaphoreTurn(keys, state);
}

let revision = 10n;
const batch = (...events: [type: 'put' | 'delete', key: string][]): WatchBatch<unknown> => {
  revision += 1n;
  const told = events.map(([type, key]) => ({ type, key, revision }));
  return { revision, events: told } as unknown as WatchBatch<unknown>;
};
const freed = (slot: number) => batch(['delete', `s/slots/${slot}/x`]);
const taken = (slot: number) => batch(['put', `s/slots/${slot}/x`]);
const left = () => batch(['delete', 's/queue/x']);

it('has come for a contender that has read more free slots than others before it', () => {
  expect(turnOf({ free: 1 }).hasCome).toBe(true);
  expect(turnOf({ free: 1, before: 1 }).hasCome).toBe(false);
});

it('may have come when enough slots got free, and not when they go to those before', () => {
  const turn = turnOf({ before: 1 });
  expect(turn.mayHaveCome(freed(0))).toBe(false);
  expect(turn.mayHaveCome(taken(0))).toBe(false);
  // The one before it has left the queue with its slot.
  expect(turn.mayHaveCome(left())).toBe(false);
  expect(turn.mayHaveCome(freed(2))).toBe(true);
});

it('does not come by others who join, nor by slots above the number of permits', () => {
  const turn = turnOf({ permits: 2 });
  expect(turn.mayHaveCome(batch(['put', 's/queue/y']))).toBe(false);
  expect(turn.mayHaveCome(freed(2))).toBe(false);
  expect(turn.mayHaveCome(batch(['delete', 's/other']))).toBe(false);
  expect(turn.mayHaveCome(freed(1))).toBe(true);
});

it('may have come whenever the number of permits is another one', () => {
  expect(turnOf({ before: 3 }).mayHaveCome(batch(['put', 's/size']))).toBe(true);
});

it('does not count what the read has seen already', () => {
  const turn = turnOf({});
  const seen = { ...freed(0), revision: 10n };
  expect(turn.mayHaveCome(seen)).toBe(false);
});
