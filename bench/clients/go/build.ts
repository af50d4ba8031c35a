import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Where Debian keeps the sources of Go packages (golang-etcd-server-dev has etcd's client). */
const DEBIAN_GOPATH = '/usr/share/gocode';

/** The program with the Go client; disposing of it removes it. */
export interface GoClient extends AsyncDisposable {
  /** `undefined` where it cannot be built. */
  readonly program: string | undefined;
  readonly version: string | undefined;
}

/**
 * Builds the program with the Go client, where Debian's packages golang-go and golang-etcd-server-dev
 * are installed; elsewhere it prints why there is none.
 */
export async function buildGoClient(): Promise<GoClient> {
  const folder = await mkdtemp(join(tmpdir(), 'etcd-kit-bench-'));
  const source = fileURLToPath(new URL('main.go', import.meta.url));
  const program = join(folder, 'go-client');
  const env = { ...process.env, GO111MODULE: 'off', GOPATH: DEBIAN_GOPATH };
  let version: string | undefined;
  try {
    await run('go', ['build', '-o', program, source], { env });
    version = (await run(program, ['version'])).stdout;
  } catch (error) {
    const { message } = error as Error;
    console.error(`without the Go client (golang-go, golang-etcd-server-dev): ${message.trim()}`);
  }
  return {
    program: version === undefined ? undefined : program,
    version,
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  };
}
