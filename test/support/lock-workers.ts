import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** A process of its own that wants the lock. */
export interface LockWorker extends AsyncDisposable {
  /** Resolves when it ends by itself; rejects when it does so with an error. */
  readonly done: Promise<void>;
  /** SIGKILL: it has no time to give anything back. */
  kill(): Promise<void>;
  /** SIGSTOP: it does nothing, and does not know it. */
  pause(): void;
  resume(): void;
}

const PROGRAM = fileURLToPath(new URL('lock-worker.ts', import.meta.url));

/** Starts a worker; see `lock-worker.ts` for what it can do. It is killed when it is disposed of. */
export function startLockWorker(...args: readonly string[]): LockWorker {
  const child = spawn(process.execPath, ['--import', 'tsx', PROGRAM, ...args], {
    // The worker ends when its input does, that is with this process at the latest.
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const closed = once(child, 'close');
  const done = closed.then(([code, signal]) => {
    if (code !== 0 && signal !== 'SIGKILL')
      throw new Error(`a worker ended with ${code}: ${stderr}`);
  });
  done.catch(() => {});
  const kill = async (): Promise<void> => {
    end(child);
    await closed;
  };
  return {
    done,
    kill,
    pause: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
    [Symbol.asyncDispose]: kill,
  };
}

function end(child: ChildProcess): void {
  if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
}
