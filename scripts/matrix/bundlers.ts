import {
  type Cell,
  CONSUMED,
  expectOutput,
  type Group,
  type Place,
  type Project,
} from './cells.js';

/** A bundle that is an ES module has no `require`, which gRPC asks for. */
const BANNER = `import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);`;
const ROLLUP_PLUGINS = {
  '@rollup/plugin-node-resolve': '16',
  '@rollup/plugin-commonjs': '29',
  '@rollup/plugin-json': '6',
};

/** One file of Rollup has what is imported by a call behind the program, and so behind its top-level await. */
const PROTO_LOADER_FIRST = `import '@grpc/proto-loader';
import { consume } from './consume.mjs';
const [wire, name] = process.argv.slice(-2);
console.log(await consume(process.env.ETCD, wire, name));`;

interface Bundler {
  readonly name: string;
  readonly column: string;
  readonly package: string;
  readonly dependencies: Readonly<Record<string, string>>;
  /** Makes the bundle; answers its file. */
  bundle(project: Project): Promise<string>;
}

const esbuild = (project: Project, ...args: readonly string[]): Promise<string> =>
  project.run(
    'node',
    project.path('esbuild/bin/esbuild'),
    ...['main.mjs', '--bundle', '--platform=node', '--log-level=warning', ...args],
  );

const BUNDLERS: readonly Bundler[] = [
  {
    name: 'esbuild',
    column: 'one ES module',
    package: 'esbuild',
    dependencies: { esbuild: '0.28' },
    async bundle(project) {
      await esbuild(project, '--format=esm', '--outfile=out.mjs', `--banner:js=${BANNER}`);
      return 'out.mjs';
    },
  },
  {
    name: 'esbuild',
    column: 'one CommonJS file',
    package: 'esbuild',
    dependencies: { esbuild: '0.28' },
    async bundle(project) {
      // Top-level await is for ES modules only.
      const text = `import('./consume.mjs').then(({ consume }) => consume(process.env.ETCD, ...process.argv.slice(-2)).then(console.log));`;
      await project.write('main.mjs', text);
      await esbuild(project, '--format=cjs', '--outfile=out.cjs');
      return 'out.cjs';
    },
  },
  {
    name: 'webpack',
    column: 'one ES module',
    package: 'webpack',
    dependencies: { webpack: '5' },
    async bundle(project) {
      await project.write(
        'build.mjs',
        `import webpack from 'webpack';
         import path from 'node:path';
         webpack({
           mode: 'production', target: 'node', entry: './main.mjs',
           experiments: { outputModule: true },
           output: { path: path.resolve('out'), filename: 'main.mjs', module: true, chunkFormat: 'module' },
           plugins: [new webpack.optimize.LimitChunkCountPlugin({ maxChunks: 1 })],
         }, (error, stats) => {
           if (error || stats.hasErrors()) { console.error(error ?? stats.toString()); process.exit(1); }
         });`,
      );
      await project.run('node', 'build.mjs');
      return 'out/main.mjs';
    },
  },
  {
    name: 'Rollup',
    column: 'one ES module',
    package: 'rollup',
    dependencies: { rollup: '4', ...ROLLUP_PLUGINS },
    async bundle(project) {
      await project.write('main.mjs', PROTO_LOADER_FIRST);
      await project.write(
        'rollup.config.mjs',
        `import resolve from '@rollup/plugin-node-resolve';
         import commonjs from '@rollup/plugin-commonjs';
         import json from '@rollup/plugin-json';
         export default {
           input: 'main.mjs',
           plugins: [resolve({ preferBuiltins: true }), commonjs({ ignoreDynamicRequires: false }), json()],
           output: { file: 'out.mjs', format: 'esm', inlineDynamicImports: true },
         };`,
      );
      await project.run('node', project.path('rollup/dist/bin/rollup'), '-c');
      return 'out.mjs';
    },
  },
  {
    name: 'Rolldown',
    column: 'one ES module',
    package: 'rolldown',
    dependencies: { rolldown: '1' },
    async bundle(project) {
      await project.write(
        'build.mjs',
        `import { rolldown } from 'rolldown';
         const bundle = await rolldown({ input: 'main.mjs', platform: 'node' });
         await bundle.write({ file: 'out.mjs', format: 'esm', codeSplitting: false });`,
      );
      await project.run('node', 'build.mjs');
      return 'out.mjs';
    },
  },
  {
    name: 'Vite',
    column: 'for a server (`build.ssr`)',
    package: 'vite',
    dependencies: { vite: '7' },
    async bundle(project) {
      await project.write('main.mjs', PROTO_LOADER_FIRST);
      await project.write(
        'vite.config.mjs',
        `export default { ssr: { noExternal: true }, build: { ssr: 'main.mjs', outDir: 'out',
           rollupOptions: { output: { inlineDynamicImports: true, banner: ${JSON.stringify(BANNER)}, entryFileNames: 'main.mjs' } } } };`,
      );
      await project.run('node', project.path('vite/bin/vite.js'), 'build');
      return 'out/main.mjs';
    },
  },
];

