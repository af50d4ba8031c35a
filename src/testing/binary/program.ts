import { execFile } from 'node:child_process';
import { stat } from 'node:fs/promises';
import process from 'node:process';

/** A server program on this machine, and the version that it reports. */
export interface EtcdProgram {
  readonly path: string;
  readonly version: string;
}

/** The result of trying out a file that may be an etcd. */
export type Tried =
  | { readonly kind: 'etcd'; readonly program: EtcdProgram }
  | { readonly kind: 'missing' }
  | { readonly kind: 'foreign'; readonly reason: string; readonly output: string };

/** The server and its tools, as releases and packages call them. */
export const PROGRAMS = ['etcd', 'etcdctl', 'etcdutl'] as const;

const VERSION_LINE = /etcd Version: (\d+\.\d+\.\d+)/;
/** Long enough for a program that is read from a slow disk; one that is no etcd may never end. */
const VERSION_TIMEOUT_MS = 15_000;

/** Programs that were tried out, by path, size and time of change. */
const tried = new Map<string, Promise<Tried>>();

/** Finds out whether a file is an etcd that runs on this machine. One that has not changed is asked once. */
export async function tryProgram(path: string): Promise<Tried> {
  const file = await stat(path).catch(() => undefined);
  if (file === undefined || file.isDirectory()) return { kind: 'missing' };
  const key = `${path}\0${file.size}\0${file.mtimeMs}`;
  const known = tried.get(key) ?? askVersion(path);
  tried.set(key, known);
  return known;
}

/** The name of a program as this system has it. */
export function executableName(program: string, platform: string = process.platform): string {
  return platform === 'win32' ? `${program}.exe` : program;
}

function askVersion(path: string): Promise<Tried> {
  return new Promise((resolve) => {
    const options = { timeout: VERSION_TIMEOUT_MS, killSignal: 'SIGKILL' } as const;
    execFile(path, ['--version'], options, (error, stdout, stderr) => {
      const version = VERSION_LINE.exec(stdout)?.[1];
      if (version !== undefined) return resolve({ kind: 'etcd', program: { path, version } });
      const reason =
        error === null || typeof error.code === 'number'
          ? 'it does not print a version of etcd'
          : error.killed === true
            ? `it did not print its version within ${VERSION_TIMEOUT_MS} ms`
            : `it cannot be run here (${error.code ?? error.message})`;
      return resolve({ kind: 'foreign', reason, output: stdout + stderr });
    });
  });
}
