import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { root } from '../types/diagnostics.js';
import { type DocProgram, programsOf } from './programs.js';

/** Inside the project, so that the dependencies resolve as they do in its sources. */
export const folder = join(root, '.cache', 'docs');

/** The programs of README.md and docs/, page by page. */
export async function docPrograms(): Promise<readonly DocProgram[]> {
  const inDocs = await readdir(join(root, 'docs'), { recursive: true });
  const pages = ['README.md', ...inDocs.sort().map((name) => join('docs', name))];
  const programs = pages
    .filter((page) => page.endsWith('.md'))
    .map(async (page) => programsOf(page, await readFile(join(root, page), 'utf8')));
  return (await Promise.all(programs)).flat();
}

/** The place of a program, with this ending. */
export function fileOf({ name }: DocProgram, ending: string): string {
  return join(folder, `${name.replaceAll(/[/:]/g, '-')}.${ending}`);
}
