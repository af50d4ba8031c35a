// `npm run record`: runs the applications of examples/ and keeps what they print, with its times, as moving
// pictures in docs/images/.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { root } from './setup.mjs';

/** Each recording, and how it is made. */
const RECORDINGS = {
  'worker-fleet': ['--pictures', '40'],
  'config-service': ['--demo'],
} as const;

const ROWS = 22;
const LINE = 19;
const CHARACTER = 7.9;
const COLUMNS = 84;
const EDGE = 14;
/** The last line stays for this long before it begins again. */
const REST_MS = 4_000;

interface Line {
  readonly atMs: number;
  readonly text: string;
}

for (const [name, args] of Object.entries(RECORDINGS)) {
  const lines = await record(join('examples', name, 'main.ts'), args);
  const file = join(root, 'docs', 'images', `${name}.svg`);
  await writeFile(file, draw(name, lines));
  console.log(`${file}: ${lines.length} lines`);
}

async function record(program: string, args: readonly string[]): Promise<readonly Line[]> {
  const child = spawn(process.execPath, ['--import', 'tsx', program, ...args], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines: Line[] = [];
  let begun: number | undefined;
  createInterface({ input: child.stdout }).on('line', (text) => {
    begun ??= performance.now();
    lines.push({ atMs: performance.now() - begun, text });
  });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`${program} ended with ${code}`);
  return lines;
}

/** A window onto the lines that moves down when one is printed. Who wants no motion sees the end. */
function draw(name: string, lines: readonly Line[]): string {
  const width = COLUMNS * CHARACTER + 2 * EDGE;
  const height = ROWS * LINE + 2 * EDGE;
  const total = (lines.at(-1)?.atMs ?? 0) + REST_MS;
  const offset = (count: number): string => `translateY(${(ROWS - count) * LINE}px)`;
  const steps = lines.map(
    ({ atMs }, index) => `${((100 * atMs) / total).toFixed(2)}%{transform:${offset(index + 1)}}`,
  );
  const texts = lines.map(
    ({ text }, index) => `<text y="${(index + 1) * LINE - 5}">${escaped(text)}</text>`,
  );
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}">`,
    `<title>A run of examples/${name}</title>`,
    '<style>',
    'text{font:13px ui-monospace,Menlo,Consolas,monospace;fill:#d7dee7;white-space:pre}',
    `g{transform:${offset(lines.length)};animation:run ${Math.round(total)}ms step-end infinite}`,
    `@keyframes run{${steps.join('')}100%{transform:${offset(lines.length)}}}`,
    '@media (prefers-reduced-motion:reduce){g{animation:none}}',
    '</style>',
    `<rect width="${width}" height="${height}" rx="8" fill="#16202b"/>`,
    `<svg x="${EDGE}" y="${EDGE}" width="${width - 2 * EDGE}" height="${ROWS * LINE}"><g>`,
    ...texts,
    '</g></svg>',
    '</svg>',
  ].join('\n')}\n`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
