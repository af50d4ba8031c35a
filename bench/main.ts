import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { startEtcd } from 'etcd-kit/testing';
import { ensureOneEtcd } from '../scripts/etcd/ensure.mjs';
import { buildGoClient } from './clients/go/build.js';
import { footprint } from './footprint.js';
import { ClientPool, runLeg } from './legs.js';
import { drawSpeed } from './picture.js';
import { CALLING, plan, SIZES, type Sizes } from './plan.js';
import { type Results, row, tables, writeDocs } from './report.js';
import { Store } from './store.js';

const { values: flags } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    report: { type: 'boolean', default: false },
    legs: { type: 'string' },
    'no-build': { type: 'boolean', default: false },
  },
});

/** What is compared with, as it is installed. */
const ETCD3: { readonly version: string } = JSON.parse(
  await readFile(new URL('node_modules/etcd3/package.json', import.meta.url), 'utf8'),
);

/** The short form leaves the results of the long one alone. */
const RESULTS = fileURLToPath(
  new URL(`results/${flags.quick ? 'quick' : 'latest'}.json`, import.meta.url),
);

const results = flags.report ? await readResults() : await measureAll();
console.log(tables(results));
if (!results.quick && flags.legs === undefined) {
  await writeDocs(results);
  await drawSpeed(results);
}

async function readResults(): Promise<Results> {
  return JSON.parse(await readFile(RESULTS, 'utf8'));
}

async function measureAll(): Promise<Results> {
  const sizes: Sizes = flags.quick ? SIZES.quick : SIZES.full;
  const wanted = flags.legs?.split(',');
  const tools = await ensureOneEtcd();
  await using server = await startEtcd({
    binary: tools.etcd,
    flags: ['--quota-backend-bytes', String(8 * 2 ** 30)],
  });
  await using store = await Store.open(server.endpoint);
  await using go = await buildGoClient();
  await using pool = new ClientPool(server.endpoint, go.program);
  const rows = [];
  if (wanted === undefined || wanted.some((group) => ['get', 'put'].includes(group))) {
    await pool.warmUp(CALLING, sizes.warmUpMs);
  }
  for (const leg of plan(sizes, store, server.endpoint)) {
    if (wanted !== undefined && !wanted.includes(leg.group)) continue;
    await leg.prepare?.();
    console.error(leg.name);
    rows.push(row(leg, await runLeg(leg, pool)));
    console.error(
      `  ${rows
        .at(-1)
        ?.cells.map(({ text }) => text)
        .join(' | ')}`,
    );
  }
  const results: Results = {
    date: new Date().toISOString().slice(0, 10),
    node: process.version,
    etcd: tools.version,
    peers: [
      `npm etcd3 ${ETCD3.version}`,
      ...(go.version === undefined ? [] : [`Go client ${go.version}`]),
    ],
    machine: `${cpus().length} x ${cpus()[0]?.model ?? 'unknown CPU'}`,
    quick: flags.quick,
    rows,
    footprint: wanted === undefined || wanted.includes('footprint') ? await footprint(sizes) : [],
  };
  // What is kept is always of one run as a whole.
  if (wanted !== undefined) return results;
  await mkdir(fileURLToPath(new URL('results', import.meta.url)), { recursive: true });
  await writeFile(RESULTS, `${JSON.stringify(results, undefined, 2)}\n`);
  return results;
}
