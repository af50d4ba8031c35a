// `npm run check:matrix`: packs the package, installs it as users do, and runs a program of a user on every
// runtime, compiler, test runner, package manager and bundler that can be had here. The tables of
// docs/runtimes.md are written from what happened. It takes a quarter of an hour.
//
//   npm run check:matrix -- runtimes bundlers     these groups only

import process from 'node:process';
import { startEtcd } from 'etcd-kit/testing';
import { ensureOneEtcd } from '../etcd/ensure.mjs';
import { log } from '../setup.mjs';
import { bundlers } from './bundlers.js';
import { Absent, type Cell, type Result } from './cells.js';
import { installers } from './installers.js';
import { lastLine, openMatrixPlace } from './place.js';
import { runners } from './runners.js';
import { runtimes } from './runtimes.js';
import { type Tried, writeTables } from './table.js';
import { compilers } from './typescript.js';

const GROUPS = { runtimes, compilers, runners, installers, bundlers };

const wanted = process.argv.slice(2);
const unknown = wanted.find((name) => !Object.hasOwn(GROUPS, name));
if (unknown !== undefined) {
  throw new Error(`there is no group ${unknown}: choose of ${Object.keys(GROUPS).join(', ')}`);
}

await using server = await startEtcd({ binary: (await ensureOneEtcd()).etcd });
await using place = await openMatrixPlace(server.endpoint);
const all: Tried[] = [];
for (const [name, group] of Object.entries(GROUPS)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  const tried: Tried[] = [];
  for (const cell of group.cells(place)) {
    const result = await resultOf(cell);
    const said = result.kind === 'works' ? result.name : `${cell.row}: ${result.reason}`;
    log(`${result.kind.padEnd(6)} ${name}: ${cell.column}: ${said}`);
    tried.push({ group, cell, result });
  }
  await writeTables(tried);
  all.push(...tried);
}

const count = (kind: Result['kind']): number =>
  all.filter(({ result }) => result.kind === kind).length;
console.log(
  `${count('works')} work, ${count('fails')} fail, ${count('absent')} could not be tried`,
);
if (count('fails') > 0) process.exitCode = 1;

async function resultOf(cell: Cell): Promise<Result> {
  try {
    return { kind: 'works', name: await cell.run() };
  } catch (error) {
    if (process.env['VERBOSE']) log(String(error));
    return { kind: error instanceof Absent ? 'absent' : 'fails', reason: lastLine(error) };
  }
}
