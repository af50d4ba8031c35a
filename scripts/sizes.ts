// `npm run sizes`, after a build: what each entry point of dist/ loads, what of it the main entry point does
// not, and what a program that takes `codecs` alone bundles. `-- --check` fails above the limits, `-- --import` tells what the import costs.

import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';
import { printImportCost } from './import-cost.js';

const IMPORT = /(?:from|import)\s*["'](\.[^"']+)["']/g;
const KIB = 1024;

/** Limits in KiB. Raise one in the commit that needs it, and say why. */
const LIMITS: Readonly<Record<string, number>> = { '.': 600, './testing': 1_000, codecs: 24 };

const root = fileURLToPath(new URL('..', import.meta.url));

/** Texts of all modules that an entry point loads, by their paths. */
export function modulesOf(
  entry: string,
  found: Map<string, string> = new Map(),
): ReadonlyMap<string, string> {
  if (found.has(entry)) return found;
  const text = readFileSync(entry, 'utf8');
  found.set(entry, text);
  for (const [, path = ''] of text.matchAll(IMPORT))
    modulesOf(resolve(dirname(entry), path), found);
  return found;
}

function kibibytes(texts: readonly string[]): number {
  return Math.round(texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0) / KIB);
}

/** Bundles a program that uses codecs and nothing else, as small as a bundler makes it. */
async function codecsAlone(main: string): Promise<number> {
  const folder = join(root, '.cache', `sizes-${process.pid}`);
  mkdirSync(folder, { recursive: true });
  const entry = join(folder, 'entry.mjs');
  writeFileSync(entry, `import { codecs } from ${JSON.stringify(main)}; console.log(codecs);`);
  try {
    const bundle = await rolldown({ input: entry, platform: 'node', logLevel: 'silent' });
    const { output } = await bundle.generate({ format: 'esm', minify: true });
    await bundle.close();
    return kibibytes(output.map((file) => ('code' in file ? file.code : '')));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function report(): Promise<void> {
  const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    exports: Record<string, string | { readonly import: string }>;
  };
  const entryPoints = Object.entries(exports).flatMap(([name, target]) =>
    typeof target === 'string' ? [] : [{ name, file: join(root, target.import) }],
  );
  const [{ file: mainFile = '' } = {}] = entryPoints;
  const main = modulesOf(mainFile);
  const sizes: Record<string, number> = {};
  console.log('| entry point | loads, KiB | beyond the main one, KiB |');
  console.log('|---|---|---|');
  for (const { name, file } of entryPoints) {
    const modules = modulesOf(file);
    const own = [...modules].filter(([path]) => !main.has(path)).map(([, text]) => text);
    const shown = relative('.', join('etcd-kit', name));
    const size = kibibytes([...modules.values()]);
    sizes[name] = size;
    console.log(`| \`${shown}\` | ${size} | ${kibibytes(own)} |`);
  }
  const alone = await codecsAlone(mainFile);
  sizes['codecs'] = alone;
  console.log(`\nA bundle of \`codecs\` alone, minified: ${alone} KiB.`);
  if (process.argv.includes('--import')) printImportCost(mainFile);
  if (!process.argv.includes('--check')) return;
  for (const [name, limit] of Object.entries(LIMITS)) {
    const size = sizes[name] ?? 0;
    if (size <= limit) continue;
    console.error(`sizes: ${name} is ${size} KiB, and may be ${limit}`);
    process.exitCode = 1;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await report();
