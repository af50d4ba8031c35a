// `npm run mutants`: clients with one mistake each, and the first story that goes wrong with it.
//   npm run mutants                         all of them, and the table for docs/how-it-is-tested.md
//   npm run mutants -- --only 'lock|lease'  those whose mistake or file matches this expression
// It exits 1 when one is not found.

import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { bundleWorker } from '../bundle.js';
import { Player } from '../player.js';
import { MUTANTS } from './list.js';
import type { Mutant } from './mutant.js';

/** Stories in which a mistake must be found. */
const MOST_STORIES = 60;

const { values } = parseArgs({ options: { only: { type: 'string', default: '' } } });
const only = new RegExp(values.only);
const wanted = MUTANTS.filter(({ mistake, file }) => only.test(`${mistake} ${file}`));
const rows = new Map<Mutant, string>();
const left = wanted.values();
await Promise.all(Array.from({ length: availableParallelism() }, hunt));

console.log('\n| mistake | in `src/` | workload | found by seed |\n|---|---|---|---|');
for (const mutant of wanted) console.log(rows.get(mutant));
const found = [...rows.values()].filter((row) => !row.endsWith('| not found |')).length;
console.log(`\n${found} of ${wanted.length} are found, by ${MOST_STORIES} stories each at most`);
if (found < wanted.length) process.exitCode = 1;

async function hunt(): Promise<void> {
  for (const mutant of left) {
    const { mistake, file, workload } = mutant;
    const { seed, violation } = await find(mutant);
    const place = `| ${mistake} | \`${file}\` | ${workload ?? 'all'} |`;
    rows.set(mutant, `${place} ${seed ?? 'not found'} |`);
    console.log(`${mistake}: ${seed === undefined ? 'NOT FOUND' : `seed ${seed}: ${violation}`}`);
  }
}

/** Plays stories until one goes wrong. */
async function find(mutant: Mutant): Promise<{ seed?: number; violation?: string | undefined }> {
  await using worker = await bundleWorker(mutant);
  using player = new Player(worker.file);
  for (let seed = 1; seed <= MOST_STORIES; seed += 1) {
    const { violations } = await player.play({ seed, workload: mutant.workload });
    if (violations.length > 0) return { seed, violation: violations[0] };
  }
  return {};
}
