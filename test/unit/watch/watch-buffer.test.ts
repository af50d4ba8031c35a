import { expect, it } from 'vitest';
import type { EventRun } from '../../../src/rpc/watch-message.js';
import { WatchBuffer } from '../../../src/watch/watch-buffer.js';

const run = (revision: number): EventRun => ({
  revision,
  count: 1,
  size: 1,
  unknownType: undefined,
  read: () => [],
});

it('a run that every consumer has taken is kept no longer, also while others wait behind it', () => {
  const buffer = new WatchBuffer({ highWaterMark: 100, startedAt: 0n, onRoom: () => {} });
  const cursor = { place: 0, attached: true, keeps: true };
  buffer.add(cursor);
  for (const revision of [1, 2, 3]) buffer.push(run(revision));
  cursor.place = 1;
  buffer.moved();
  expect([buffer.at(0), buffer.at(1)?.revision, buffer.at(2)?.revision]).toEqual([undefined, 2, 3]);
  expect([buffer.weight, buffer.revision]).toEqual([2, 1n]);
});
