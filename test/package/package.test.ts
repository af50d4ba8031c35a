import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { modulesOf } from '../../scripts/sizes.js';
import { type DocProgram, programsOf } from '../docs/programs.js';
import { startEtcd } from '../support/etcd.js';
import { foreignIn } from './declarations.js';
import { node, type Packed, pack, packAndInstall, root, tool } from './packed.js';

const compileScript = join(root, 'scripts', 'matrix', 'consumer', 'compile.mjs');

const SET_UP_TIMEOUT_MS = 300_000;
/** The tools take some seconds each; the rest is for a machine that is busy. */
const TOOLS_TIMEOUT_MS = 180_000;

const ENTRY_POINTS = [
  'etcd-kit',
  'etcd-kit/cache',
  'etcd-kit/concurrency',
  'etcd-kit/diagnostics',
  'etcd-kit/discovery',
  'etcd-kit/opentelemetry',
  'etcd-kit/queue',
  'etcd-kit/rpc',
  'etcd-kit/testing',
];

let packed: Packed;
beforeAll(async () => {
  packed = await packAndInstall();
}, SET_UP_TIMEOUT_MS);
afterAll(async () => {
  await packed?.[Symbol.asyncDispose]();
});

describe.concurrent('the tarball', { timeout: TOOLS_TIMEOUT_MS }, () => {
  it('holds what users need and nothing else', async () => {
    const files = await readdir(packed.installed);
    expect(files.sort()).toEqual(
      ['CHANGELOG.md', 'LICENSE', 'README.md', 'dist', 'docs', 'package.json', 'proto'].sort(),
    );
  });

  it('holds the protocol, and nothing that only tests read', async () => {
    const files = await readdir(join(packed.installed, 'proto'));
    expect(files).toContain('rpc.proto');
    expect(files.filter((name) => !name.endsWith('.proto'))).toEqual([]);
  });

  it('is the same, byte for byte, when it is built and packed once more', async () => {
    const again = await pack(await mkdtemp(join(packed.tarball, '..', 'again-')));
    expect(await sha256(again)).toBe(await sha256(packed.tarball));
  });

  it('carries the licences of the code it carries inside', async () => {
    const path = join(packed.installed, 'dist', 'cjs', 'THIRD-PARTY-LICENSES.txt');
    expect(await readFile(path, 'utf8')).toMatch(/^p-retry .*\nis-network-error /s);
  });

  it('is in order for publint', async () => {
    expect(await tool(packed.project, 'publint/src/cli.js', packed.tarball, '--strict')).toContain(
      'All good',
    );
  });

  it('has types that agree with the code, for every way to resolve them', async () => {
    const attw = '@arethetypeswrong/cli/dist/index.js';
    expect(await tool(packed.project, attw, packed.tarball, '--no-color')).toContain(
      'No problems found',
    );
  });
});

async function sha256(path: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(path))
    .digest('hex');
}

