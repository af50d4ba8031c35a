// `npm run lint:layout`: where things stand.
//
// - The drawing in ARCHITECTURE.md shows the imports that .dependency-cruiser.mjs allows, and each arrow in
//   it is used.
// - A name has one import path: a folder with an index.ts exports only its own names, and what the index
//   exports is imported from there.
// - No source is longer than what a reader holds in mind.
// - test/unit mirrors src: a unit test stands in the folder of its subject.

import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, posix, relative } from 'node:path';
import process from 'node:process';
import cruiser from '../.dependency-cruiser.mjs';
import { log, root } from './setup.mjs';

/** The names and the path of an import or an export of another file. */
const IMPORT = /^(import|export) (?:type )?(?:{([^}]*)} from |[^'{]* from )?'(\.[^']+)'/gm;

/** What all folders above it may import, with what is below it. */
const FOR_ALL = 'diagnostics';
/** The lines that a source may have. */
const MOST_LINES = 349;
const GENERATED = /(^|\/)generated\//;

/** The folders of the entry points: `src`, `src/cache` and so on. */
const ENTRY_POINTS = Object.keys(
  JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).exports,
).map((name) => posix.join('src', name));

/** The sources by their paths, as `src/kv/get.ts`. */
const sources = new Map(
  filesBelow('src')
    .filter((file) => file.endsWith('.ts') && !GENERATED.test(file))
    .map((file) => [file, readFileSync(join(root, file), 'utf8')]),
);

/** The imports between sources. */
const imports = [...sources].flatMap(([from, text]) =>
  [...text.matchAll(IMPORT)].map(([, kind = '', names = '', path = '']) => ({
    from,
    kind,
    to: posix.join(dirname(from), path).replace(/\.js$/, '.ts'),
    names: namesIn(names),
  })),
);

const found = [...drawing(), ...importPaths(), ...lengths(), ...unitTests()];
for (const line of found) log(line);
if (found.length > 0) process.exitCode = 1;

/**
 * Finds the sources that are too long.
 *
 * @returns {string[]}
 */
function lengths() {
  return [...sources]
    .map(([file, text]) => ({ file, lines: text.trimEnd().split('\n').length }))
    .filter(({ lines }) => lines > MOST_LINES)
    .map(
      ({ file, lines }) => `${file}: ${lines} lines; more than ${MOST_LINES} are several concepts`,
    );
}

/**
 * Compares the drawings with the rules: one of the folders of src, one of the wings of the transport.
 * An arrow `a --> b` means that `a` may import `b` and what `b` may import. With `a ==> b` it may import `b`
 * alone, beside what all may import.
 *
 * @returns {string[]}
 */
function drawing() {
  const page = readFileSync(join(root, 'ARCHITECTURE.md'), 'utf8');
  const pictures = [...page.matchAll(/```mermaid\ngraph TD\n([\s\S]*?)```/g)];
  return pictures.flatMap(([, picture = '']) => {
    const arrows = [...picture.matchAll(/^ *([a-z /&]+) (-->|==>) ([a-z /&]+)$/gm)].flatMap(
      ([, from = '', kind = '', to = '']) =>
        from.split(' & ').flatMap((a) => to.split(' & ').map((b) => ({ from: a, kind, to: b }))),
    );
    return [...unlikeRules(arrows), ...unused(arrows)];
  });
}

/**
 * @typedef {{ from: string, kind: string, to: string }} Arrow
 * @param {readonly Arrow[]} arrows
 */
function unlikeRules(arrows) {
  const drawn = nodesOf(arrows);
  const wings = drawn.every((folder) => folder.includes('/'));
  const missing = wings
    ? []
    : [...new Set([...sources.keys()].map(folderOf))].filter((folder) => !drawn.includes(folder));
  const problems = missing.map((folder) => `ARCHITECTURE.md: the drawing does not show ${folder}`);
  for (const from of drawn) {
    const reached = reach(from, arrows);
    for (const to of drawn) {
      if (from === to || reached.has(to) === isAllowed(from, to)) continue;
      problems.push(
        reached.has(to)
          ? `ARCHITECTURE.md: the drawing lets ${from} import ${to}, the linter does not`
          : `ARCHITECTURE.md: the linter lets ${from} import ${to}, the drawing does not`,
      );
    }
  }
  return problems;
}

/** @param {readonly Arrow[]} arrows */
function nodesOf(arrows) {
  return [...new Set(arrows.flatMap(({ from, to }) => [from, to]))];
}

/**
 * Collects what a folder may import by the arrows.
 *
 * @param {string} folder
 * @param {readonly Arrow[]} arrows
 * @param {Set<string>} found
 */
function reach(folder, arrows, found = new Set()) {
  for (const { from, kind, to } of arrows) {
    if (from !== folder || found.has(to)) continue;
    found.add(to);
    reach(kind === '-->' ? to : FOR_ALL, arrows, found);
    if (kind === '==>') found.add(FOR_ALL);
  }
  return found;
}

/**
 * Returns whether no rule of the linter forbids that import.
 *
 * @param {string} from
 * @param {string} to
 */
function isAllowed(from, to) {
  return !cruiser.forbidden.some(
    (rule) => matches(rule.from, fileIn(from)) && rule.to.path && matches(rule.to, fileIn(to)),
  );
}

/** @param {string} folder */
function fileIn(folder) {
  return folder === 'client' ? 'src/client.ts' : `src/${folder}/any.ts`;
}

/**
 * @param {{ path?: string, pathNot?: string | string[] }} rule
 * @param {string} file
 */
function matches({ path = '', pathNot = [] }, file) {
  const not = [pathNot].flat();
  return new RegExp(path).test(file) && !not.some((pattern) => new RegExp(pattern).test(file));
}

/** @param {readonly Arrow[]} arrows */
function unused(arrows) {
  return arrows
    .filter(({ from, to }) => !imports.some((edge) => isIn(edge.from, from) && isIn(edge.to, to)))
    .map(
      ({ from, to }) => `ARCHITECTURE.md: ${from} imports nothing of ${to}; take the arrow away`,
    );
}

/**
 * @param {string} file
 * @param {string} folder
 */
function isIn(file, folder) {
  return folder === 'client' ? folderOf(file) === 'client' : file.startsWith(`src/${folder}/`);
}

/**
 * Names the folder of the drawing that holds a file. The files of src itself are the client.
 *
 * @param {string} file
 */
function folderOf(file) {
  const [, folder = ''] = file.split('/');
  return folder.endsWith('.ts') ? 'client' : folder;
}

/**
 * Finds names with two import paths. The entry points are for users, so inside each name of theirs comes from its file.
 *
 * @returns {string[]}
 */
function importPaths() {
  const problems = [];
  const homes = new Map();
  for (const { from, kind, to, names } of imports) {
    const folder = dirname(from);
    if (kind !== 'export' || basename(from) !== 'index.ts' || ENTRY_POINTS.includes(folder))
      continue;
    if (!to.startsWith(`${folder}/`)) problems.push(`${from}: exports names of ${to}`);
    for (const name of names) homes.set(`${to} ${name}`, from);
  }
  for (const { from, to, names } of imports) {
    for (const name of names) {
      const home = homes.get(`${to} ${name}`);
      if (home === undefined || from.startsWith(`${dirname(home)}/`)) continue;
      problems.push(`${from}: imports ${name} past ${home}`);
    }
  }
  return problems;
}

/** @param {string} list */
function namesIn(list) {
  return list
    .split(',')
    .map((entry) =>
      entry
        .trim()
        .replace(/^type /, '')
        .replace(/ as .*/, ''),
    )
    .filter((name) => name !== '');
}

/**
 * Finds unit tests that do not stand in the folder of their subject. A test with the name of a source stands
 * where that source stands; any other one stands in a folder of src.
 *
 * @returns {string[]}
 */
function unitTests() {
  const subjects = [...sources.keys(), ...filesBelow('scripts')].map((file) => ({
    folder: dirname(file),
    name: basename(file).replace(/\.(ts|mjs)$/, ''),
  }));
  return filesBelow('test/unit')
    .filter((file) => file.endsWith('.test.ts'))
    .flatMap((file) => {
      const folder = posix
        .join('src', dirname(file).slice('test/unit'.length))
        .replace(/^src\/scripts/, 'scripts');
      const name = basename(file, '.test.ts');
      const named = subjects.filter((subject) => subject.name === name);
      if (named.some((subject) => subject.folder === folder)) return [];
      const [other] = named;
      if (other !== undefined)
        return [`${file}: has the name of ${other.folder}/${name} and not its folder`];
      const fits = subjects.some((subject) =>
        folder === 'src'
          ? subject.folder === 'src' && name.startsWith(subject.name)
          : `${subject.folder}/`.startsWith(`${folder}/`),
      );
      return fits ? [] : [`${file}: a unit test stands in the folder of its subject in src`];
    });
}

/**
 * Lists the files below a folder of the project, with slashes in their paths.
 *
 * @param {string} folder
 */
function filesBelow(folder) {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).replaceAll('\\', '/'));
}
