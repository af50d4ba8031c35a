import { type ChildProcess, spawn } from 'node:child_process';
import process from 'node:process';

/** Ends what it watches and removes a folder when this process dies in whatever way. */
export interface Guard {
  /** The process to end if this one dies; `undefined` for none. */
  watch(pid: number | undefined): void;
  /** Does what it would do if this process had died: the watched process ends, and the folder goes. */
  release(): Promise<void>;
}

// The pipe on stdin closes with its owner, even on SIGKILL. Each line read before is the process to end
// then; an empty line means that there is none. `detached` keeps the shell out of the reach of a Ctrl-C
// or of a signal to the whole process group. A process that was just ended may still be writing,
// so the folder goes once it is gone; not every container reaps the dead, hence the limit on waiting.
const SHELL_SCRIPT = `
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

// The same for systems without a POSIX shell. It takes more memory, so it is not used where there is one.
const NODE_SCRIPT = `
const { rmSync } = require('node:fs');
let text = '';
process.stdin.setEncoding('utf8').on('data', (more) => { text += more; }).on('end', () => {
  const pid = Number(text.split('\\n').at(-2));
  if (pid > 0) { try { process.kill(pid, 'SIGKILL'); } catch {} }
  rmSync(process.argv[1], { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
});
`;

/** The program that stands guard. */
export type GuardKind = 'shell' | 'node';

/**
 * Starts a small process that outlives this one for as long as it takes to end what it watches and to remove the
 * folder. It does so on any death of this process, SIGKILL included, and keeps this process from nothing.
 *
 * @param afterwards shell text to run at last
 */
export function startGuard(
  folder: string,
  afterwards = '',
  kind: GuardKind = process.platform === 'win32' ? 'node' : 'shell',
): Guard {
  const guard = start(folder, afterwards, kind);
  const ended = new Promise<void>((resolve) => {
    guard.once('close', () => resolve()).once('error', () => resolve());
  });
  const { stdin } = guard;
  stdin?.on('error', () => {});
  // Neither may keep the process of its owner alive.
  guard.unref();
  if (stdin !== null && 'unref' in stdin && typeof stdin.unref === 'function') stdin.unref();
  return {
    watch(pid) {
      stdin?.write(`${pid ?? ''}\n`);
    },
    async release() {
      guard.ref();
      stdin?.end();
      await ended;
    },
  };
}

function start(folder: string, afterwards: string, kind: GuardKind): ChildProcess {
  const [program, args] =
    kind === 'shell'
      ? ['sh', ['-c', SHELL_SCRIPT, 'etcd-guard', folder, afterwards]]
      : [process.execPath, ['-e', NODE_SCRIPT, folder]];
  return spawn(program, args, {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
    windowsHide: true,
    // Options of a test runner must not load its modules into the guard.
    env: { ...process.env, NODE_OPTIONS: '' },
  });
}
