// `npm run docs`: builds the documentation site into .cache/site/dist.
//
//   npm run docs               builds it
//   npm run docs -- --serve    builds it and serves it on 127.0.0.1
//   npm run docs -- --check    builds it and visits every page in Chromium (site/check.mjs)
//
// The guides of docs/ are the pages, the reference is made of the docstrings. VitePress builds static
// pages with a search that needs no service; it is installed in this folder alone.

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { ensureDependencies, log, root } from '../scripts/setup.mjs';
import { writePages } from './pages.mjs';
import { writeReference } from './reference.mjs';

const folder = join(root, 'site');
const args = process.argv.slice(2);

try {
  await ensureDependencies();
  if (!existsSync(join(folder, 'node_modules', 'vitepress')))
    run('npm', ['ci', '--ignore-scripts']);
  writePages();
  writeReference();
  tool('vitepress', ['build', '.']);
  log(`site: .cache/site/dist`);
  if (args.includes('--check')) {
    const { checkSite } = await import('./check.mjs');
    await checkSite();
  }
  if (args.includes('--serve')) tool('vitepress', ['preview', '.', '--host', '127.0.0.1']);
} catch (error) {
  log(error.message);
  process.exitCode = 1;
}

function tool(name, command) {
  run(process.execPath, [join(folder, 'node_modules', name, 'bin', `${name}.js`), ...command]);
}

function run(program, command) {
  const { status } = spawnSync(program, command, {
    cwd: folder,
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  });
  if (status !== 0) throw new Error(`${program} ${command.join(' ')} failed`);
}
