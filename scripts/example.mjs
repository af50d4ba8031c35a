// `npm run example:fleet`, `npm run example:config`: sets up what is missing and runs one of the applications
// of examples/. What follows `--` goes to it.

import { join } from 'node:path';
import process from 'node:process';
import { ensureDependencies, logError, runNode } from './setup.mjs';

const [name = '', ...args] = process.argv.slice(2);

try {
  await ensureDependencies();
  process.exitCode = await runNode(['--import', 'tsx', join('examples', name, 'main.ts'), ...args]);
} catch (error) {
  logError(error);
  process.exitCode = 1;
}
