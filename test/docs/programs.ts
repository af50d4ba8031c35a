/**
 * The code of a documentation page as programs.
 *
 * The `ts` blocks of a page are one program, in their order, so that a page can connect once and go
 * on. A word after `ts` makes an exception:
 *
 * - `no-run`: type-checked with the page and not executed;
 * - `standalone`: a program of its own;
 * - `test`: a test file of its own, for the runner that it imports; type-checked here and run with the package;
 * - `foreign`: code of another library, shown for comparison; neither checked nor executed.
 *
 * A `cjs` block is a CommonJS program of its own.
 *
 * A program has exactly as many lines as its page, with the code where the page has it, so a line
 * number in an error is a line number of the page.
 */
export interface DocProgram {
  /** The page, for a standalone block with its line: `docs/watch.md:40`. */
  readonly name: string;
  /** What the compiler sees. */
  readonly checked: string;
  /** What is executed; `undefined` where there is nothing to execute. */
  readonly executed: string | undefined;
  readonly module: 'mjs' | 'cjs';
  /** The test runner of a test file; `undefined` for what is none. */
  readonly runner: 'vitest' | '@jest/globals' | 'node:test' | undefined;
  /** What the lines with `// => text` behind a `console.log` promise to print, in their order. */
  readonly promised: readonly string[];
}

interface Block {
  readonly kind: '' | 'no-run' | 'standalone' | 'foreign' | 'test' | 'cjs';
  /** Index of its first line of code in the page. */
  readonly start: number;
  readonly lines: readonly string[];
}

const FENCE = /^(\s*)```(.*)$/;
const IMPORT = /^import (type )?\{ (.+) \} from '(.+)';$/;
const RUNNER = /^import .* from '(vitest|@jest\/globals|node:test)';$/m;
const PROMISE = /console\.log\(.*\); \/\/ => (.*)$/;

/** Cuts a page into its programs; throws where a fence says something the rule does not know. */
export function programsOf(page: string, markdown: string): readonly DocProgram[] {
  const lines = markdown.split('\n');
  const blocks = blocksOf(page, lines).filter(({ kind }) => kind !== 'foreign');
  const together = blocks.filter((block) => !isAlone(block));
  const alone = blocks.filter(isAlone);
  return [
    ...(together.length === 0 ? [] : [programOf(page, together, lines.length)]),
    ...alone.map((block) => programOf(`${page}:${block.start}`, [block], lines.length)),
  ];
}

function programOf(name: string, blocks: readonly Block[], length: number): DocProgram {
  const run = blocks.filter(({ kind }) => kind !== 'no-run' && kind !== 'test');
  const checked = textOf(blocks, length);
  return {
    name,
    checked,
    runner: blocks[0]?.kind === 'test' ? runnerOf(name, checked) : undefined,
    module: blocks[0]?.kind === 'cjs' ? 'cjs' : 'mjs',
    executed: run.length === 0 ? undefined : textOf(run, length),
    promised: run
      .flatMap(({ lines }) => lines)
      .flatMap((line) => PROMISE.exec(line)?.slice(1) ?? []),
  };
}

function isAlone({ kind }: Block): boolean {
  return kind === 'standalone' || kind === 'test' || kind === 'cjs';
}

function runnerOf(name: string, text: string): DocProgram['runner'] {
  const runner = RUNNER.exec(text)?.[1];
  if (runner === undefined) throw new Error(`${name}: a \`test\` block imports its test runner`);
  return runner as DocProgram['runner'];
}

function textOf(blocks: readonly Block[], length: number): string {
  const text = new Array<string>(length).fill('');
  const imported = new Set<string>();
  for (const { start, lines } of blocks) {
    lines.forEach((line, index) => {
      text[start + index] = withoutRepeatedImports(line, imported);
    });
  }
  return text.join('\n');
}

/** Each block of a page may show its imports; a name is imported once. */
function withoutRepeatedImports(line: string, imported: Set<string>): string {
  const [, type = '', names, from] = IMPORT.exec(line) ?? [];
  if (names === undefined) return line;
  const fresh = names.split(', ').filter((name) => !imported.has(`${name} ${from}`));
  for (const name of fresh) imported.add(`${name} ${from}`);
  return fresh.length === 0 ? '' : `import ${type}{ ${fresh.join(', ')} } from '${from}';`;
}

function blocksOf(page: string, lines: readonly string[]): readonly Block[] {
  const blocks: Block[] = [];
  let open: { readonly kind: Block['kind'] | undefined; readonly start: number } | undefined;
  lines.forEach((line, index) => {
    const [, indent = '', info] = FENCE.exec(line) ?? [];
    if (info === undefined) return;
    if (open === undefined) {
      open = { kind: kindOf(info.trim(), `${page}:${index + 1}`), start: index + 1 };
      return;
    }
    if (open.kind !== undefined) {
      const code = lines.slice(open.start, index).map((text) => text.slice(indent.length));
      blocks.push({ kind: open.kind, start: open.start, lines: code });
    }
    open = undefined;
  });
  if (open !== undefined) throw new Error(`${page}: a code block is not closed`);
  return blocks;
}

/** What is to be done with a block; `undefined` if it is no program. */
function kindOf(info: string, place: string): Block['kind'] | undefined {
  const [language = '', ...words] = info.split(/\s+/);
  if (/^(js|javascript|typescript|mts|cts|tsx)$/.test(language)) {
    throw new Error(`${place}: code is marked \`ts\`, not \`${language}\`, so that it is tested`);
  }
  if (info === 'cjs') return 'cjs';
  if (language !== 'ts') return undefined;
  const [word = '', ...more] = words;
  if (more.length === 0 && /^(|no-run|standalone|foreign|test)$/.test(word))
    return word as Block['kind'];
  throw new Error(`${place}: after \`ts\` comes no-run, standalone, foreign or test; got ${info}`);
}
