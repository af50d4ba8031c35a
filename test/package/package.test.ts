import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
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

describe('the tarball', { timeout: TOOLS_TIMEOUT_MS }, () => {
  it('holds what users need and nothing else', async () => {
    const files = await readdir(packed.installed);
    expect(files.sort()).toEqual(
      ['CHANGELOG.md', 'LICENSE', 'README.md', 'dist', 'package.json', 'proto'].sort(),
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

describe('the code', { timeout: TOOLS_TIMEOUT_MS }, () => {
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

describe('test runners', { timeout: TOOLS_TIMEOUT_MS }, async () => {
  const page = 'docs/testing.md';
  const markdown = await readFile(join(root, page), 'utf8');
  const recipes = programsOf(page, markdown).filter(({ runner }) => runner !== undefined);

  it('have a recipe each', () => {
    const runners = recipes.map(({ runner }) => runner);
    expect(runners.sort()).toEqual(['@jest/globals', 'node:test', 'vitest']);
  });

  it.each(recipes)('$runner runs the recipe of the guide', async ({ runner, checked }) => {
    const kind = runner === '@jest/globals' ? ts.ModuleKind.CommonJS : ts.ModuleKind.ESNext;
    const options = { target: ts.ScriptTarget.ES2022, module: kind };
    const { outputText } = ts.transpileModule(checked, { compilerOptions: options });
    const extension = kind === ts.ModuleKind.CommonJS ? 'js' : 'mjs';
    const file = `recipe-${runner?.replace(/\W/g, '-')}.test.${extension}`;
    await writeFile(join(packed.project, file), outputText);
    expect(await runRecipe(runner, file)).toMatch(/"numPassedTests":1,|# pass 1\b/);
  });

  async function runRecipe(runner: DocProgram['runner'], file: string): Promise<string> {
    switch (runner) {
      case 'vitest':
        // Not installed in the user's project: our own stands in.
        await symlink(
          join(root, 'node_modules', 'vitest'),
          join(packed.project, 'node_modules', 'vitest'),
        );
        return tool(packed.project, 'vitest/vitest.mjs', 'run', '--reporter=json', file);
      case '@jest/globals':
        return tool(packed.project, 'jest/bin/jest.js', '--json', '--rootDir=.', file);
      default:
        return node(packed.project, '--test', '--test-reporter=tap', file);
    }
  }
});

describe('the types', { timeout: TOOLS_TIMEOUT_MS }, () => {
  it.each(['esm', 'cjs'])('of the %s build need nothing but the language and Node', (build) => {
    const folder = join(packed.installed, 'dist', build);
    const found = foreignIn(
      ENTRY_POINTS.map((name) => join(folder, name.replace('etcd-kit', '.'), 'index.d.ts')),
    );
    expect(found.files.length).toBeGreaterThan(ENTRY_POINTS.length);
    expect(found.imports).toEqual([]);
    expect(found.buffers).toEqual([]);
  });

  /** Compiles files of the user's project, as the user's compiler does; answers what it has to say. */
  async function compile(version: '5.4' | '6.0', ...args: readonly string[]): Promise<string> {
    const compiler = 'typescript/bin/tsc';
    const all = [
      ...['--target', 'es2022', '--lib', 'es2022', '--types', 'node', '--noEmit'],
      ...['--strict', '--exactOptionalPropertyTypes', '--noUncheckedIndexedAccess'],
      ...args,
    ];
    return version === '5.4'
      ? node(packed.project, join('node_modules', compiler), ...all)
      : tool(packed.project, compiler, ...all);
  }

  it.each([
    ['modules of both kinds', '6.0', ['consumer.mts', 'consumer.cts'], 'nodenext', 'nodenext'],
    ['a bundled program', '6.0', ['consumer.ts'], 'esnext', 'bundler'],
    ['modules of both kinds', '5.4', ['consumer.mts', 'consumer.cts'], 'nodenext', 'nodenext'],
    ['a bundled program', '5.4', ['consumer.ts'], 'esnext', 'bundler'],
    ['a program of the old resolution', '5.4', ['consumer.ts'], 'commonjs', 'node10'],
  ] as const)('serve %s, TypeScript %s', async (_what, version, files, module, resolution) => {
    const source = await readFile(join(packed.project, 'consumer.ts'), 'utf8');
    await Promise.all(files.map((file) => writeFile(join(packed.project, file), source)));
    const how = ['--module', module, '--moduleResolution', resolution];
    // The point: our declarations themselves are checked.
    expect(await compile(version, ...how, '--skipLibCheck', 'false', ...files)).toBe('');
  });

  it.each([
    ['5.4', 'nodenext', 'nodenext'],
    ['5.4', 'esnext', 'bundler'],
    ['6.0', 'node16', 'node16'],
    ['6.0', 'esnext', 'bundler'],
  ] as const)(
    'need no types of Node nor of the DOM, TypeScript %s, %s',
    async (version, module, moduleResolution) => {
      const imports = ENTRY_POINTS.map((name, index) => `export * as e${index} from '${name}';`);
      await writeFile(join(packed.project, 'bare.mts'), imports.join('\n'));
      const compilerOptions = {
        ...{ target: 'es2022', lib: ['es2022'], types: [], strict: true, noEmit: true },
        ...{ module, moduleResolution, skipLibCheck: false },
      };
      await writeFile(
        join(packed.project, 'bare.json'),
        JSON.stringify({ compilerOptions, files: ['bare.mts'] }),
      );
      const compiler = 'typescript/bin/tsc';
      const said =
        version === '5.4'
          ? node(packed.project, join('node_modules', compiler), '-p', 'bare.json')
          : tool(packed.project, compiler, '-p', 'bare.json');
      expect(await said).toBe('');
    },
  );

  it.each(['5.4', '6.0'] as const)("take the user's own gRPC, TypeScript %s", async (version) => {
    const how = ['--module', 'nodenext', '--moduleResolution', 'nodenext'];
    // The declarations of gRPC need this; they are no part of ours.
    const said = await compile(version, ...how, '--skipLibCheck', 'true', 'grpc-consumer.ts');
    expect(said).toBe('');
  });
});

describe('OpenTelemetry', { timeout: TOOLS_TIMEOUT_MS }, () => {
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
