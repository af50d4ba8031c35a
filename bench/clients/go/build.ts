import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { findGo, goBuild } from '../../../scripts/etcd/go.mjs';

const run = promisify(execFile);

/** The program with the Go client; disposing of it removes it. */
export interface GoClient extends AsyncDisposable {
  /** `undefined` where it cannot be built. */
  readonly program: string | undefined;
  readonly version: string | undefined;
}

/**
 * Builds the program with the Go client of the version in go.mod. Where there is no Go, or the module cannot
 * be had, it prints why there is none.
 */
export async function buildGoClient(): Promise<GoClient> {
  const folder = await mkdtemp(join(tmpdir(), 'etcd-kit-bench-'));
  const module = fileURLToPath(new URL('.', import.meta.url));
  const program = join(folder, 'go-client');
  let version: string | undefined;
  try {
    const go = await findGo();
    if (go === undefined) throw new Error('there is no Go on this machine');
    await goBuild(go, { module, output: program });
    version = (await run(program, ['version'])).stdout;
  } catch (error) {
    console.error(`without the Go client: ${(error as Error).message.trim()}`);
  }
  return {
    program: version === undefined ? undefined : program,
    version,
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  };
}
