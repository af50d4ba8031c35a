// `npm run check:docs`: every export is on the page docs/names.md, with its first sentence and the guides that
// speak of it, and every option is named in a guide. A page says `npm install` for what its code imports. `-- --write` writes that page from the docstrings.

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import ts from 'typescript';
import { log, root } from './setup.mjs';

const PAGE = 'names.md';
/** Messages of etcd have one rule for all: see docs/raw-rpc.md. */
const GENERATED = /[\\/]rpc[\\/]generated[\\/]/;
/** Texts in code type: a name in prose may be a word of the language. */
const CODE = /```[\s\S]*?```|`[^`\n]+`/g;

/** What a program of a guide imports, and what its page tells to install. */
const IMPORT = /^(?:import|\} from) [^;]*?'([^']+)';$/gm;
const INSTALL = /^npm install .*$/gm;
/** Modules that a reader has without another install. */
const OURS = /^(?:etcd-kit|node:|\.)/;

const KINDS: readonly (readonly [ts.SymbolFlags, string])[] = [
  [ts.SymbolFlags.Class, 'class'],
  [ts.SymbolFlags.Function, 'function'],
  [ts.SymbolFlags.Interface, 'interface'],
  [ts.SymbolFlags.TypeAlias, 'type'],
  [ts.SymbolFlags.Variable, 'value'],
];

/** One export. */
interface Name {
  readonly name: string;
  readonly kind: string;
  /** Options, of an interface that has some. */
  readonly options: readonly string[];
  readonly sentence: string;
}

interface EntryPoint {
  readonly module: string;
  readonly names: readonly Name[];
}

const docs = join(root, 'docs');
const guides = readdirSync(docs)
  .filter((name) => name.endsWith('.md') && name !== PAGE)
  .map((name) => {
    const text = readFileSync(join(docs, name), 'utf8');
    const title = /^# (.+)$/m.exec(text)?.[1] ?? name;
    return { name, title, code: text.match(CODE)?.join('\n') ?? '' };
  });

const exported = exportsOfPackage();
const text = pageOf(exported);
if (process.argv.includes('--write')) {
  writeFileSync(join(docs, PAGE), text);
} else {
  const kept = readFileSync(join(docs, PAGE), 'utf8');
  for (const { name, options } of exported.flatMap(({ names }) => names)) {
    if (!kept.includes(`| \`${name}\` |`)) {
      fail(`docs/${PAGE} has no ${name}: npm run check:docs -- --write`);
    }
    for (const option of options) {
      if (guidesWith(option).length === 0) fail(`no guide names the option ${name}.${option}`);
    }
  }
  for (const { name, code } of guides) {
    const installed = code.match(INSTALL)?.join(' ').split(/\s+/) ?? [];
    for (const [, from = ''] of code.matchAll(IMPORT)) {
      if (!OURS.test(from) && !installed.includes(from)) {
        fail(`docs/${name} imports ${from}, and says npm install of it nowhere`);
      }
    }
  }
}

function fail(what: string): void {
  log(`check:docs: ${what}`);
  process.exitCode = 1;
}

function guidesWith(name: string): typeof guides {
  const word = new RegExp(`\\b${name}\\b`);
  return guides.filter(({ code }) => word.test(code));
}

/** Names of each entry point with what their docstrings say. */
function exportsOfPackage(): readonly EntryPoint[] {
  const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    exports: Record<string, string | { readonly import: string }>;
  };
  const modules = Object.entries(exports).flatMap(([path, target]) => {
    if (typeof target === 'string') return [];
    const source = target.import.replace('./dist/esm/', 'src/').replace(/\.js$/, '.ts');
    return [{ module: path.replace('.', 'etcd-kit'), file: join(root, source) }];
  });
  const config = ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile).config;
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
  const program = ts.createProgram(
    modules.map(({ file }) => file),
    options,
  );
  const checker = program.getTypeChecker();
  return modules.map(({ module, file }) => {
    const source = program.getSourceFile(file);
    const symbol = source && checker.getSymbolAtLocation(source);
    const symbols = symbol === undefined ? [] : checker.getExportsOfModule(symbol);
    const names = symbols
      .map((one) => (one.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(one) : one))
      .filter(({ declarations = [] }) =>
        declarations.some((node) => !GENERATED.test(node.getSourceFile().fileName)),
      )
      .map((one) => describe(one, checker))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
    return { module, names };
  });
}

function describe(symbol: ts.Symbol, checker: ts.TypeChecker): Name {
  const said = ts.displayPartsToString(symbol.getDocumentationComment(checker));
  const sentence = /^[\s\S]*?\.(?=\s|$)/.exec(said)?.[0] ?? said;
  const kind = KINDS.find(([flag]) => symbol.flags & flag)?.[1] ?? 'value';
  const isOptions = kind === 'interface' && symbol.name.endsWith('Options');
  const options = isOptions
    ? checker
        .getDeclaredTypeOfSymbol(symbol)
        .getProperties()
        .map(({ name }) => name)
    : [];
  return { name: symbol.name, kind, options, sentence: sentence.replace(/\s+/g, ' ').trim() };
}

function pageOf(all: readonly EntryPoint[]): string {
  const parts = all.map(({ module, names }) =>
    [
      `## ${module}`,
      '',
      '| name | | guides |',
      '|---|---|---|',
      ...names.map((one) => `| \`${one.name}\` | ${said(one)} | ${links(one.name)} |`),
    ].join('\n'),
  );
  return `${[
    '# Names',
    'Every name that the package exports, the first sentence of its docstring, and the guides whose code has it. Written by `npm run check:docs -- --write`. The types of messages are not listed: [raw RPCs](raw-rpc.md#the-messages) has the rule for all of them.',
    ...parts,
  ].join('\n\n')}\n`;
}

function said({ sentence, options }: Name): string {
  const list = options.map((option) => `\`${option}\``).join(' ');
  const text = sentence
    .replace(/\{@link (\S+?)\}/g, '`$1`')
    .replaceAll('|', '\\|')
    .replaceAll('<', '&lt;');
  return options.length === 0 ? text : `${text} ${list}`;
}

function links(name: string): string {
  return guidesWith(name)
    .slice(0, 3)
    .map(({ title, name: page }) => `[${title}](${page})`)
    .join(', ');
}
