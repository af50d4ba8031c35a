import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

/** The page that has all tables. */
export const PERFORMANCE = 'docs/performance.md';

/** Puts a text between `<!-- mark -->` and `<!-- /mark -->` in a document. */
export async function writeBetween(path: string, mark: string, content: string): Promise<void> {
  const file = fileURLToPath(new URL(`../${path}`, import.meta.url));
  const text = await readFile(file, 'utf8');
  const [begin, end] = [`<!-- ${mark} -->`, `<!-- /${mark} -->`];
  const from = text.indexOf(begin);
  const to = text.indexOf(end);
  if (from < 0 || to < from) throw new Error(`${path} has no place for ${mark}`);
  const before = text.slice(0, from + begin.length);
  await writeFile(file, `${before}\n\n${content}\n\n${text.slice(to)}`);
}

/** Prints a table, and with `--write` puts it into its place on the page as well. */
export async function publish(name: string, table: string): Promise<void> {
  console.log(table);
  if (process.argv.includes('--write')) await writeBetween(PERFORMANCE, `bench ${name}`, table);
}
