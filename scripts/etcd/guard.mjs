// Ends a server and removes its folder when the process that started it dies in whatever way.

import { spawn } from 'node:child_process';

// The pipe on stdin closes with its owner, even on SIGKILL. Each line read before is the process to end
// then; an empty line means that there is none. `detached` keeps the shell out of the reach of a Ctrl-C
// or of a signal to the whole process group. A process that was just ended may still be writing,
// so the folder goes once it is gone; not every container reaps the dead, hence the limit on waiting.
const SCRIPT = `
pid=
while read -r line; do pid=$line; done
if [ -n "$pid" ]; then
  kill -9 "$pid" 2>/dev/null
  tries=0
  while kill -0 "$pid" 2>/dev/null && [ $tries -lt 4 ]; do sleep 0.05; tries=$((tries + 1)); done
fi
rm -rf -- "$1"
eval "$2"
`;

/**
 * @param {string} folder removed when this process dies or lets go of the guard
 * @param {string} [afterwards] shell text to run at last
 * @returns {{ watch(pid: number | undefined): void, release(): Promise<void> }}
 */
export function startGuard(folder, afterwards = '') {
  const shell = spawn('sh', ['-c', SCRIPT, 'etcd-guard', folder, afterwards], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  const ended = new Promise((resolve) => {
    shell.once('close', resolve).once('error', resolve);
  });
  shell.stdin.on('error', () => {});
  // Neither may keep the process of its owner alive.
  shell.unref();
  shell.stdin.unref();
  return {
    watch(pid) {
      shell.stdin.write(`${pid ?? ''}\n`);
    },
    async release() {
      shell.ref();
      shell.stdin.end();
      await ended;
    },
  };
}
