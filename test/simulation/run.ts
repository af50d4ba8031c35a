// `npm run simulate`: the whole client on a simulated cluster, story by story.
//   npm run simulate -- --seeds 500 --first 1       stories of these seeds; exits 1 on a violation
//   npm run simulate -- --members 3 --workload locks
//   npm run simulate -- --workload uptime           stories of one to eight days, with little to do
//   npm run simulate -- --long                      stories of three workloads, and three times as long
//   npm run simulate -- --seeds 100000 --processes 2 --progress
//   npm run simulate -- --seed 42 --trace           one story, told line by line

import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { bundleWorker } from './bundle.js';
import { explain } from './explain.js';
import { Player, playAll, type Story } from './player.js';
import type { Outcome } from './simulate.js';
import { ALL_WORKLOADS, type WorkloadName } from './workloads/index.js';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '100' },
    first: { type: 'string', default: '1' },
    seed: { type: 'string' },
    members: { type: 'string' },
    workload: { type: 'string' },
    processes: { type: 'string', default: String(availableParallelism()) },
    long: { type: 'boolean', default: false },
    trace: { type: 'boolean', default: false },
    /** Tells from time to time how far it is. */
    progress: { type: 'boolean', default: false },
    /** Ends with the first story that goes wrong, and does not look for its reason. */
    hasty: { type: 'boolean', default: false },
  },
});

/** Stories between two lines of `--progress`. */
const PROGRESS_STORIES = 500;
const SHOWN_VIOLATIONS = 5;
const MS_PER_HOUR = 3_600_000;

const first = whole('seed', values.seed ?? values.first);
const count = values.seed === undefined ? whole('seeds', values.seeds) : 1;
const members = values.members === undefined ? undefined : whole('members', values.members);
const workload = readWorkload(values.workload);
const started = performance.now();
const total = { stories: 0, hours: 0, operations: 0, faults: 0, violations: 0 };

await using worker = await bundleWorker();
if (values.trace) {
  using player = new Player(worker.file);
  for (const story of stories()) take(story, await player.play(story, (line) => console.log(line)));
} else {
  const wrong: [Story, Outcome][] = [];
  const processes = Math.min(count, whole('processes', values.processes));
  await playAll(worker.file, processes, stories(), (story, outcome) => {
    take(story, outcome);
    if (outcome.violations.length === 0) return true;
    wrong.push([story, outcome]);
    return !values.hasty;
  });
  if (!values.hasty && wrong.length > 0) {
    using player = new Player(worker.file);
    for (const [story, outcome] of wrong) await explain(player, story, outcome, console.log);
  }
}
console.log(sum());
process.exitCode = total.violations === 0 ? 0 : 1;

function* stories(): Generator<Story> {
  for (let seed = first; seed < first + count; seed += 1) {
    yield { seed, members, workload, long: values.long };
  }
}

function take({ seed }: Story, outcome: Outcome): void {
  const { violations, faults, operations, simulatedMs } = outcome;
  total.stories += 1;
  total.hours += simulatedMs / MS_PER_HOUR;
  total.operations += operations;
  total.faults += faults.length;
  total.violations += violations.length;
  if (values.progress && total.stories % PROGRESS_STORIES === 0) console.log(sum());
  if (violations.length === 0) return;
  console.log(`seed ${seed}: ${violations.length} violations`);
  for (const text of violations.slice(0, SHOWN_VIOLATIONS)) console.log(`  ${text}`);
}

function sum(): string {
  const { stories: seeds, hours, operations, faults, violations } = total;
  const seconds = (performance.now() - started) / 1_000;
  const pace = (hours / seconds) * 60;
  return (
    `${seeds} seeds, ${hours.toFixed(2)} simulated hours, ${operations} operations, ${faults} faults, ` +
    `${violations} violations, in ${seconds.toFixed(1)} s: ${pace.toFixed(1)} hours a minute`
  );
}

function whole(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) {
    throw new Error(`--${name}: a whole number above 0, not ${text}`);
  }
  return value;
}

function readWorkload(name: string | undefined): WorkloadName | undefined {
  if (name === undefined || Object.hasOwn(ALL_WORKLOADS, name))
    return name as WorkloadName | undefined;
  throw new Error(`--workload: one of ${Object.keys(ALL_WORKLOADS).join(', ')}, not ${name}`);
}
