import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import ts from 'typescript';

/** What a set of declaration files takes from outside, as `file: what`. */
export interface Foreign {
  /** Imports of anything that is not a file of the package. */
  readonly imports: readonly string[];
  /** Uses of the name `Buffer`. */
  readonly buffers: readonly string[];
  /** The files that were read. */
  readonly files: readonly string[];
}

/** Reads declaration files and all files they import, as a user's compiler does. */
export function foreignIn(entryPoints: readonly string[]): Foreign {
  const imports: string[] = [];
  const buffers: string[] = [];
  const pending = [...entryPoints];
  const seen = new Set(pending);
  for (let file = pending.pop(); file !== undefined; file = pending.pop()) {
    const current = file;
    const source = ts.createSourceFile(
      current,
      readFileSync(current, 'utf8'),
      ts.ScriptTarget.Latest,
    );
    const found = (text: string) => `${current}: ${text}`;
    const visit = (node: ts.Node): void => {
      if (ts.isIdentifier(node) && node.text === 'Buffer') buffers.push(found('Buffer'));
      const specifier = specifierOf(node);
      if (specifier?.startsWith('.') === true) {
        const target = join(dirname(current), specifier.replace(/\.js$/, '.d.ts'));
        if (!seen.has(target)) pending.push(target);
        seen.add(target);
      } else if (specifier !== undefined) {
        imports.push(found(specifier));
      }
      ts.forEachChild(node, visit);
    };
    visit(source);
    for (const { fileName } of source.typeReferenceDirectives) imports.push(found(fileName));
  }
  return { imports, buffers, files: [...seen] };
}

function specifierOf(node: ts.Node): string | undefined {
  const specifier =
    ts.isImportDeclaration(node) || ts.isExportDeclaration(node)
      ? node.moduleSpecifier
      : ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)
        ? node.argument.literal
        : undefined;
  return specifier !== undefined && ts.isStringLiteral(specifier) ? specifier.text : undefined;
}
