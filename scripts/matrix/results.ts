import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { root } from '../setup.mjs';
import type { Cell, Result } from './cells.js';

const FILE = join(root, '.cache', 'matrix.json');

/** Results of the last runs on this machine, so that a group can be run in parts. */
interface LastResults {
  of(cell: Cell): Result | undefined;
  keep(cell: Cell, result: Result): Promise<void>;
}

/** Reads the results of runs before this one. */
export async function lastResults(): Promise<LastResults> {
  const text = await readFile(FILE, 'utf8').catch(() => '{}');
  const kept: Record<string, Result> = JSON.parse(text);
  const nameOf = ({ row, column }: Cell): string => `${row}, ${column}`;
  return {
    of: (cell) => kept[nameOf(cell)],
    async keep(cell, result) {
      kept[nameOf(cell)] = result;
      await mkdir(dirname(FILE), { recursive: true });
      await writeFile(FILE, JSON.stringify(kept, undefined, 2));
    },
  };
}
