// `npm run fuzz:wire`: ten million bytes of hostile peers for the direct wire. Each run has a seed of its own,
// which is printed when a promise is broken; `--seed 17` does that one run again, `--bytes 1e8` sends more.

import { parseArgs } from 'node:util';
import { dice } from '../test/support/dice.js';
import {
  expectClean,
  type HostileRun,
  sendDamaged,
  sendMadeUp,
  sendNoise,
} from '../test/support/hostile-bytes.js';

const { values } = parseArgs({
  options: { bytes: { type: 'string', default: '1e7' }, seed: { type: 'string' } },
});
const most = Number(values.bytes);
const WAYS = [sendDamaged, sendMadeUp, sendNoise] as const;
/** A run that takes longer hangs. */
const MOST_MS = 5_000;

let sent = 0;
let runs = 0;
const ends = new Map<string, number>();
const began = performance.now();

process.on('uncaughtException', (error) => fail(error));
process.on('unhandledRejection', (error) => fail(error));

let seed = values.seed === undefined ? 1 : Number(values.seed);
for (; sent < most; seed++) {
  const startedAt = performance.now();
  try {
    const roll = dice(seed);
    const way = WAYS[seed % WAYS.length] ?? sendDamaged;
    const run = way(roll);
    await expectClean(run);
    note(run);
  } catch (error) {
    fail(error);
  }
  const tookMs = performance.now() - startedAt;
  if (tookMs > MOST_MS) fail(new Error(`it took ${Math.round(tookMs)} ms`));
  if (values.seed !== undefined) break;
}

const seconds = (performance.now() - began) / 1_000;
console.log(`${sent} bytes in ${runs} runs, ${seconds.toFixed(0)} s: every call ended once`);
for (const [how, count] of [...ends].sort(([, a], [, b]) => b - a)) {
  console.log(`${String(count).padStart(8)}  calls ended with gRPC code ${how}`);
}

function note({ calls, bytes }: HostileRun): void {
  sent += bytes;
  runs++;
  for (const { end } of calls) {
    const how = String(end?.code);
    ends.set(how, (ends.get(how) ?? 0) + 1);
  }
}

function fail(error: unknown): never {
  console.error(`seed ${seed}:`, error);
  process.exit(1);
}