/** Bundlers: the program in one file, run without `node_modules`. */
export const bundlers: Group = {
  title: 'Bundlers',
  cells: (place) => [
    ...BUNDLERS.map((bundler) => cellOf(place, bundler)),
    singleExecutable(place),
    nextRoute(place),
  ],
};

function cellOf(place: Place, bundler: Bundler): Cell {
  const folder = `${bundler.name}-${bundler.column}`.replace(/\W/g, '-');
  return {
    row: bundler.name,
    column: bundler.column,
    async run() {
      const project = await place.project(folder, bundler.dependencies);
      const bundle = await bundler.bundle(project);
      const version = await project.versionOf(bundler.package);
      const alone = await place.project(`${folder}-alone`);
      const file = bundle.replace(/^out\//, '');
      await project.run('cp', bundle, `${alone.folder}/${file}`);
      expectOutput(await alone.run('node', file, 'grpc-js', folder), CONSUMED);
      return `${bundler.name} ${version}`;
    },
  };
}

/** Node's own way to make one program of a script. */
function singleExecutable(place: Place): Cell {
  const row = 'Node, single executable';
  return {
    row,
    column: 'one program',
    async run() {
      const project = await place.project('sea', { esbuild: '0.28', postject: '1.0.0-alpha.6' });
      const text = `import('./consume.mjs').then(({ consume }) => consume(process.env.ETCD, 'grpc-js', 'sea').then(console.log));`;
      await project.write('main.mjs', text);
      await esbuild(project, '--format=cjs', '--outfile=out.cjs');
      const config = { main: 'out.cjs', output: 'sea.blob', disableExperimentalSEAWarning: true };
      await project.write('sea.json', JSON.stringify(config));
      await project.run('node', '--experimental-sea-config', 'sea.json');
      await project.run('cp', process.execPath, 'program');
      const fuse = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2';
      const postject = project.path('postject/dist/cli.js');
      const args = ['program', 'NODE_SEA_BLOB', 'sea.blob', '--sentinel-fuse', fuse];
      await project.run('node', postject, ...args);
      expectOutput(await project.run('./program'), CONSUMED);
      return `${row} (Node ${process.versions.node})`;
    },
  };
}

/** A route of Next that answers what the store has, built and run as in production. */
function nextRoute(place: Place): Cell {
  return {
    row: 'Next',
    column: 'a route handler',
    async run() {
      const project = await place.project('next', {
        ...{ next: '16', react: '19', 'react-dom': '19' },
      });
      await project.run('mkdir', '-p', 'app/api');
      await project.write(
        'next.config.mjs',
        `export default { serverExternalPackages: ['etcd-kit'] };`,
      );
      await project.write(
        'app/layout.js',
        `export default ({ children }) => <html><body>{children}</body></html>;`,
      );
      await project.write('app/page.js', `export default () => <p>hello</p>;`);
      await project.write(
        'app/api/route.js',
        `import { consume } from '../../consume.mjs';
         export const dynamic = 'force-dynamic';
         export const GET = async () => Response.json({ text: await consume(process.env.ETCD, 'grpc-js', 'next') });`,
      );
      await project.write(
        'serve.mjs',
        `import { createServer } from 'node:http';
         import next from 'next';
         const app = next({ dev: false });
         await app.prepare();
         const server = createServer(app.getRequestHandler()).listen(0, '127.0.0.1', async () => {
           const answer = await fetch('http://127.0.0.1:' + server.address().port + '/api');
           console.log((await answer.json()).text);
           process.exit(0);
         });`,
      );
      await project.run('node', project.path('next/dist/bin/next'), 'build');
      expectOutput(await project.run('node', 'serve.mjs'), CONSUMED);
      return `Next ${await project.versionOf('next')}`;
    },
  };
}
