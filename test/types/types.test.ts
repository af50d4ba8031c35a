import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { diagnosticsOf, root } from './diagnostics.js';

// Compiling is the test: a file of this folder holds what users may write, and under
// `@ts-expect-error` what they may not.
const folder = join(root, 'test', 'types');
const names = readdirSync(folder).filter((name) => name.endsWith('.types.ts'));

describe('the public types', () => {
  const found = diagnosticsOf(names.map((name) => join(folder, name)));

  it.each(names)('%s', (name) => {
    expect(found.get(join(folder, name))).toEqual([]);
  });
});

describe('the check itself', () => {
  const path = join(folder, 'written-here.types.ts');
  const check = (text: string) => diagnosticsOf([path], new Map([[path, text]])).get(path);

  it('reports a wrong type with its place', () => {
    expect(check('export const a = 1;\nexport const b: string = a;\n')).toEqual([
      "test/types/written-here.types.ts:2: Type 'number' is not assignable to type 'string'.",
    ]);
  });

  it('reports an error that was expected and is not there', () => {
    expect(check('// @ts-expect-error\nexport const a: number = 1;\n')).toEqual([
      "test/types/written-here.types.ts:1: Unused '@ts-expect-error' directive.",
    ]);
  });

  it('is as strict as the project', () => {
    expect(check('export const first: string = ["a"][0];\n')).toHaveLength(1);
    expect(check('export const given: { a?: string } = { a: undefined };\n')).toHaveLength(1);
  });
});
