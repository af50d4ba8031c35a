import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { rolldown } from 'rolldown';
import { root } from '../types/diagnostics.js';

/**
 * Makes the package of the sources, in a `node_modules` beside the programs: one module for each entry
 * point. Programs load in a tenth of the time that two hundred source files take.
 */
export async function installSources(folder: string): Promise<void> {
  const { exports } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as {
    exports: Record<string, string | { readonly import: string }>;
  };
  const modules = Object.entries(exports).flatMap(([path, target]) =>
    typeof target === 'string'
      ? []
      : [{ path, module: target.import.replace(/^\.\/dist\/esm\/|\.js$/g, '') }],
  );
  const target = join(folder, 'node_modules', 'etcd-kit');
  await rm(target, { recursive: true, force: true });
  await mkdir(target, { recursive: true });
  const bundle = await rolldown({
    cwd: root,
    input: Object.fromEntries(
      modules.map(({ module }) => [module, join(root, 'src', `${module}.ts`)]),
    ),
    external: /^[^./]/,
    platform: 'node',
    logLevel: 'warn',
  });
  await bundle.write({ dir: target, format: 'esm', entryFileNames: '[name].js', sourcemap: true });
  await bundle.close();
  const manifest = {
    name: 'etcd-kit',
    type: 'module',
    exports: Object.fromEntries(modules.map(({ path, module }) => [path, `./${module}.js`])),
  };
  await writeFile(join(target, 'package.json'), JSON.stringify(manifest));
}
