import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Plugin, rolldown } from 'rolldown';
import ts from 'typescript';
import { root } from '../types/diagnostics.js';

/** Of the compiler, for the oldest Node that is supported: it has no `using`. */
export const NODE_20 = { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext };

/**
 * Makes the package of the sources, in a `node_modules` beside the programs: one module for each entry
 * point. Programs load in a tenth of the time that two hundred source files take. The folder is a project
 * of its own: a program in ours would get `dist/`, if that is there, by the name of the package.
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
  await writeFile(join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
  const bundle = await rolldown({
    cwd: root,
    input: Object.fromEntries(
      modules.map(({ module }) => [module, join(root, 'src', `${module}.ts`)]),
    ),
    external: /^[^./]/,
    platform: 'node',
    plugins: [forNode20],
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

/** Writes what the oldest Node that is supported cannot read in older words. */
const forNode20: Plugin = {
  name: 'for-node-20',
  transform: {
    filter: { code: /\busing \w+ =/ },
    handler(text, id) {
      const { outputText, sourceMapText } = ts.transpileModule(text, {
        fileName: id,
        compilerOptions: { ...NODE_20, sourceMap: true },
      });
      return { code: outputText, map: sourceMapText ?? null, moduleType: 'js' };
    },
  },
};
