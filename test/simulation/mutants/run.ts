// `npm run mutants`: clients with one mistake each, and the first story that goes wrong with it.
//   npm run mutants                         all of them
//   npm run mutants -- --write              and the table in docs/how-it-is-tested.md
//   npm run mutants -- --only 'lock|lease'  those whose mistake or file matches this expression
// It exits 1 when one is not found.

import { readFile, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { bundleWorker } from '../bundle.js';
import { Player } from '../player.js';
import { MUTANTS } from './list.js';
import type { Mutant } from './mutant.js';

/** Stories in which a mistake must be found. */
const MOST_STORIES = 200;
const PAGE = new URL('../../../docs/how-it-is-tested.md', import.meta.url);
const PLACE = /(?<=<!-- npm run mutants -->\n)[\s\S]*?(?=<!-- end -->)/;

/** The story that shows a mistake. */
interface Find {
  readonly seed: number;
  readonly violation: string;
}

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    write: { type: 'boolean', default: false },
  },
});
const only = new RegExp(values.only);
const wanted = MUTANTS.filter(({ mistake, file }) => only.test(`${mistake} ${file}`));
const finds = new Map<Mutant, Find>();
const left = wanted.values();
await using faultless = await bundleWorker();
await Promise.all(Array.from({ length: availableParallelism() }, hunt));

const sum =
  `${finds.size} of ${wanted.length} mistakes are found, ` +
  `by ${MOST_STORIES} stories of their workload each at most.`;
const table = [
  '| mistake | in `src/` | workload | stories | the first violation |',
  '|---|---|---|---|---|',
  ...wanted.map(rowOf),
  '',
  sum,
].join('\n');
console.log(`\n${table}`);
if (values.write) {
  const page = await readFile(PAGE, 'utf8');
  await writeFile(
    PAGE,
    page.replace(PLACE, () => `\n${table}\n\n`),
  );
}
if (finds.size < wanted.length) process.exitCode = 1;

async function hunt(): Promise<void> {
  using well = new Player(faultless.file);
  for (const mutant of left) {
    const found = await find(mutant, well);
    if (found !== undefined) finds.set(mutant, found);
    console.log(
      `${mutant.mistake}: ${found === undefined ? 'NOT FOUND' : `seed ${found.seed}: ${found.violation}`}`,
    );
  }
}

/**
 * Plays stories until one goes wrong.
 *
 * @param well plays the same story without the mistake: then it must not go wrong
 */
async function find({ workload, ...mutant }: Mutant, well: Player): Promise<Find | undefined> {
  await using worker = await bundleWorker(mutant);
  using player = new Player(worker.file);
  for (let seed = 1; seed <= MOST_STORIES; seed += 1) {
    const [violation] = (await player.play({ seed, workload })).violations;
    if (violation === undefined) continue;
    const [alsoWithoutIt] = (await well.play({ seed, workload })).violations;
    if (alsoWithoutIt === undefined) return { seed, violation };
    throw new Error(`seed ${seed} goes wrong without a mistake: ${alsoWithoutIt}`);
  }
  return undefined;
}

function rowOf(mutant: Mutant): string {
  const { mistake, file, workload = 'all' } = mutant;
  const { seed, violation = '' } = finds.get(mutant) ?? { seed: 'not found' };
  return `| ${mistake} | \`${file}\` | ${workload} | ${seed} | ${violation.replaceAll('|', '\\|')} |`;
}
