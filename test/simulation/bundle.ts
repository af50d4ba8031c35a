import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';
import type { Mutant } from './mutants/mutant.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const WORKER = join(root, 'test/simulation/worker.ts');
/** Packages stay outside of the bundle. */
const PACKAGES = /^(@grpc\/|@opentelemetry\/|p-retry$|eventemitter3$)/;

/** A program in one file. It is removed with its folder when it is disposed of. */
export interface Program extends AsyncDisposable {
  readonly file: string;
}

/**
 * Makes one file of the program that plays stories, for plain Node: stories take half of the time that they
 * need where each module is translated when it is loaded.
 *
 * @param mutant is put into the client
 * @throws Error when the text that the mutant replaces is not in its file exactly once
 */
export async function bundleWorker(mutant?: Mutant): Promise<Program> {
  const cache = join(root, '.cache');
  await mkdir(cache, { recursive: true });
  const folder = await mkdtemp(join(cache, 'simulation-'));
  const file = join(folder, 'worker.mjs');
  const bundle = await rolldown({
    input: WORKER,
    platform: 'node',
    external: PACKAGES,
    // Node 20 has no `using`.
    transform: { target: 'es2022' },
    plugins: [entryPoints, ...(mutant === undefined ? [] : [mutation(mutant)])],
  });
  try {
    await bundle.write({ file, format: 'esm' });
  } finally {
    await bundle.close();
  }
  return { file, [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) };
}

/** Tests import the package by its name and get the sources. */
const entryPoints = {
  name: 'entry-points',
  resolveId(id: string): string | undefined {
    const [, name] = /^etcd-kit(?:\/(.+))?$/.exec(id) ?? [id];
    if (!id.startsWith('etcd-kit')) return undefined;
    return join(root, 'src', name ?? '', 'index.ts');
  },
};

function mutation({ file, from, to, mistake }: Mutant) {
  const mutated = join(root, 'src', file);
  return {
    name: 'mutation',
    transform(code: string, id: string): string | undefined {
      if (id !== mutated) return undefined;
      if (code.split(from).length !== 2) {
        throw new Error(`the mutant "${mistake}" needs exactly one "${from}" in src/${file}`);
      }
      return code.replace(from, () => to);
    },
  };
}
