// Builds one program from a Go module whose go.mod and go.sum are checked in.

import process from 'node:process';
import { onPath } from './find.mjs';
import { lastLines } from './install.mjs';
import { run } from './run.mjs';

export function findGo() {
  return onPath('go');
}

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
