import { expect, it } from 'vitest';
import { dice } from '../../support/dice.js';
import {
  expectClean,
  type HostileRun,
  sendDamaged,
  sendMadeUp,
  sendNoise,
} from '../../support/hostile-bytes.js';

// The short form of `npm run fuzz:wire`, which sends ten million bytes.

const RUNS = 400;
const FIRST_SEED = Number(process.env['ETCD_KIT_TEST_SEED'] ?? 1);

it.each<[string, (roll: (sides: number) => number) => HostileRun]>([
  ['damaged bytes of an honest peer', sendDamaged],
  ['frames that anybody could make up', sendMadeUp],
  ['bytes of which nothing is known', sendNoise],
])('%s end calls, and nothing else: no exception, no hang, nothing left', async (_, send) => {
  let seed = FIRST_SEED;
  try {
    for (; seed < FIRST_SEED + RUNS; seed++) await expectClean(send(dice(seed)));
  } catch (cause) {
    throw new Error(`with the seed ${seed}`, { cause });
  }
  expect(seed).toBe(FIRST_SEED + RUNS);
});
