import { dirname, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

/** The project's folder. */
export const root = fileURLToPath(new URL('../..', import.meta.url));

/**
 * Compiles files with the project's own strict options, as one program, and tells for each of them
 * what the compiler says about it, one string a finding: `path:line: message`.
 *
 * @param contents texts that stand in for files, by absolute path; they need not exist on disk
 * @param overrides compiler options that differ from the project's
 */
export function diagnosticsOf(
  files: readonly string[],
  contents: ReadonlyMap<string, string> = new Map(),
  overrides: ts.CompilerOptions = {},
): ReadonlyMap<string, readonly string[]> {
  const options = { ...projectOptions(), ...overrides };
  const program = ts.createProgram(files, options, hostWith(contents, options));
  return new Map(files.map((file) => [file, findings(program, file)]));
}

/** What a file costs the compiler. */
export interface CheckCost {
  /** Types that were made from generic ones: the same number on every machine. */
  readonly instantiations: number;
  /** Milliseconds for the file itself, without the reading of its imports. */
  readonly checkMs: number;
}

/** Measures the check of a text, as if it were the file at `path`. */
export function checkCost(path: string, text: string): CheckCost {
  const options = projectOptions();
  const program = ts.createProgram([path], options, hostWith(new Map([[path, text]]), options));
  const begun = performance.now();
  program.getSemanticDiagnostics(program.getSourceFile(path));
  const checkMs = performance.now() - begun;
  return { instantiations: program.getInstantiationCount(), checkMs };
}

function projectOptions(): ts.CompilerOptions {
  const path = `${root}tsconfig.json`;
  const { config, error } = ts.readConfigFile(path, ts.sys.readFile);
  if (error !== undefined)
    throw new Error(ts.flattenDiagnosticMessageText(error.messageText, '\n'));
  return ts.parseJsonConfigFileContent(config, ts.sys, dirname(path)).options;
}

/** Files that were read and parsed, by path: programs share them, since parsing is most of their cost. */
const parsed = new Map<string, ts.SourceFile | undefined>();

function hostWith(
  contents: ReadonlyMap<string, string>,
  options: ts.CompilerOptions,
): ts.CompilerHost {
  const host = ts.createCompilerHost(options);
  const { fileExists, readFile } = host;
  host.fileExists = (path) => contents.has(path) || fileExists(path);
  host.readFile = (path) => contents.get(path) ?? readFile(path);
  const getSourceFile = host.getSourceFile;
  host.getSourceFile = (path, language, ...rest) => {
    const text = contents.get(path);
    if (text !== undefined) return ts.createSourceFile(path, text, language);
    if (!parsed.has(path)) parsed.set(path, getSourceFile(path, language, ...rest));
    return parsed.get(path);
  };
  return host;
}

function findings(program: ts.Program, file: string): readonly string[] {
  const source = program.getSourceFile(file);
  if (source === undefined) throw new Error(`${file}: not a file the compiler can read`);
  return ts
    .getPreEmitDiagnostics(program, source)
    .map(({ file: place = source, start = 0, messageText }) => {
      const { line } = place.getLineAndCharacterOfPosition(start);
      const message = ts.flattenDiagnosticMessageText(messageText, '\n');
      return `${relative(root, place.fileName)}:${line + 1}: ${message}`;
    });
}
