// `npm test`: sets up what is missing, runs every test, and ends with the line `N passed, N failed`.
// Arguments go to vitest: `npm test -- test/unit`, `npm test -- --project faults -t partition`.

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureEtcd } from './etcd/ensure.mjs';
import { ensureDependencies, log, runNode } from './setup.mjs';

try {
  await ensureDependencies();
  await ensureEtcd({ log });
  process.exitCode = await runTests(process.argv.slice(2));
} catch (error) {
  log(error.message);
  process.exitCode = 1;
}

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

/** Prints the counts of vitest's own report as the last line; returns the exit code. */
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

/** Files that could not be loaded, or whose set-up failed: none of their tests says so. */
function filesFailedOutsideTests(report) {
  return (report?.testResults ?? []).filter(
    (file) =>
      file.status === 'failed' && file.assertionResults.every((test) => test.status !== 'failed'),
  ).length;
}
