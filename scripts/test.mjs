// `npm test`: sets up what is missing, runs every test, and ends with the line `N passed, N failed`.
// Suites of real servers run on the oldest and the newest etcd, and what depends on versions on all of
// them; with `--matrix` (`npm run test:matrix`) all run on all.
// Arguments go to vitest: `npm test -- test/unit`, `npm test -- --project faults -t partition`.

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { buildMissing, ensureEtcd } from './etcd/ensure.mjs';
import { ensureDependencies, log, logError, runNode } from './setup.mjs';

/**
 * The part of vitest's report in JSON that is read here.
 *
 * @typedef {object} Report
 * @property {number} numPassedTests
 * @property {number} numFailedTests
 * @property {number} numPendingTests
 * @property {number} numTodoTests
 * @property {readonly { status: string, assertionResults: readonly { status: string }[] }[]} testResults
 */

const args = process.argv.slice(2).filter((arg) => arg !== '--matrix');
if (args.length < process.argv.length - 2) process.env['ETCD_KIT_MATRIX'] = '1';

try {
  await ensureDependencies();
  await ensureEtcd({ log });
  // Newer servers are built while the first tests run; what needs them waits (test/support/versions.ts).
  const built = buildMissing({ log });
  process.exitCode = await runTests(args);
  await built;
} catch (error) {
  logError(error);
  process.exitCode = 1;
}

/** @param {readonly string[]} args */
async function runTests(args) {
  const folder = await mkdtemp(join(tmpdir(), 'etcd-kit-test-'));
  const reportFile = join(folder, 'report.json');
  try {
    const exitCode = await runNode([
      join('node_modules', 'vitest', 'vitest.mjs'),
      'run',
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${reportFile}`,
      ...args,
    ]);
    const report = await readFile(reportFile, 'utf8').then(JSON.parse, () => undefined);
    return summarise(report, exitCode);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * Prints the counts of vitest's own report as the last line; returns the exit code.
 *
 * @param {Report | undefined} report
 * @param {number} exitCode
 */
function summarise(report, exitCode) {
  const passed = report?.numPassedTests ?? 0;
  const skipped = (report?.numPendingTests ?? 0) + (report?.numTodoTests ?? 0);
  let failed = (report?.numFailedTests ?? 0) + filesFailedOutsideTests(report);
  // An unhandled rejection, or a crash of the runner, fails the run without failing a test.
  if (exitCode !== 0 && failed === 0) failed = 1;
  if (passed + failed === 0) log('no test ran');
  console.log(`${passed} passed, ${failed} failed${skipped === 0 ? '' : `, ${skipped} skipped`}`);
  return failed === 0 && passed > 0 ? 0 : 1;
}

/**
 * Files that could not be loaded, or whose set-up failed: none of their tests says so.
 *
 * @param {Report | undefined} report
 */
function filesFailedOutsideTests(report) {
  return (report?.testResults ?? []).filter(
    (file) =>
      file.status === 'failed' && file.assertionResults.every((test) => test.status !== 'failed'),
  ).length;
}
