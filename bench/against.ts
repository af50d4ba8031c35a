// `npm run bench -- --against <folder>`: CPU time of each operation, this build against another one (its `dist`), and
// how many of them each build does in a second.
// Each build has processes of its own, which take turns in many short rounds, so that what else the machine does falls
// on both alike. What is compared are the medians: single rounds are hit by garbage collections and by others.

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { startEtcd } from 'etcd-kit/testing';
import { ensureOneEtcd } from '../scripts/etcd/ensure.mjs';
import type { AgainstTask, Round } from './against-worker.js';
import { Store } from './store.js';

const { values: flags } = parseArgs({
  options: {
    against: { type: 'string' },
    legs: { type: 'string', default: '' },
    rounds: { type: 'string', default: '20' },
    pairs: { type: 'string', default: '2' },
    ours: { type: 'string', default: '{}' },
    theirs: { type: 'string', default: '{}' },
    'no-build': { type: 'boolean', default: false },
  },
});
if (flags.against === undefined)
  throw new Error('--against names the folder dist of another build');

const HERE = fileURLToPath(new URL('../dist', import.meta.url));
const WORKER = fileURLToPath(new URL('against-worker.ts', import.meta.url));
const ROUNDS = Number(flags.rounds);
/** Rounds that do not count: code is still being compiled. A client's first ten thousand calls are slower by far. */
const WARM_UP = 4;
const WARM_UP_TIMES = 8;
const RANGE_KEYS = 100_000;
const HISTORY = 20_000;
const CALLS = 600;

await using server = await startEtcd({ binary: (await ensureOneEtcd()).etcd });
await using store = await Store.open(server.endpoint);
console.log('| CPU time of one | that build | this build | medians | minima | rates |');
console.log('|---|---|---|---|---|---|');
const took = new Map<string, [Round[], Round[]]>();
for (let pair = 0; pair < Number(flags.pairs); pair++) await comparePair();
for (const [leg, [that, here]] of took) {
  const ratio = (measure: keyof Round, at: number) =>
    (quantile(here, measure, at) / quantile(that, measure, at)).toFixed(2);
  const us = (rounds: readonly Round[]) => `${quantile(rounds, 'us', 0.5).toFixed(2)} us`;
  const ratios = [ratio('us', 0.5), ratio('us', 0), ratio('perSecond', 0.5)];
  console.log(`| ${[leg, us(that), us(here), ...ratios].join(' | ')} |`);
}

async function comparePair(): Promise<void> {
  const that = fork(WORKER, [flags.against ?? '', server.endpoint, flags.theirs], {
    execArgv: ['--import', 'tsx'],
  });
  const here = fork(WORKER, [HERE, server.endpoint, flags.ours], { execArgv: ['--import', 'tsx'] });
  const [[legs]] = (await Promise.all([once(that, 'message'), once(here, 'message')])) as [
    [readonly string[]],
    unknown,
  ];
  for (const leg of legs) {
    if (!flags.legs.split(',').some((part) => leg.includes(part))) continue;
    const task = await taskOf(leg);
    const [a, b] = took.get(leg) ?? [[], []];
    took.set(leg, [a, b]);
    for (let round = -WARM_UP; round < roundsOf(leg); round++) {
      // Each is the first in every other round.
      const turns = [
        [that, a],
        [here, b],
      ] as const;
      for (const [child, into] of round % 2 === 0 ? turns : turns.toReversed()) {
        const done = await perform(child, round < 0 ? warmUpOf(task) : task);
        if (round >= 0) into.push(done);
      }
    }
  }
  for (const child of [that, here]) {
    child.send('close');
    await once(child, 'exit');
  }
}

async function taskOf(leg: string): Promise<AgainstTask> {
  if (leg.startsWith('range') || leg.startsWith('iterate')) {
    await store.fillRange(RANGE_KEYS);
    return { leg, count: RANGE_KEYS };
  }
  if (leg.startsWith('watch')) {
    const perRevision = leg.includes('10 a revision') ? 10 : 1;
    const count = HISTORY / (perRevision === 1 ? 4 : 1);
    const from = await store.fillHistory(`bench/history-${perRevision}/`, HISTORY, perRevision);
    return { leg, count, from };
  }
  if (leg.startsWith('lock')) return { leg, count: CALLS / 6 };
  return { leg, count: leg.includes('128') ? 10 * CALLS : CALLS };
}

/** Of ranges and histories one round is enough for each step to be compiled. */
function warmUpOf(task: AgainstTask): AgainstTask {
  return /caller|lock/.test(task.leg) ? { ...task, count: task.count * WARM_UP_TIMES } : task;
}

function roundsOf(leg: string): number {
  return leg.startsWith('range') || leg.startsWith('iterate') ? Math.ceil(ROUNDS / 2) : ROUNDS;
}

async function perform(child: ChildProcess, task: AgainstTask): Promise<Round> {
  child.send(task);
  const [round] = (await once(child, 'message')) as [Round];
  return round;
}

function quantile(rounds: readonly Round[], measure: keyof Round, at: number): number {
  const sorted = rounds.map((round) => round[measure]).toSorted((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) * at)] ?? Number.NaN;
}
