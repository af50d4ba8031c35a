// `npm run sizes`: what each entry point of dist/ loads, and what of it the main entry point does not.

import { readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const IMPORT = /(?:from|import)\s*["'](\.[^"']+)["']/g;

/**
 * The modules that an entry point loads, itself among them: texts by paths. Dependencies are not followed.
 *
 * @param {string} entry
 * @param {Map<string, string>} found
 * @returns {ReadonlyMap<string, string>}
 */
export function modulesOf(entry, found = new Map()) {
  if (found.has(entry)) return found;
  const text = readFileSync(entry, 'utf8');
  found.set(entry, text);
  for (const [, path = ''] of text.matchAll(IMPORT))
    modulesOf(resolve(dirname(entry), path), found);
  return found;
}

/** @param {readonly string[]} modules */
function kibibytes(modules) {
  return Math.round(modules.reduce((sum, text) => sum + Buffer.byteLength(text), 0) / 1024);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const root = fileURLToPath(new URL('..', import.meta.url));
  const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const main = modulesOf(join(root, exports['.'].import));
  console.log('| entry point | loads, KiB | beyond the main one, KiB |');
  console.log('|---|---|---|');
  for (const [name, target] of Object.entries(exports)) {
    if (typeof target !== 'object') continue;
    const modules = modulesOf(join(root, target.import));
    const own = [...modules].filter(([path]) => !main.has(path)).map(([, text]) => text);
    const shown = relative('.', join('etcd-kit', name));
    console.log(`| \`${shown}\` | ${kibibytes([...modules.values()])} | ${kibibytes(own)} |`);
  }
}
