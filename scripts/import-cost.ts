// `npm run sizes -- --import`, after a build: what `import 'etcd-kit'` costs in a new process, beside what it
// costs with proto-loader, which the import loaded before; now the first call that needs it does.

import { execFileSync } from 'node:child_process';
import { pathToFileURL } from 'node:url';

const ROUNDS = 5;
const US_PER_MS = 1_000;
const KIB = 1024;

interface Cost {
  readonly cpuMs: number;
  readonly files: number;
  readonly kibibytes: number;
}

/** Prints the table: CPU time, which a busy machine does not change much, and the modules of dependencies. */
export function printImportCost(main: string): void {
  const load = `await import(${JSON.stringify(pathToFileURL(main).href)});`;
  const programs = {
    nothing: '',
    now: load,
    before: `${load} await import('@grpc/proto-loader');`,
  };
  const seen = Object.keys(programs).map((name): [string, Cost[]] => [name, []]);
  const costs: Record<string, Cost[]> = Object.fromEntries(seen);
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [name, program] of Object.entries(programs)) costs[name]?.push(costOf(program));
  }
  const { cpuMs: bare } = medianOf(costs['nothing'] ?? []);
  console.log('\n| import | CPU, ms | modules of dependencies | their size, KiB |');
  console.log('|---|---|---|---|');
  for (const [name, shown] of [
    ['before', 'with proto-loader, as before'],
    ['now', 'without, as now'],
  ] as const) {
    const { cpuMs, files, kibibytes } = medianOf(costs[name] ?? []);
    console.log(`| ${shown} | ${Math.round(cpuMs - bare)} | ${files} | ${kibibytes} |`);
  }
}

/** Runs a program in a new process. */
function costOf(program: string): Cost {
  const told = `
    const { user, system } = process.cpuUsage();
    const { createRequire } = await import('node:module');
    const { statSync } = await import('node:fs');
    const paths = Object.keys(createRequire(process.cwd() + '/').cache);
    const bytes = paths.reduce((sum, path) => sum + statSync(path).size, 0);
    console.log(JSON.stringify({ us: user + system, files: paths.length, bytes }));`;
  const args = ['--input-type=module', '-e', program + told];
  const { us, files, bytes } = JSON.parse(
    execFileSync(process.execPath, args, { encoding: 'utf8', cwd: import.meta.dirname }),
  );
  return { cpuMs: us / US_PER_MS, files, kibibytes: Math.round(bytes / KIB) };
}

function medianOf(costs: readonly Cost[]): Cost {
  const sorted = [...costs].sort((a, b) => a.cpuMs - b.cpuMs);
  const middle = sorted[Math.floor(sorted.length / 2)];
  if (middle === undefined) throw new Error('nothing was measured');
  return middle;
}
