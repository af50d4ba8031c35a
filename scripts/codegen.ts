/**
 * Makes src/rpc/generated/ from proto/.
 *
 *   npm run codegen            writes the files
 *   npm run check:generated    fails when they are not what proto/ would give
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { renderDescriptor } from './codegen/descriptor.js';
import { loadProto } from './codegen/proto.js';
import { renderStubs } from './codegen/stubs.js';
import { renderTypes } from './codegen/types.js';

const HEADER = '// Made from proto/ by "npm run codegen". Do not edit.';

const root = loadProto();
const outputs: Readonly<Record<string, string>> = {
  'descriptor.ts': renderDescriptor(root, HEADER),
  'stubs.ts': renderStubs(root, HEADER),
  'types.ts': renderTypes(root, HEADER),
};
const checkOnly = process.argv.includes('--check');

for (const [name, content] of Object.entries(outputs)) {
  const path = fileURLToPath(new URL(`../src/rpc/generated/${name}`, import.meta.url));
  if (!checkOnly) {
    writeFileSync(path, content);
  } else if (currentContent(path) !== content) {
    console.error(
      `src/rpc/generated/${name} differs from what proto/ gives: run "npm run codegen"`,
    );
    process.exitCode = 1;
  }
}

function currentContent(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
