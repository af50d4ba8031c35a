// `npm test`: sets up what is missing, runs every test, and ends with the line `N passed, N failed`.
// Suites of real servers run on the oldest and the newest etcd, and what depends on versions on all of
// them; with `--matrix` (`npm run test:matrix`) all run on all. `--all` (`npm run test:all`) runs both,
// without doing anything twice: first `npm test`, with more simulated stories, then the suites of servers
// on the versions between.
// Arguments go to vitest: `npm test -- test/unit`, `npm test -- --project faults -t partition`.

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { buildMissing, ensureEtcd } from './etcd/ensure.mjs';
import { listFailures } from './failures.mjs';
import { ensureProxies } from './proxies.mjs';
import { ensureDependencies, log, logError, runNode } from './setup.mjs';

/** @typedef {import('./reporter.mjs').Report} Report */

/**
 * One run of vitest.
 *
 * @typedef {object} Run
 * @property {string | undefined} [matrix] the value of ETCD_KIT_MATRIX
 * @property {number} [seeds] the value of ETCD_KIT_SEEDS: stories that are simulated
 * @property {readonly string[]} [args]
 * @property {string} [counted] what the names of the tests have that count; those of others were left out
 */

/** @typedef {{ passed: number, skipped: number, failures: Report['failures'] }} Outcome */

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
const RUNS = { '--matrix': [{ matrix: '1' }], '--all': [{ seeds: 500 }, MIDDLE_VERSIONS] };

const [flag = '', ...others] = process.argv.slice(2);
const runs = RUNS[flag];
const args = runs === undefined ? process.argv.slice(2) : others;

try {
  await ensureDependencies();
  await Promise.all([ensureEtcd({ log }), ensureProxies({ log })]);
  // Newer servers are built while the first tests run; what needs them waits (test/support/versions.ts).
  const built = buildMissing({ log });
  const outcomes = [];
  for (const run of runs ?? [{}]) outcomes.push(await runTests(run));
  process.exitCode = summarise(outcomes);
  await built;
} catch (error) {
  logError(error);
  process.exitCode = 1;
}

/**
 * @param {Run} run
 * @returns {Promise<Outcome>}
 */
async function runTests(run) {
  const folder = await mkdtemp(join(tmpdir(), 'etcd-kit-test-'));
  const reportFile = join(folder, 'report.json');
  process.env['ETCD_KIT_TEST_REPORT'] = reportFile;
  if (run.matrix !== undefined) process.env['ETCD_KIT_MATRIX'] = run.matrix;
  if (run.seeds !== undefined) process.env['ETCD_KIT_SEEDS'] = String(run.seeds);
  try {
    const exitCode = await runNode([
      join('node_modules', 'vitest', 'vitest.mjs'),
      'run',
      '--reporter=default',
      '--reporter=./scripts/reporter.mjs',
      ...(run.args ?? []),
      ...args,
    ]);
    const report = await readFile(reportFile, 'utf8').then(JSON.parse, () => undefined);
    return outcomeOf(report ?? { tests: [], failures: [] }, run.counted ?? '', exitCode);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * @param {Report} report
 * @param {string} counted
 * @param {number} exitCode
 * @returns {Outcome}
 */
function outcomeOf({ tests, failures }, counted, exitCode) {
  const states = tests.filter(({ name }) => name.includes(counted)).map(({ state }) => state);
  /** @param {string} wanted */
  const count = (wanted) => states.filter((state) => state === wanted).length;
  const unexplained =
    exitCode !== 0 && failures.length === 0
      ? [
          {
            project: 'none',
            file: '',
            name: 'the run',
            message: `vitest ended with code ${exitCode}`,
          },
        ]
      : [];
  return {
    passed: count('passed'),
    skipped: count('skipped'),
    failures: [...failures, ...unexplained],
  };
}

/**
 * Prints what failed, and as the last line the sum of all runs; returns the exit code.
 *
 * @param {readonly Outcome[]} outcomes
 */
function summarise(outcomes) {
  /** @param {'passed' | 'skipped'} name */
  const sum = (name) => outcomes.reduce((total, some) => total + some[name], 0);
  const [passed, skipped] = [sum('passed'), sum('skipped')];
  const failures = outcomes.flatMap((outcome) => outcome.failures);
  const failed = failures.length;
  for (const line of listFailures(failures)) console.log(line);
  if (passed + failed === 0) log('no test ran');
  console.log(`${passed} passed, ${failed} failed${skipped === 0 ? '' : `, ${skipped} skipped`}`);
  return failed === 0 && passed > 0 ? 0 : 1;
}
