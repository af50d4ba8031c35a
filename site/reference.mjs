import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { log, root } from '../scripts/setup.mjs';
import { pagesFolder } from './pages.mjs';

/**
 * Tables whose rows need no docstring: each RPC of `rpc.services` has its stub's, and the two sides of a
 * message in `rpc.MessageTypes` have those of its types.
 */
const TABLES = ['rpc.services.', 'rpc.MessageTypes.'];

/** Makes the reference from the docstrings. Throws when an export, a member or an option has none. */
export function writeReference() {
  const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const entryPoints = Object.values(exports)
    .filter((target) => typeof target === 'object')
    .map(({ import: path }) => path.replace('./dist/esm/', '../src/').replace(/\.js$/, '.ts'));
  const tool = join(root, 'site', 'node_modules', 'typedoc', 'bin', 'typedoc');
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [tool, ...entryPoints, '--out', join(pagesFolder, 'reference'), '--options', 'typedoc.json'],
    { cwd: join(root, 'site'), encoding: 'utf8', env: { ...process.env, NO_COLOR: '1' } },
  );
  const said = `${stdout}${stderr}`.split('\n');
  if (status !== 0) throw new Error(`the reference cannot be made:\n${said.join('\n')}`);
  const missing = said
    .map((line) => /\[warning\] (.*)/.exec(line)?.[1])
    .filter((text) => text !== undefined && !/^Found \d+ errors/.test(text))
    .filter((text) => !TABLES.some((table) => text.startsWith(table)));
  for (const text of missing) log(text);
  if (missing.length > 0) throw new Error(`the reference has ${missing.length} gaps`);
}
