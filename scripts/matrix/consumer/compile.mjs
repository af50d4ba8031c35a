// node compile.mjs <folder of a compiler> <configurations>: compiles each of them as `tsc` does, in one process,
// and prints what the compiler says of each. The files of the language and of Node are parsed once.

import { createRequire } from 'node:module';
import process from 'node:process';

const [, , folder, text] = process.argv;
const ts = createRequire(import.meta.url)(folder);
const shared = new Map();

/** Compiles the files of one configuration. */
function compile({ compilerOptions, files }) {
  const cwd = process.cwd();
  const { options, errors } = ts.convertCompilerOptionsFromJson(compilerOptions, cwd);
  const host = ts.createCompilerHost(options);
  const { getSourceFile } = host;
  host.getSourceFile = (path, ...rest) => {
    if (!/\/node_modules\/(typescript\/lib|@types\/node)\//.test(path)) {
      return getSourceFile(path, ...rest);
    }
    if (!shared.has(path)) shared.set(path, getSourceFile(path, ...rest));
    return shared.get(path);
  };
  const program = ts.createProgram(files, options, host);
  return ts.formatDiagnostics([...errors, ...ts.getPreEmitDiagnostics(program)], {
    getCanonicalFileName: (path) => path,
    getCurrentDirectory: () => cwd,
    getNewLine: () => '\n',
  });
}

const said = Object.entries(JSON.parse(text)).map(([name, config]) => [name, compile(config)]);
process.stdout.write(JSON.stringify(Object.fromEntries(said)));
