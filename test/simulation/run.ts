// `npm run simulate`: the whole client on a simulated cluster, story by story.
//   npm run simulate -- --seeds 500 --first 1       stories of these seeds; exits 1 on a violation
//   npm run simulate -- --members 3 --workload locks
//   npm run simulate -- --seed 42 --trace           one story, told line by line

import { parseArgs } from 'node:util';
import { playStory, shrink } from './simulate.js';
import { WORKLOADS, type WorkloadName } from './workloads/index.js';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '100' },
    first: { type: 'string', default: '1' },
    seed: { type: 'string' },
    members: { type: 'string' },
    workload: { type: 'string' },
    trace: { type: 'boolean', default: false },
  },
});

const first = whole('seed', values.seed ?? values.first);
const count = values.seed === undefined ? whole('seeds', values.seeds) : 1;
const members = values.members === undefined ? undefined : whole('members', values.members);
const workload = readWorkload(values.workload);
const tell = values.trace ? (line: string) => console.log(line) : undefined;

const started = performance.now();
const total = { hours: 0, operations: 0, faults: 0, violations: 0 };
for (let seed = first; seed < first + count; seed += 1) {
  const story = { seed, members, workload };
  const { violations, faults, operations, simulatedMs } = await playStory({ ...story, tell });
  total.hours += simulatedMs / 3_600_000;
  total.operations += operations;
  total.faults += faults.length;
  total.violations += violations.length;
  if (violations.length === 0) continue;
  console.log(`seed ${seed}: ${violations.length} violations`);
  for (const text of violations.slice(0, 5)) console.log(`  ${text}`);
  if (values.trace) continue;
  const needed = await shrink(story, faults);
  console.log(`  with ${needed.length} of ${faults.length} faults:`);
  await playStory({ ...story, faults: needed, tell: (line) => console.log(`  ${line}`) });
}
const seconds = (performance.now() - started) / 1_000;
console.log(
  `${count} seeds, ${total.hours.toFixed(2)} simulated hours, ${total.operations} operations, ` +
    `${total.faults} faults, ${total.violations} violations, in ${seconds.toFixed(1)} s`,
);
process.exitCode = total.violations === 0 ? 0 : 1;

function whole(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) {
    throw new Error(`--${name}: a whole number above 0, not ${text}`);
  }
  return value;
}

function readWorkload(name: string | undefined): WorkloadName | undefined {
  if (name === undefined || Object.hasOwn(WORKLOADS, name)) return name as WorkloadName | undefined;
  throw new Error(`--workload: one of ${Object.keys(WORKLOADS).join(', ')}, not ${name}`);
}