describe.concurrent('the code', { timeout: TOOLS_TIMEOUT_MS }, () => {
  const names = `(module) => Object.keys(module).filter((name) => name !== 'default').sort()`;
  const imported = `
    const names = ${names};
    const entries = await Promise.all(${JSON.stringify(ENTRY_POINTS)}.map((name) => import(name)));
    console.log(JSON.stringify(entries.map(names)));`;
  const required = `
    const names = ${names};
    const entries = ${JSON.stringify(ENTRY_POINTS)}.map((name) => require(name));
    console.log(JSON.stringify(entries.map(names)));`;

  const fromImport = () => node(packed.project, '--input-type=module', '-e', imported);
  // Without this flag Node itself would load an ES module that slipped in; older programs cannot.
  const fromRequire = () =>
    node(
      packed.project,
      '--no-experimental-require-module',
      '--input-type=commonjs',
      '-e',
      required,
    );

  it('exports the same names to import and to require', async () => {
    const [main, ...others] = JSON.parse(await fromImport()) as readonly string[][];
    expect(main).toContain('EtcdClient');
    expect(JSON.parse(await fromRequire())).toEqual([main, ...others]);
  });

  it.each([
    ['import', '--input-type=module', `await import('etcd-kit');`],
    ['require', '--input-type=commonjs', `require('etcd-kit');`],
  ])('loads no proto-loader when it is loaded by %s', async (_how, kind, load) => {
    const loaded = `
      const { createRequire } = process.getBuiltinModule('module');
      const { cache } = createRequire(process.cwd() + '/');
      console.log(Object.keys(cache).filter((path) => path.includes('grpc-js')).length > 0);
      console.log(Object.keys(cache).filter((path) => /proto-loader|protobufjs/.test(path)).length);`;
    expect(await node(packed.project, kind, '-e', load + loaded)).toBe('true\n0');
  });

  it('leaves the client and gRPC out of a bundle of codecs and errors', async () => {
    const entry = join(packed.project, 'codecs.mjs');
    await writeFile(
      entry,
      `import { codecs, EtcdError } from 'etcd-kit'; console.log(codecs, EtcdError);`,
    );
    const bundle = await rolldown({ input: entry, platform: 'node', logLevel: 'silent' });
    const { output } = await bundle.generate({ format: 'esm', minify: true });
    await bundle.close();
    const ours = output.flatMap((chunk) => (chunk.type === 'chunk' ? chunk.moduleIds : []));
    expect(ours.filter((id) => id.includes('grpc'))).toEqual([]);
    const bytes = output.reduce((sum, file) => sum + ('code' in file ? file.code.length : 0), 0);
    expect(bytes).toBeLessThan(40_000);
  });

  it('loads nothing for tests with the main entry point', () => {
    const loaded = (name: string) =>
      [...modulesOf(join(packed.installed, 'dist', 'esm', name)).values()].join('\n');
    const onlyForTests = /ETCD_DOWNLOAD_URL|SIGSTOP|class MemoryEtcd|node:child_process/;
    expect(loaded('testing/index.js')).toMatch(onlyForTests);
    expect(loaded('index.js')).not.toMatch(onlyForTests);
  });

  it('recognises its errors across the two builds', async () => {
    const script = `
      import { createRequire } from 'node:module';
      import * as esm from 'etcd-kit';
      const cjs = createRequire(import.meta.url)('etcd-kit');
      const pairs = [[esm, cjs], [cjs, esm]];
      console.log(esm.EtcdError !== cjs.EtcdError, ...pairs.map(([ours, theirs]) =>
        new ours.TimeoutError('late') instanceof theirs.EtcdError &&
        new ours.TimeoutError('late') instanceof theirs.TimeoutError &&
        !(new ours.TimeoutError('late') instanceof theirs.DecodeError)));`;
    expect(await node(packed.project, '--input-type=module', '-e', script)).toBe('true true true');
  });

  it('takes operations, conditions, selections and transactions of the other build', async () => {
    const script = `
      import { createRequire } from 'node:module';
      import * as esm from 'etcd-kit';
      const cjs = createRequire(import.meta.url)('etcd-kit');
      const options = { endpoints: 'http://127.0.0.1:1' };
      const clients = [new esm.EtcdClient(options), new cjs.EtcdClient(options)];
      for (const [ours, theirs] of [clients, [...clients].reverse()]) {
        const inner = theirs.txn().if(theirs.compare(theirs.all()).exists()).then(theirs.op.get('a'));
        ours.txn().if(theirs.compare('a').exists()).then(ours.op.txn(inner), ours.op.get(theirs.prefix('a')));
      }
      await Promise.all(clients.map((client) => client.close()));
      console.log('taken');`;
    expect(await node(packed.project, '--input-type=module', '-e', script)).toBe('taken');
  });

  it.each([
    ['esm', 'out.mjs'],
    ['cjs', 'out.cjs'],
  ] as const)('works bundled into one %s file', async (format, name) => {
    const entry = join(packed.project, 'bundled.mjs');
    await writeFile(
      entry,
      `${ENTRY_POINTS.map((name, index) => `import * as e${index} from '${name}';`).join('\n')}
       const client = new e0.EtcdClient({ endpoints: 'http://127.0.0.1:1' });
       const names = [${ENTRY_POINTS.map((_, index) => `Object.keys(e${index})`).join()}];
       client.close().then(() => console.log(names.length, 'closed'));`,
    );
    const bundle = await rolldown({ input: entry, platform: 'node', logLevel: 'silent' });
    const file = join(packed.tarball, '..', name);
    await bundle.write({ file, format, codeSplitting: false });
    await bundle.close();
    expect(await node(join(packed.tarball, '..'), file)).toBe(`${ENTRY_POINTS.length} closed`);
  });
});

