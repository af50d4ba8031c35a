// `npm run soak`: the long and heavy runs, all of them or those that are named.
//   npm run soak -- leases           one of them
//   npm run soak -- --write          all, and keeps their figures in docs/soak.md
//   npm run soak -- recipes --seconds 60 --recipe mutex   one of a length, on one recipe

import { readdir, readFile, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { Figures, Soak } from './soak.js';

const folder = fileURLToPath(new URL('.', import.meta.url));
const page = fileURLToPath(new URL('../../docs/soak.md', import.meta.url));
const NOT_SOAKS = new Set(['rolling.ts', 'run.ts', 'soak.ts']);

const INTRODUCTION = `# Soak runs

Long and heavy runs that are to be made before each release with \`npm run soak -- --write\`, against a real server on the same machine, which shares its processors. A run that breaks a promise fails; the figures say what it cost. \`npm test\` has short forms of some.
`;

const { values: options, positionals: wanted } = parseArgs({
  allowPositionals: true,
  options: {
    write: { type: 'boolean' },
    seconds: { type: 'string' },
    recipe: { type: 'string' },
  },
});
const seconds = options.seconds === undefined ? undefined : Number(options.seconds);
if (seconds !== undefined && !(seconds > 0)) throw new Error(`--seconds ${options.seconds}`);
const all = (await readdir(folder))
  .filter((file) => file.endsWith('.ts') && !NOT_SOAKS.has(file))
  .map((file) => file.slice(0, -'.ts'.length))
  .sort();
const unknown = wanted.filter((name) => !all.includes(name));
if (unknown.length > 0) {
  throw new Error(`no such run: ${unknown.join(', ')}; there are ${all.join(', ')}`);
}

for (const name of wanted.length === 0 ? all : wanted) {
  const { soak } = (await import(join(folder, `${name}.ts`))) as { readonly soak: Soak };
  console.log(`${name}: ${soak.title}`);
  const figures = await soak.run({ seconds, recipe: options.recipe });
  console.log(tableOf(figures));
  if (options.write) await keep(name, soak.title, figures);
}

// Connections that were frozen or reset may have writes that never end, and Node would wait for them.
process.exit();

function tableOf(figures: Figures): string {
  const rows = Object.entries(figures).map(([what, value]) => `| ${what} | ${value} |`);
  return ['| | |', '|---|---|', ...rows].join('\n');
}

/** Puts the section of a run into the page, in the place of the one it had. */
async function keep(name: string, title: string, figures: Figures): Promise<void> {
  const machine = `${cpus().length} processors, Node ${process.versions.node}`;
  const text = await readFile(page, 'utf8').catch(() => INTRODUCTION);
  const [introduction = INTRODUCTION, ...sections] = text.split(/^(?=## )/m);
  const others = sections.filter((section) => !section.startsWith(`## ${name}\n`));
  const section = `## ${name}\n\n${title}. (${machine})\n\n${tableOf(figures)}\n`;
  const sorted = [...others.map((other) => `${other.trimEnd()}\n`), section].sort();
  await writeFile(page, [`${introduction.trimEnd()}\n`, ...sorted].join('\n'));
}
