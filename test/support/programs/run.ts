import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { bundled } from '../bundled.js';

/** What a program did from its start to its end. */
export interface ProgramEnd {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: readonly string[];
  readonly stderr: string;
}

/** A program of this folder that runs beside the test. */
export interface RunningProgram extends AsyncDisposable {
  /** Resolves when the program has printed this line. */
  printed(line: string): Promise<void>;
  readonly ended: Promise<ProgramEnd>;
  kill(signal: NodeJS.Signals): void;
}

/** Starts a program of this folder by its name; it is killed when the test disposes of it. */
export async function startProgram(
  name: string,
  args: readonly string[],
  nodeFlags: readonly string[] = [],
): Promise<RunningProgram> {
  const file = await bundled(fileURLToPath(new URL(`${name}.ts`, import.meta.url)));
  const child = spawn(process.execPath, [...nodeFlags, file, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const lines: string[] = [];
  const waiting = new Set<() => void>();
  let stderr = '';
  let rest = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const parts = (rest + text).split('\n');
    rest = parts.pop() ?? '';
    lines.push(...parts);
    for (const check of waiting) check();
  });
  const ended = new Promise<ProgramEnd>((resolve) => {
    child.once('close', (exitCode, signal) => resolve({ exitCode, signal, stdout: lines, stderr }));
  });
  return {
    ended,
    kill: (signal) => void child.kill(signal),
    printed: (line) => printed(line, lines, waiting, ended),
    [Symbol.asyncDispose]: () => stop(child, ended),
  };
}

function printed(
  line: string,
  lines: readonly string[],
  waiting: Set<() => void>,
  ended: Promise<ProgramEnd>,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const check = (): void => {
      if (!lines.includes(line)) return;
      waiting.delete(check);
      resolve();
    };
    waiting.add(check);
    check();
    void ended.then(({ stderr }) => {
      if (!lines.includes(line)) reject(new Error(`it ended and never printed ${line}\n${stderr}`));
    });
  });
}

async function stop(child: ChildProcess, ended: Promise<ProgramEnd>): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
  await ended;
}
