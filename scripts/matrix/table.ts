import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { root } from '../setup.mjs';
import type { Cell, Group, Result } from './cells.js';

const PAGE = join(root, 'docs', 'runtimes.md');
/** The heading before which a group without a table gets its own. */
const REST = '## What was not tried';

/** A cell and what came of it. */
export interface Tried {
  readonly cell: Cell;
  readonly result: Result;
}

/** Writes the table of a group into the guide; those of other groups stay. */
export async function writeTable(group: Group, tried: readonly Tried[]): Promise<void> {
  const text = await readFile(PAGE, 'utf8');
  const table = tableOf(group, tried);
  const place = new RegExp(`### ${group.title}\\n[\\s\\S]*?(?=\\n### |\\n## )`);
  await writeFile(
    PAGE,
    place.test(text)
      ? text.replace(place, () => `${table}\n`)
      : text.replace(REST, () => `${table}\n\n${REST}`),
  );
}

/** One row for each tool. Groups in which every cell is a way of its own have a row for each cell. */
function tableOf({ title }: Group, tried: readonly Tried[]): string {
  const columns = [...new Set(tried.map(({ cell }) => cell.column))];
  const rows = [...new Set(tried.map(({ cell }) => cell.row))];
  const notes: string[] = [];
  const shown = (result: Result | undefined): string => {
    if (result === undefined) return '';
    if (result.kind === 'works') return 'yes';
    if (!notes.includes(result.reason)) notes.push(result.reason);
    const note = notes.indexOf(result.reason) + 1;
    return result.kind === 'fails' ? `**no** (${note})` : `not tried (${note})`;
  };
  const resultOf = (row: string, column: string): Result | undefined =>
    tried.find(({ cell }) => cell.row === row && cell.column === column)?.result;
  const nameOf = (row: string): string => {
    const works = tried.find(({ cell, result }) => cell.row === row && result.kind === 'works');
    return works?.result.kind === 'works' ? works.result.name : row;
  };
  const wide =
    columns.length > 2 && rows.every((row) => columns.every((column) => resultOf(row, column)));
  const lines = wide
    ? [
        `| | ${columns.join(' | ')} |`,
        `|---|${columns.map(() => '---|').join('')}`,
        ...rows.map(
          (row) =>
            `| ${nameOf(row)} | ${columns.map((column) => shown(resultOf(row, column))).join(' | ')} |`,
        ),
      ]
    : [
        '| | how | works |',
        '|---|---|---|',
        ...tried.map(
          ({ cell, result }) => `| ${nameOf(cell.row)} | ${cell.column} | ${shown(result)} |`,
        ),
      ];
  const reasons = notes.map((note, index) => `${index + 1}. ${note}`);
  return [`### ${title}`, '', ...lines, ...(notes.length === 0 ? [] : ['', ...reasons])].join('\n');
}
