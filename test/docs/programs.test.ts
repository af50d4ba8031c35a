import { describe, expect, it } from 'vitest';
import { programsOf } from './programs.js';

const fence = '```';
const page = (...lines: readonly string[]) => lines.join('\n').replaceAll('~~~', fence);

describe('the programs of a page', () => {
  it('joins the blocks of a page and keeps every line where it stands', () => {
    const text = page('# Title', '~~~ts', 'const a = 1;', '~~~', 'prose', '~~~ts', 'a;', '~~~', '');
    const [program, ...others] = programsOf('a.md', text);
    expect(others).toEqual([]);
    expect(program?.name).toBe('a.md');
    expect(program?.checked.split('\n')).toEqual([
      '',
      '',
      'const a = 1;',
      '',
      '',
      '',
      'a;',
      '',
      '',
    ]);
    expect(program?.executed).toBe(program?.checked);
  });

  it('checks a no-run block and does not execute it', () => {
    const [program] = programsOf('a.md', page('~~~ts', 'a;', '~~~', '~~~ts no-run', 'b;', '~~~'));
    expect(program?.checked).toContain('b;');
    expect(program?.executed).toContain('a;');
    expect(program?.executed).not.toContain('b;');
  });

  it('executes nothing where every block is no-run', () => {
    const [program] = programsOf('a.md', page('~~~ts no-run', 'b;', '~~~'));
    expect(program?.executed).toBeUndefined();
  });

  it('makes a program of a standalone block', () => {
    const text = page('~~~ts', 'a;', '~~~', '~~~ts standalone', 'b;', '~~~');
    const [joined, alone] = programsOf('a.md', text);
    expect(joined?.checked.trim()).toBe('a;');
    expect(alone?.name).toBe('a.md:4');
    expect(alone?.checked.trim()).toBe('b;');
  });

  it('makes a test file of a test block, for the runner that it imports', () => {
    const text = page('~~~ts', 'a;', '~~~', '~~~ts test', "import { it } from 'vitest';", '~~~');
    const [joined, test] = programsOf('a.md', text);
    expect(joined?.runner).toBeUndefined();
    expect(test).toMatchObject({ name: 'a.md:4', runner: 'vitest', executed: undefined });
    expect(() => programsOf('a.md', page('~~~ts test', 'b;', '~~~'))).toThrow(/imports its test/);
  });

  it('makes a program of a CommonJS block', () => {
    const [program] = programsOf('a.md', page('~~~cjs', "require('etcd-kit');", '~~~'));
    expect(program).toMatchObject({ name: 'a.md:1', module: 'cjs' });
    expect(program?.executed?.trim()).toBe("require('etcd-kit');");
  });

  it('leaves out foreign blocks and other languages', () => {
    expect(programsOf('a.md', page('~~~ts foreign', 'a', '~~~', '~~~sh', 'npm i', '~~~'))).toEqual(
      [],
    );
  });

  it('imports a name once when several blocks show its import', () => {
    const text = page(
      ...['~~~ts', "import { A, B } from 'x';", '~~~'],
      ...['~~~ts', "import { B, C } from 'x';", '~~~'],
      ...['~~~ts', "import { A } from 'x';", '~~~'],
    );
    expect(programsOf('a.md', text)[0]?.checked.split('\n').filter(Boolean)).toEqual([
      "import { A, B } from 'x';",
      "import { C } from 'x';",
    ]);
  });

  it('collects what the page promises to print', () => {
    const text = page(
      ...['~~~ts', 'console.log(1 + 1); // => 2', 'console.log(3);', '~~~'],
      ...['~~~ts no-run', 'console.log(4); // => 4', '~~~'],
    );
    expect(programsOf('a.md', text)[0]?.promised).toEqual(['2']);
  });

  it('takes the indent of a block in a list away', () => {
    expect(programsOf('a.md', page('- x', '  ~~~ts', '  a;', '  ~~~'))[0]?.checked).toBe(
      '\n\na;\n',
    );
  });

  it('refuses what it does not know, naming the place', () => {
    expect(() => programsOf('a.md', page('', '~~~ts norun', '~~~'))).toThrow(/a\.md:2: .*norun/);
    expect(() => programsOf('a.md', page('~~~js', '~~~'))).toThrow(/a\.md:1: .*`ts`, not `js`/);
    expect(() => programsOf('a.md', page('~~~ts', 'a;'))).toThrow(/a\.md: .*not closed/);
  });
});
