// `npm run check:matrix`: packs the package, installs it as users do, and runs a program of a user on every
// runtime, compiler, test runner, package manager and bundler that can be had here. The tables of
// docs/runtimes.md are written from what happened. It takes a quarter of an hour.
//
//   npm run check:matrix -- runtimes bundlers      these groups only
//   npm run check:matrix -- compilers:5.0          of a group, what has this text in its name
//   npm run check:matrix -- --built bundlers       with dist/ as it is

import process from 'node:process';
import { startEtcd } from 'etcd-kit/testing';
import { ensureOneEtcd } from '../etcd/ensure.mjs';
import { log } from '../setup.mjs';
import { bundlers } from './bundlers.js';
import { Absent, type Cell, type Result } from './cells.js';
import { installers } from './installers.js';
import { lastLine, openMatrixPlace } from './place.js';
import { lastResults } from './results.js';
import { runners } from './runners.js';
import { runtimes } from './runtimes.js';
import { type Tried, writeTable } from './table.js';
import { compilers } from './typescript.js';

const GROUPS = { runtimes, compilers, runners, installers, bundlers };

const args = process.argv.slice(2);
const wanted = args
  .filter((arg) => arg !== '--built')
  .map((arg) => {
    const [name = '', text = ''] = arg.split(':');
    if (!Object.hasOwn(GROUPS, name)) {
      throw new Error(`there is no group ${name}: choose of ${Object.keys(GROUPS).join(', ')}`);
    }
    return { name, text };
  });

await using server = await startEtcd({ binary: (await ensureOneEtcd()).etcd });
await using place = await openMatrixPlace(server.endpoint, args.includes('--built'));
const results = await lastResults();
const all: Result[] = [];
for (const [name, group] of Object.entries(GROUPS)) {
  const isWanted = ({ row, column }: Cell): boolean =>
    wanted.length === 0 ||
    wanted.some((one) => one.name === name && `${row}, ${column}`.includes(one.text));
  const cells = group.cells(place);
  const now = cells.filter(isWanted);
  for (const cell of now) {
    const result = await resultOf(cell);
    const said = result.kind === 'works' ? result.name : `${cell.row}: ${result.reason}`;
    log(`${result.kind.padEnd(6)} ${name}: ${cell.column}: ${said}`);
    await results.keep(cell, result);
    all.push(result);
  }
  if (now.length === 0) continue;
  const tried = cells.flatMap((cell): Tried[] => {
    const result = results.of(cell);
    return result === undefined ? [] : [{ cell, result }];
  });
  await writeTable(group, tried);
  const missing = cells.length - tried.length;
  if (missing > 0)
    log(`${missing} cells of ${name} are not in the table: they were never tried here`);
}

const count = (kind: Result['kind']): number => all.filter((one) => one.kind === kind).length;
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