describe.concurrent('test runners', { timeout: TOOLS_TIMEOUT_MS }, async () => {
  const page = 'docs/testing.md';
  const markdown = await readFile(join(root, page), 'utf8');
  const recipes = programsOf(page, markdown).filter(({ runner }) => runner !== undefined);

  // In memory, in memory with timers that the runner fakes, and on a real server.
  it('have three recipes each', () => {
    const runners = recipes.map(({ runner }) => runner);
    const each = ['@jest/globals', 'node:test', 'vitest'];
    expect(runners.sort()).toEqual([...each, ...each, ...each].sort());
  });

  it.each(recipes)('$runner runs the recipe at $name', async ({ name, runner, checked }) => {
    const kind = runner === '@jest/globals' ? ts.ModuleKind.CommonJS : ts.ModuleKind.ESNext;
    const options = { target: ts.ScriptTarget.ES2022, module: kind };
    const { outputText } = ts.transpileModule(checked, { compilerOptions: options });
    const extension = kind === ts.ModuleKind.CommonJS ? 'js' : 'mjs';
    const file = `recipe-${name.replace(/\W/g, '-')}.test.${extension}`;
    await writeFile(join(packed.project, file), outputText);
    expect(await runRecipe(runner, file)).toMatch(/"numPassedTests":1,|# pass 1\b/);
  });

  async function linkOnce(name: string): Promise<void> {
    const link = join(packed.project, 'node_modules', name);
    if (!existsSync(link)) await symlink(join(root, 'node_modules', name), link);
  }

  async function runRecipe(runner: DocProgram['runner'], file: string): Promise<string> {
    switch (runner) {
      case 'vitest':
        // Not installed in the user's project: our own stands in.
        await linkOnce('vitest');
        return tool(packed.project, 'vitest/vitest.mjs', 'run', '--reporter=json', file);
      case '@jest/globals':
        return tool(packed.project, 'jest/bin/jest.js', '--json', '--rootDir=.', file);
      default:
        return node(packed.project, '--test', '--test-reporter=tap', file);
    }
  }
});

describe.concurrent('the types', { timeout: TOOLS_TIMEOUT_MS }, () => {
  it.each(['esm', 'cjs'])('of the %s build need nothing but the language and Node', (build) => {
    const folder = join(packed.installed, 'dist', build);
    const found = foreignIn(
      ENTRY_POINTS.map((name) => join(folder, name.replace('etcd-kit', '.'), 'index.d.ts')),
    );
    expect(found.files.length).toBeGreaterThan(ENTRY_POINTS.length);
    expect(found.imports).toEqual([]);
    expect(found.buffers).toEqual([]);
  });

  const sources = ['consumer.mts', 'consumer.cts', 'consumer.ts'];
  const ours = { types: ['node'], skipLibCheck: false, exactOptionalPropertyTypes: true };
  const strict = { ...ours, noUncheckedIndexedAccess: true };
  const modules = { files: ['consumer.mts', 'consumer.cts'], ...strict };
  const bundled = { files: ['consumer.ts'], ...strict };
  // The declarations of gRPC need `skipLibCheck`; they are no part of ours.
  const grpc = { files: ['grpc-consumer.ts'], ...strict, skipLibCheck: true };
  const bare = { files: ['bare.mts'], types: [], skipLibCheck: false };

  /** The ways to compile, by what they serve. The point: our declarations themselves are checked. */
  const WAYS = {
    '5.4': {
      'modules of both kinds': { ...modules, module: 'nodenext', moduleResolution: 'nodenext' },
      'a bundled program': { ...bundled, module: 'esnext', moduleResolution: 'bundler' },
      'the old resolution': { ...bundled, module: 'commonjs', moduleResolution: 'node10' },
      'no types of Node nor of the DOM': {
        ...bare,
        module: 'nodenext',
        moduleResolution: 'nodenext',
      },
      'no types, bundled': { ...bare, module: 'esnext', moduleResolution: 'bundler' },
      "the user's own gRPC": { ...grpc, module: 'nodenext', moduleResolution: 'nodenext' },
    },
    '6.0': {
      'modules of both kinds': { ...modules, module: 'nodenext', moduleResolution: 'nodenext' },
      'a bundled program': { ...bundled, module: 'esnext', moduleResolution: 'bundler' },
      'no types of Node nor of the DOM': { ...bare, module: 'node16', moduleResolution: 'node16' },
      'no types, bundled': { ...bare, module: 'esnext', moduleResolution: 'bundler' },
      "the user's own gRPC": { ...grpc, module: 'nodenext', moduleResolution: 'nodenext' },
    },
  } as const;

  it.each(['5.4', '6.0'] as const)('serve every way to compile, TypeScript %s', async (version) => {
    const source = await readFile(join(packed.project, 'consumer.ts'), 'utf8');
    await Promise.all(sources.map((file) => writeFile(join(packed.project, file), source)));
    const imports = ENTRY_POINTS.map((name, index) => `export * as e${index} from '${name}';`);
    await writeFile(join(packed.project, 'bare.mts'), imports.join('\n'));
    const compiler = join(version === '5.4' ? packed.project : root, 'node_modules', 'typescript');
    const configurations = Object.fromEntries(
      Object.entries(WAYS[version]).map(([name, { files, ...options }]) => {
        const common = { target: 'es2022', lib: ['es2022'], strict: true, noEmit: true };
        return [name, { compilerOptions: { ...common, ...options }, files }];
      }),
    );
    const said: Record<string, string> = JSON.parse(
      await node(packed.project, compileScript, compiler, JSON.stringify(configurations)),
    );
    expect(said).toEqual(Object.fromEntries(Object.keys(configurations).map((name) => [name, ''])));
  });
});

describe.concurrent('OpenTelemetry', { timeout: TOOLS_TIMEOUT_MS }, () => {
  it.each([
    ['import', '--input-type=module', (name: string) => `await import('${name}')`],
    ['require', '--input-type=commonjs', (name: string) => `require('${name}')`],
  ])('is only needed by its own entry point: %s', async (_how, kind, load) => {
    // Packages are found from the place of the code, so it is elsewhere than the packages of the project.
    const project = await mkdtemp(join(packed.tarball, '..', 'bare-'));
    const installed = join(packed.project, 'node_modules');
    const without = await readdir(installed);
    await mkdir(join(project, 'node_modules'));
    for (const name of without.filter((name) => name !== '@opentelemetry')) {
      await cp(join(installed, name), join(project, 'node_modules', name), { recursive: true });
    }
    const others = ENTRY_POINTS.filter((name) => name !== 'etcd-kit/opentelemetry');
    const all = `const all = [${others.map(load).join()}]; console.log(all.length);`;
    expect(await node(project, kind, '-e', all)).toBe(`${others.length}`);
    await expect(node(project, kind, '-e', load('etcd-kit/opentelemetry'))).rejects.toThrow(
      /Cannot find (package|module) '@opentelemetry\/api'/,
    );
  });

  it.each(['telemetry.mjs', 'telemetry.cjs'])(
    'sees calls by its SDK for Node: %s',
    async (program) => {
      await using server = await startEtcd();
      const sdk = fileURLToPath(new URL('../../package.json', import.meta.url));
      const { spans, metrics } = JSON.parse(
        await node(packed.project, join(packed.project, program), server.endpoint, sdk),
      );
      expect(spans).toEqual(['put', 'get']);
      expect(metrics).toContain('db.client.operation.duration');
    },
  );
});
