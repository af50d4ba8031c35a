import { readdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { root } from '../types/diagnostics.js';

/** A name that grpc-js gives to a tracer: in a constant, or where it traces. */
const TRACER = /(?:TRACER_NAME = |LogVerbosity\.DEBUG, )'(\w+)'/g;

/** Returns the names of all tracers that the installed grpc-js has. */
async function tracersOfGrpcJs(): Promise<ReadonlySet<string>> {
  const folder = dirname(createRequire(import.meta.url).resolve('@grpc/grpc-js'));
  const sources = (await readdir(folder)).filter((name) => name.endsWith('.js'));
  const texts = await Promise.all(sources.map((name) => readFile(join(folder, name), 'utf8')));
  return new Set(texts.flatMap((text) => namesIn(text, TRACER)));
}

/** Returns the names in the first column of the table of tracers. */
function inTable(page: string): readonly string[] {
  const table = page.split('| `GRPC_TRACE` | shows |\n')[1]?.split('\n\n')[0] ?? '';
  return table.split('\n').flatMap((row) => namesIn(row.split('|')[1] ?? '', /`(\w+)`/g));
}

/** Returns the names in commands and in running text, such as `GRPC_TRACE=transport,keepalive`. */
function inUse(page: string): readonly string[] {
  return namesIn(page, /GRPC_TRACE=([\w,]+)/g).flatMap((names) => names.split(','));
}

/** Returns the first group of each match. */
function namesIn(text: string, pattern: RegExp): readonly string[] {
  return [...text.matchAll(pattern)].map(([, name = '']) => name);
}

describe('the tracers that the documentation names', () => {
  it.each([
    ['the table of the guide', 'docs/debugging-connections.md', inTable],
    ['the commands of the guide', 'docs/debugging-connections.md', inUse],
    ['CONTRIBUTING.md', 'CONTRIBUTING.md', inUse],
  ])('are tracers of grpc-js: %s', async (_, path, namesOf) => {
    const named = namesOf(await readFile(join(root, path), 'utf8'));
    const tracers = await tracersOfGrpcJs();
    expect(named.length).toBeGreaterThan(0);
    expect(named.filter((name) => name !== 'all' && !tracers.has(name))).toEqual([]);
  });
});
