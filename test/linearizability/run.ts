// `npm run linearizability`: histories of real clusters under real faults, and whether they are linearizable.
//   npm run linearizability -- --minutes 10                    on the oldest and the newest etcd
//   npm run linearizability -- --minutes 10 --version 3.5 --seed 7
// It exits 1 when a history is not linearizable, and says where its picture is; also when it breaks off.

import { mkdir, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { namespacesUnavailable, startPartitionableCluster } from '../support/netns.js';
import { testedSeries } from '../support/versions.js';
import type { Tally } from './histories.js';
import { type PlayResult, play } from './play.js';

const MS_PER_MINUTE = 60_000;
const folder = fileURLToPath(new URL('../../.cache/linearizability', import.meta.url));

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '1' },
    version: { type: 'string', multiple: true },
    seed: { type: 'string', default: '1' },
  },
});
const durationMs = Number(values.minutes) * MS_PER_MINUTE;
if (!(durationMs > 0)) throw new Error(`--minutes: a number above 0, not ${values.minutes}`);

const unavailable = await namespacesUnavailable();
if (unavailable !== undefined) console.log(`without partitions: ${unavailable}`);

for (const version of values.version ?? testedSeries) {
  const result = await play({
    version,
    durationMs,
    seed: Number(values.seed),
    startPartitionable: unavailable === undefined ? startPartitionableCluster : undefined,
  });
  report(result);
  await keep(result);
}

function report({ version, registers, locks, faults, tookMs, brokeOff }: PlayResult): void {
  console.log(`etcd ${version}, ${(tookMs / MS_PER_MINUTE).toFixed(1)} minutes`);
  const all = [...faults].sort(([a], [b]) => (a < b ? -1 : 1));
  const sum = all.reduce((total, [, count]) => total + count, 0);
  console.log(`  ${sum} faults: ${all.map(([name, count]) => `${count} ${name}`).join(', ')}`);
  console.log(`  registers: ${shown(registers)}`);
  console.log(`  locks: ${shown(locks)}`);
  if (brokeOff === undefined) return;
  process.exitCode = 1;
  console.log('  it broke off:', brokeOff);
}

function shown({ operations, unknown, right, undecided, wrong }: Tally): string {
  return (
    `${operations} operations, ${unknown} of them without an answer; ${right} histories are ` +
    `linearizable, ${wrong.length} are not, ${undecided} undecided`
  );
}

async function keep({ version, registers, locks }: PlayResult): Promise<void> {
  for (const { name, page } of [...registers.wrong, ...locks.wrong]) {
    process.exitCode = 1;
    await mkdir(folder, { recursive: true });
    const file = join(folder, `${version}-${name.replaceAll('/', '-')}.html`);
    await writeFile(file, page);
    console.log(`  ${name} is wrong: ${relative(process.cwd(), file)}`);
  }
}
