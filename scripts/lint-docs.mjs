// `npm run lint:docs`: a docstring says at once what it is about. It begins with a verb or a noun, never
// with a word that makes a riddle of it.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { log, root } from './setup.mjs';

const RIDDLE =
  /\/\*\*\s*\n?\s*\*?\s*((?:What|Whether|Who|Whom|Whose|Where|When|Why|Which|It|Its|They|That|This|These|Those|As|How|The same)\b.*)/g;
const GENERATED = /[\\/]generated[\\/]/;

const found = [];
for (const file of sourceFiles()) {
  const text = readFileSync(join(root, file), 'utf8');
  for (const match of text.matchAll(RIDDLE)) {
    const line = text.slice(0, match.index).split('\n').length;
    found.push(`${file}:${line}: ${match[1]}`);
  }
}
for (const place of found) log(place);
if (found.length > 0) {
  log('Begin a docstring with a verb ("Reads", "Returns whether") or a noun ("The lease of ...").');
  process.exitCode = 1;
}

function sourceFiles() {
  return readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !GENERATED.test(name))
    .map((name) => join('src', name));
}
