import { mkdir, mkdtemp } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type RolldownPluginOption, rolldown } from 'rolldown';
import { startGuard } from '../../src/testing/server/guard.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
/** Packages stay outside of the bundle, but for helpers that the bundler itself puts in. */
const PACKAGES = /^(?!etcd-kit(\/|$)|@oxc-project\/)[a-z@]/;

const programs = new Map<string, Promise<string>>();
let folder: Promise<string> | undefined;

/**
 * Resolves with the path of a program of ours as one file for plain Node. It starts in a fifth of the time that it
 * needs where each module is translated when it is loaded. Made once in each process, and removed with it.
 *
 * @example
 * const child = spawn(process.execPath, [await bundled('/path/to/program.ts')]);
 */
export function bundled(program: string): Promise<string> {
  const known = programs.get(program) ?? bundleInFolder(program);
  programs.set(program, known);
  return known;
}

/** Writes a program and what it imports of ours into one file. Packages are found where the file is in the project. */
export async function bundleInto(
  file: string,
  program: string,
  plugins: readonly RolldownPluginOption[] = [],
): Promise<void> {
  const bundle = await rolldown({
    input: program,
    platform: 'node',
    external: PACKAGES,
    // Node 20 has no `using`.
    transform: { target: 'es2022' },
    plugins: [entryPoints, ...plugins],
  });
  try {
    await bundle.write({ file, format: 'esm' });
  } finally {
    await bundle.close();
  }
}

/** Makes a folder in the project's cache, from where programs find packages. */
export async function folderInCache(name: string): Promise<string> {
  const cache = join(root, '.cache');
  await mkdir(cache, { recursive: true });
  return mkdtemp(join(cache, `${name}-`));
}

/** Programs import the package by its name and get the sources. */
const entryPoints = {
  name: 'entry-points',
  resolveId(id: string): string | undefined {
    const [, name] = /^etcd-kit(?:\/(.+))?$/.exec(id) ?? [id];
    if (!id.startsWith('etcd-kit')) return undefined;
    return join(root, 'src', name ?? '', 'index.ts');
  },
};

async function bundleInFolder(program: string): Promise<string> {
  folder ??= folderInCache('programs').then((path) => {
    startGuard(path);
    return path;
  });
  const file = join(await folder, `${basename(program, '.ts')}.mjs`);
  await bundleInto(file, program);
  return file;
}
