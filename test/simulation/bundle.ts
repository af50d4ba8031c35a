import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleInto, folderInCache } from '../support/bundled.js';
import type { Mutant } from './mutants/mutant.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const WORKER = join(root, 'test/simulation/worker.ts');

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
  const folder = await folderInCache('simulation');
  const file = join(folder, 'worker.mjs');
  await bundleInto(file, WORKER, mutant === undefined ? [] : [mutation(mutant)]);
  return { file, [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) };
}

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
