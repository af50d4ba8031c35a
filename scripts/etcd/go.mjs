// Builds one program from a Go module whose go.mod and go.sum are checked in.

import process from 'node:process';
import { onPath } from './find.mjs';
import { lastLines } from './install.mjs';
import { run } from './run.mjs';

/**
 * @typedef {object} GoBuildOptions
 * @property {string} module the folder with go.mod and go.sum
 * @property {string} [main] the main package, as an import path; by default the package in that folder
 * @property {string} output the path that the program is written to
 */

/**
 * The path of Go's command; `undefined` where there is none.
 *
 * @returns {Promise<string | undefined>}
 */
export function findGo() {
  return onPath('go');
}

/**
 * Builds a program with the versions that go.sum has, for this machine. Rejects with the last lines of Go's output.
 *
 * @param {string} go
 * @param {GoBuildOptions} options
 */
export async function goBuild(go, { module, main = '.', output }) {
  const args = ['build', '-trimpath', '-ldflags', '-s -w', '-o', output, main];
  const { code, stderr } = await run(go, args, {
    cwd: module,
    env: {
      ...process.env,
      GOFLAGS: '-mod=readonly',
      GOTOOLCHAIN: 'local',
      GOWORK: 'off',
      CGO_ENABLED: '0',
    },
  });
  if (code !== 0) throw new Error(`go build of ${main}: ${lastLines(stderr)}`);
}
