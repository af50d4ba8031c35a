// `npm run bench`: sets up what is missing and measures, side by side, in one go. See main.ts.
//
//   npm run bench                     everything, about ten minutes
//   npm run bench -- --quick          a short form, under two minutes
//   npm run bench -- --legs get,put   some legs alone
//   npm run bench -- --callers        how long a get takes, gathered and not, at several loads and links
//   npm run bench -- --observers      what a logger, a subscriber and OpenTelemetry cost
//   npm run bench -- --floor          one caller, beside a socket that only sends and waits: what Node allows;
//                                     with --write its table goes into docs/performance.md
//   npm run bench -- --against DIR    CPU time of each operation, against another build: DIR is its dist/
//   npm run bench -- --no-build       dist/ as it is
//   npm run bench -- --report         the tables of the last run again, without measuring

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ensureOneEtcd } from '../scripts/etcd/ensure.mjs';
import { ensureDependencies, log, logError, root, runNode } from '../scripts/setup.mjs';

const args = process.argv.slice(2);

try {
  await ensureDependencies();
  if (!args.includes('--report')) {
    await ensureOneEtcd({ log });
    if (!existsSync(join(root, 'bench', 'node_modules', 'etcd3'))) npm('bench', ['ci']);
    if (!args.includes('--no-build')) npm('.', ['run', 'build', '--silent']);
  }
  const others = ['callers', 'observers', 'floor', 'against'].find((name) =>
    args.includes(`--${name}`),
  );
  const program =
    others === undefined ? ['bench/main.ts', ...args] : [`bench/${others}.ts`, ...args];
  process.exitCode = await runNode(['--import', 'tsx', ...program]);
} catch (error) {
  logError(error);
  process.exitCode = 1;
}

/**
 * Runs npm in a folder of the project.
 *
 * @param {string} folder
 * @param {readonly string[]} command
 */
function npm(folder, command) {
  log(`${folder}: npm ${command.join(' ')}`);
  const { status } = spawnSync('npm', command, {
    cwd: join(root, folder),
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  });
  if (status !== 0) throw new Error(`npm ${command.join(' ')} failed`);
}
