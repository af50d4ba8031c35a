import { describe, expect, it } from 'vitest';
import { diagnosticsOf } from '../types/diagnostics.js';
import { docPrograms, fileOf } from './pages.js';

// The code of README.md and docs/ is what readers copy first, so it is compiled as strictly as ours.
const programs = await docPrograms();

describe('the code of the documentation compiles', () => {
  const files = new Map(programs.map((program) => [fileOf(program, 'ts'), program.checked]));
  const found = diagnosticsOf([...files.keys()], files, {
    // A page shows what a call gives without doing something with it.
    noUnusedLocals: false,
    noUnusedParameters: false,
  });

  it.each(programs)('$name', (program) => {
    expect(found.get(fileOf(program, 'ts'))).toEqual([]);
  });
});
