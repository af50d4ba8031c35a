import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** A program of the tests that runs as a process of its own. */
export interface WorkerProcess extends AsyncDisposable {
  /** Resolves when it ends by itself; rejects when it does so with an error. */
  readonly done: Promise<void>;
  /** Writes a line to its input. */
  say(line: string): void;
  /** SIGKILL: it has no time to give anything back. */
  kill(): Promise<void>;
  /** SIGSTOP: it does nothing, and does not know it. */
  pause(): void;
  resume(): void;
}

/**
 * Starts a program for plain Node (see `bundled.ts`), which is killed when it is disposed of. It should end when its input does, that is with
 * this process at the latest.
 *
 * @param heard is told each line of its output
 */
export function startWorker(
  program: string,
  args: readonly string[],
  heard: (line: string) => void = () => {},
): WorkerProcess {
  const child = spawn(process.execPath, [program, ...args], { stdio: 'pipe' });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  createInterface({ input: child.stdout }).on('line', heard);
  // It may be gone already when something is said to it.
  child.stdin.on('error', () => {});
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
    say: (line) => void child.stdin.write(`${line}\n`),
    kill,
    pause: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
    [Symbol.asyncDispose]: kill,
  };
}

function end(child: ChildProcess): void {
  if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
}
