import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import { root } from '../setup.mjs';
import { Absent, type Place, type Project } from './cells.js';

const RUN_TIMEOUT_MS = 240_000;
/** For the build, on a machine that is busy. */
const PACK_TIMEOUT_MS = 900_000;
const MAX_OUTPUT_BYTES = 2 ** 24;
const consumer = join(root, 'scripts', 'matrix', 'consumer');

/** Packs the package, built before if not `built`, and gives a folder for projects that is removed in the end. */
export async function openMatrixPlace(
  endpoint: string,
  built: boolean,
): Promise<Place & AsyncDisposable> {
  const folder = await mkdtemp(join(tmpdir(), 'etcd-kit-matrix-'));
  const how = built ? ['--ignore-scripts'] : [];
  await run(root, 'npm', ['pack', ...how, '--pack-destination', folder], {}, PACK_TIMEOUT_MS);
  const name = (await readdir(folder)).find((file) => file.endsWith('.tgz'));
  if (name === undefined) throw new Error('npm pack made no tarball');
  const tarball = join(folder, name);
  const make: Place['project'] = async (projectName, dependencies) => {
    const projectFolder = join(folder, projectName);
    await mkdir(projectFolder, { recursive: true });
    await cp(consumer, projectFolder, { recursive: true });
    const project = projectIn(projectFolder, endpoint);
    if (dependencies !== undefined) await install(project, tarball, dependencies);
    return project;
  };
  return {
    tarball,
    endpoint,
    project: make,
    shared(projectName, dependencies) {
      let made: Promise<Project> | undefined;
      return () => {
        made ??= make(projectName, dependencies);
        return made;
      };
    },
    async [Symbol.asyncDispose]() {
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Installs by npm. What cannot be installed is absent, and no failure of the package. */
async function install(
  project: Project,
  tarball: string,
  dependencies: Readonly<Record<string, string>>,
): Promise<void> {
  const all = { 'etcd-kit': `file:${tarball}`, ...dependencies };
  await project.write('package.json', JSON.stringify({ private: true, dependencies: all }));
  try {
    await project.run(
      'npm',
      ...['install', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline'],
      '--legacy-peer-deps',
    );
  } catch (error) {
    throw new Absent(`cannot be installed here: ${lastLine(error)}`);
  }
}

function projectIn(folder: string, endpoint: string): Project {
  return {
    folder,
    path: (name) => join(folder, 'node_modules', name),
    write: (file, text) => writeFile(join(folder, file), text),
    run: (program, ...args) => run(folder, program, args, { ETCD: endpoint }),
    async versionOf(name) {
      const manifest = await readFile(join(folder, 'node_modules', name, 'package.json'), 'utf8');
      return (JSON.parse(manifest) as { version: string }).version;
    },
  };
}

async function run(
  cwd: string,
  program: string,
  args: readonly string[],
  more: Readonly<Record<string, string>> = {},
  timeout = RUN_TIMEOUT_MS,
): Promise<string> {
  // Settings that npm and tsx hand to their children are not part of a user's project. The authorities of the
  // machine are.
  const own = Object.entries(process.env).filter(
    ([name]) => !/^(npm_(?!config_)|NODE_(?!EXTRA_CA_CERTS$)|INIT_CWD|TSX_)/.test(name),
  );
  const env = { ...Object.fromEntries(own), NO_COLOR: '1', ...more };
  try {
    const { stdout } = await promisify(execFile)(program, args, {
      cwd,
      env,
      timeout,
      killSignal: 'SIGKILL',
      maxBuffer: MAX_OUTPUT_BYTES,
    });
    return stdout;
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    throw new Error(`${program} ${args.join(' ')}\n${stdout}\n${stderr}`, { cause: error });
  }
}

/** The line of an error's output that says most. */
export function lastLine(error: unknown): string {
  const lines = String(error instanceof Error ? error.message : error)
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  return lines.find((line) => /error|ERR!|Cannot|TS\d{4}/i.test(line)) ?? lines.at(-1) ?? '';
}
