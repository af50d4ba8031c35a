// The reporter of `npm test`: writes what became of the tests to the file that ETCD_KIT_TEST_REPORT names.
// Vitest's own report in JSON lacks the project of a test, and errors that belong to no test.

import { writeFile } from 'node:fs/promises';
import { relative } from 'node:path';
import process from 'node:process';

/** @typedef {import('vitest/node').Reporter} VitestReporter */

/**
 * What failed, and where: the name of a test, of a suite, or of nothing that has one.
 *
 * @typedef {object} Failure
 * @property {string} project
 * @property {string} file
 * @property {string} name
 * @property {string} message
 */

/**
 * What became of one test.
 *
 * @typedef {{ name: string, state: 'passed' | 'failed' | 'skipped' }} TestEnd
 */

/**
 * What became of a run: each test, and all that failed, outside of tests as well.
 *
 * @typedef {{ tests: readonly TestEnd[], failures: readonly Failure[] }} Report
 */

/** @implements {VitestReporter} */
export default class Reporter {
  /**
   * @param {readonly import('vitest/node').TestModule[]} modules
   * @param {readonly import('vitest/node').SerializedError[]} unhandledErrors
   */
  async onTestRunEnd(modules, unhandledErrors) {
    const file = process.env['ETCD_KIT_TEST_REPORT'];
    if (file === undefined) throw new Error('ETCD_KIT_TEST_REPORT names no file for the report');
    /** @type {Report} */
    const report = {
      tests: modules.flatMap(testsOf),
      failures: [...modules.flatMap(failuresOf), ...unhandledErrors.map(unhandled)],
    };
    await writeFile(file, JSON.stringify(report));
  }
}

/**
 * @param {import('vitest/node').TestModule} module
 * @returns {TestEnd[]}
 */
function testsOf(module) {
  return [...module.children.allTests()].map((test) => {
    const { state } = test.result();
    // One that has not ended was in a process that crashed.
    return { name: test.fullName, state: state === 'pending' ? 'failed' : state };
  });
}

/**
 * @param {import('vitest/node').TestModule} module
 * @returns {Failure[]}
 */
function failuresOf(module) {
  const place = { project: module.project.name, file: module.relativeModuleId };
  const outside = [module, ...module.children.allSuites()].flatMap((suite) =>
    suite.errors().map((error) => ({
      ...place,
      name: suite.type === 'module' ? 'the file itself' : `${suite.fullName} > set-up or end`,
      message: messageOf(error),
    })),
  );
  const inTests = [...module.children.allTests()].flatMap((test) => {
    const { state, errors } = test.result();
    if (state !== 'failed' && state !== 'pending') return [];
    const message = errors?.map(messageOf).join('\n') ?? 'has not ended';
    return [{ ...place, name: test.fullName, message }];
  });
  return [...outside, ...inTests];
}

/**
 * @param {import('vitest/node').SerializedError} error
 * @returns {Failure}
 */
function unhandled(error) {
  return {
    project: 'none',
    file: shortened(String(error['VITEST_TEST_PATH'] ?? '')),
    name: `unhandled, about the time of: ${error['VITEST_TEST_NAME'] ?? 'no test'}`,
    message: messageOf(error),
  };
}

/**
 * The message, and the line of the project where it arose.
 *
 * @param {import('vitest/node').SerializedError} error
 */
function messageOf({ name, message, stack, stacks }) {
  const at = stacks?.[0];
  const place = at === undefined ? '' : `\nat ${shortened(at.file)}:${at.line}`;
  return `${message === '' ? (stack ?? name) : `${name}: ${message}`}${place}`;
}

/** @param {string} file */
function shortened(file) {
  return relative(process.cwd(), file);
}
