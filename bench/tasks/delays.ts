import { setTimeout as delay } from 'node:timers/promises';
import type { BenchClient } from '../clients/bench-client.js';
import { measure } from '../meter.js';
import type { DelayTask, Outcome } from './task.js';

/** For how long a lock is held, or nothing is done: until the others wait and the machine is at rest. */
const HOLD_MS = 10;

/** Measures how long something takes to reach who waits for it: the median. */
export async function delays(client: BenchClient, task: DelayTask): Promise<Outcome> {
  const found: number[] = [];
  const reading = await measure(() =>
    task.kind === 'hand-over'
      ? handOver(client, task.contenders, task.ms, found)
      : deletions(client, task.ms, found),
  );
  const elapsedMs = found.sort((a, b) => a - b)[Math.floor(found.length / 2)];
  if (elapsedMs === undefined) throw new Error('nothing was waited for');
  return { ...reading, elapsedMs, count: 1 };
}

/** From the call that gives a lock back to the moment the next contender has it. */
async function handOver(
  { lock }: BenchClient,
  contenders: number,
  ms: number,
  found: number[],
): Promise<void> {
  if (lock === undefined) throw new Error('this client has no locks');
  const end = performance.now() + ms;
  let givenBackAt: number | undefined;
  const contend = async (contender: number): Promise<void> => {
    while (performance.now() < end) {
      const release = await lock('bench/lock', contender);
      if (givenBackAt !== undefined) found.push(performance.now() - givenBackAt);
      await delay(HOLD_MS);
      givenBackAt = performance.now();
      await release();
    }
  };
  await Promise.all(Array.from({ length: contenders }, (_, index) => contend(index)));
}

/** From the request that deletes a key to the moment a watch on it tells. */
async function deletions({ watchedKey }: BenchClient, ms: number, found: number[]): Promise<void> {
  if (watchedKey === undefined) throw new Error('this client cannot do that');
  for (const end = performance.now() + ms; performance.now() < end; ) {
    const remove = await watchedKey('bench/watched');
    await delay(HOLD_MS);
    const deletedAt = performance.now();
    found.push((await remove()) - deletedAt);
  }
}
