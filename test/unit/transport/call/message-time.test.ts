import { beforeEach, expect, it } from 'vitest';
import { startMessageTime } from '../../../../src/transport/call/message-time.js';
import { ManualClock } from '../../../support/manual-clock.js';

let clock: ManualClock;
let received: number;
let told: string[];

beforeEach(() => {
  clock = new ManualClock();
  received = 0;
  told = [];
});

const start = () =>
  startMessageTime({
    clock,
    timeoutMs: 1_000,
    received: () => received,
    onProgress: () => told.push('progress'),
    onLate: () => told.push('late'),
  });

it('a message is late when nothing of it comes in its time', async () => {
  start();
  await clock.advance(999);
  expect(told).toEqual([]);
  await clock.advance(1);
  expect(told).toEqual(['late']);
  expect(clock.timers).toBe(0);
});

it('a message on its way has as long again, until nothing comes any more', async () => {
  start();
  for (let i = 0; i < 3; i++) {
    received += 1_000;
    await clock.advance(1_000);
  }
  expect(told).toEqual(['progress', 'progress', 'progress']);
  await clock.advance(1_000);
  expect(told.at(-1)).toBe('late');
});

it('a message of which nothing comes is late though the server answers pings and questions', async () => {
  start();
  received += 400;
  await clock.advance(1_000);
  expect(told).toEqual(['late']);
});

it('traffic of other calls keeps nobody waiting for ever', async () => {
  start();
  for (let i = 0; i < 20; i++) {
    received += 1_000;
    await clock.advance(1_000);
  }
  expect(told.filter((word) => word === 'progress')).toHaveLength(8);
  expect(told.filter((word) => word === 'late')).toHaveLength(1);
});

it('an answer ends the check', async () => {
  const time = start();
  received = 1_000;
  await clock.advance(1_500);
  time.cancel();
  await clock.advance(10_000);
  expect(told).toEqual(['progress']);
});
