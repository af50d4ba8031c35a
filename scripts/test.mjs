// `npm test`: sets up what is missing, runs every test, and ends with the line `N passed, N failed`.
// Suites of real servers run on the oldest and the newest etcd, and what depends on versions on all of
// them; with `--matrix` (`npm run test:matrix`) all run on all. `--all` (`npm run test:all`) runs both,
// without doing anything twice: first `npm test`, then the suites of servers on the versions between.
// Arguments go to vitest: `npm test -- test/unit`, `npm test -- --project faults -t partition`.

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { buildMissing, ensureEtcd } from './etcd/ensure.mjs';
import { ensureProxies } from './proxies.mjs';
import { ensureDependencies, log, logError, runNode } from './setup.mjs';

/**
 * The part of vitest's report in JSON that is read here.
 *
 * @typedef {{ status: string, assertionResults: readonly { status: string, fullName: string }[] }} TestFile
 */

/**
 * One run of vitest.
 *
 * @typedef {object} Run
 * @property {string | undefined} [matrix] the value of ETCD_KIT_MATRIX
 * @property {readonly string[]} [args]
 * @property {string} [counted] what the names of the tests have that count; those of others were left out
 */

/** @typedef {{ passed: number, failed: number, skipped: number }} Counts */

/** What stands in the name of every suite that runs on a version (test/support/describe-etcd.ts). */
const OF_A_VERSION = '(etcd ';
const SERVER_PROJECTS = ['integration', 'peers', 'faults'].flatMap((name) => ['--project', name]);

/** @type {Run} */
const MIDDLE_VERSIONS = {
  matrix: 'middle',
  args: [...SERVER_PROJECTS, '-t', OF_A_VERSION.replace('(', '\\(')],
  counted: OF_A_VERSION,
};
/** @type {Readonly<Record<string, readonly Run[]>>} */
const RUNS = { '--matrix': [{ matrix: '1' }], '--all': [{}, MIDDLE_VERSIONS] };

const [flag = '', ...others] = process.argv.slice(2);
const runs = RUNS[flag];
const args = runs === undefined ? process.argv.slice(2) : others;

try {
  await ensureDependencies();
  await Promise.all([ensureEtcd({ log }), ensureProxies({ log })]);
  // Newer servers are built while the first tests run; what needs them waits (test/support/versions.ts).
  const built = buildMissing({ log });
  const counts = [];
  for (const run of runs ?? [{}]) counts.push(await runTests(run));
  process.exitCode = summarise(counts);
  await built;
} catch (error) {
  logError(error);
  process.exitCode = 1;
}

/**
 * @param {Run} run
 * @returns {Promise<Counts>}
 */
async function runTests(run) {
  const folder = await mkdtemp(join(tmpdir(), 'etcd-kit-test-'));
  const reportFile = join(folder, 'report.json');
  if (run.matrix !== undefined) process.env['ETCD_KIT_MATRIX'] = run.matrix;
  try {
    const exitCode = await runNode([
      join('node_modules', 'vitest', 'vitest.mjs'),
      'run',
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${reportFile}`,
      ...(run.args ?? []),
      ...args,
    ]);
    const report = await readFile(reportFile, 'utf8').then(JSON.parse, () => undefined);
    return countsOf(report?.testResults ?? [], run.counted ?? '', exitCode);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * @param {readonly TestFile[]} files
 * @param {string} counted
 * @param {number} exitCode
 * @returns {Counts}
 */
function countsOf(files, counted, exitCode) {
  const tests = files
    .flatMap((file) => file.assertionResults)
    .filter(({ fullName }) => fullName.includes(counted));
  /** @param {string} wanted */
  const count = (wanted) => tests.filter(({ status }) => status === wanted).length;
  const passed = count('passed');
  const skipped = tests.length - passed - count('failed');
  let failed = count('failed') + filesFailedOutsideTests(files);
  // An unhandled rejection, or a crash of the runner, fails the run without failing a test.
  if (exitCode !== 0 && failed === 0) failed = 1;
  return { passed, failed, skipped };
}

/**
 * Files that could not be loaded, or whose set-up failed: none of their tests says so.
 *
 * @param {readonly TestFile[]} files
 */
function filesFailedOutsideTests(files) {
  return files.filter(
    (file) =>
      file.status === 'failed' && file.assertionResults.every((test) => test.status !== 'failed'),
  ).length;
}

/**
 * Prints the sum of vitest's own counts as the last line; returns the exit code.
 *
 * @param {readonly Counts[]} counts
 */
function summarise(counts) {
  /** @param {keyof Counts} name */
  const sum = (name) => counts.reduce((total, some) => total + some[name], 0);
  const [passed, failed, skipped] = [sum('passed'), sum('failed'), sum('skipped')];
  if (passed + failed === 0) log('no test ran');
  console.log(`${passed} passed, ${failed} failed${skipped === 0 ? '' : `, ${skipped} skipped`}`);
  return failed === 0 && passed > 0 ? 0 : 1;
}
