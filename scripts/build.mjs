// `npm run build`: fills dist/.
//
// What the compiler makes of src/ is bundled twice, for import and for require: one file per entry point
// and shared chunks, so that a class exists once whatever entry points are loaded, and so that loading
// the package is not mostly the opening of two hundred files.
// The dependencies stay outside, except those that are ES modules only: `require` cannot load them in
// every program that may run us (Jest, older bundlers), so the CommonJS build carries them inside.

import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { rolldown } from 'rolldown';
import { logError, root } from './setup.mjs';

const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/** The modules that `exports` of package.json names: './queue' is queue/index. */
const ENTRY_POINTS = Object.values(manifest.exports)
  .filter((target) => typeof target === 'object')
  .map((target) => target.import.replace(/^\.\/dist\/esm\/|\.js$/g, ''));

/**
 * What programs use without the client: a chunk of its own, with what it needs, so that a bundler which takes
 * `codecs` or an error takes neither the client nor gRPC.
 */
const WITHOUT_CLIENT = /[\\/]compiled[\\/](errors|model[\\/]codec)[\\/]/;

/** Dependencies that are ES modules only, with what they need themselves. */
const INLINED = ['p-retry', 'is-network-error'];

// A build that fails, or runs beside another, leaves the old dist/ whole.
const target = join(root, 'dist');
const workshop = join(root, '.cache', `build-${process.pid}`);
const staging = join(workshop, 'dist');
// The bundler names variables after this folder: its name must be the same in each build.
const compiled = join(workshop, 'compiled');
const cjs = join(staging, 'cjs');

try {
  compile();
  await bundle('esm', outside());
  await bundle('cjs', outside(INLINED));
  writeTypes();
  writeLicences();
  rmSync(target, { recursive: true, force: true });
  renameSync(staging, target);
} catch (error) {
  logError(error);
  process.exitCode = 1;
} finally {
  rmSync(workshop, { recursive: true, force: true });
}

function compile() {
  const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const args = [compiler, '-p', 'tsconfig.build.json', '--outDir', compiled];
  const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' });
  if (status !== 0) throw new Error('build: the compiler found errors');
}

/**
 * The dependencies, without those that are carried inside, and those that the user brings.
 *
 * @param {readonly string[]} inlined
 */
function outside(inlined = []) {
  const all = { ...manifest.dependencies, ...manifest.peerDependencies };
  return Object.keys(all).filter((name) => !inlined.includes(name));
}

/**
 * @param {'esm' | 'cjs'} format
 * @param {readonly string[]} external
 */
async function bundle(format, external) {
  const bundled = await rolldown({
    cwd: compiled,
    input: Object.fromEntries(ENTRY_POINTS.map((name) => [name, join(compiled, `${name}.js`)])),
    external: (id) =>
      id.startsWith('node:') || external.some((name) => id === name || id.startsWith(`${name}/`)),
    platform: 'node',
    experimental: { attachDebugInfo: 'none' },
    onLog(_level, entry) {
      // Nothing about this bundle is unusual: whatever there is to say is a mistake to be looked at.
      throw new Error(`bundling as ${format}: ${entry.message}`);
    },
  });
  await bundled.write({
    dir: join(staging, format),
    format,
    exports: 'named',
    strict: true,
    entryFileNames: '[name].js',
    chunkFileNames: 'chunks/[hash].js',
    // Docstrings are in the declarations, where editors look for them.
    comments: { legal: true, annotation: true, jsdoc: false },
    codeSplitting: { groups: [{ name: 'base', test: WITHOUT_CLIENT }] },
    // Jest without its flag for ES modules has no \`import()\`.
    dynamicImportInCjs: false,
    esModule: true,
    generatedCode: { symbols: false },
  });
  await bundled.close();
}

/** The same declarations for both; those for require are read as CommonJS because of the package.json beside them. */
function writeTypes() {
  for (const format of ['esm', 'cjs']) {
    cpSync(compiled, join(staging, format), {
      recursive: true,
      filter: (path) => !path.endsWith('.js') && !path.endsWith('.json'),
    });
  }
  writeFileSync(join(cjs, 'package.json'), '{ "type": "commonjs" }\n');
}

/** What is carried inside keeps its licence. */
function writeLicences() {
  const texts = INLINED.map((name) => {
    const folder = join(root, 'node_modules', name);
    const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    return `${name} ${version}\n\n${readFileSync(join(folder, 'license'), 'utf8').trim()}\n`;
  });
  mkdirSync(cjs, { recursive: true });
  writeFileSync(join(cjs, 'THIRD-PARTY-LICENSES.txt'), texts.join('\n---\n\n'));
}
