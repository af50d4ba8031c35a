import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** The project's folder. */
export const root = fileURLToPath(new URL('../..', import.meta.url));
const consumerSources = fileURLToPath(new URL('./consumer', import.meta.url));

/** The oldest compiler whose users we serve. */
const OLDEST_TYPESCRIPT = '5.4.5';

/** The package as `npm pack` makes it, installed in a project of a user. */
export interface Packed extends AsyncDisposable {
  readonly tarball: string;
  /** The user's project, outside of ours; it holds the files of `consumer/`. */
  readonly project: string;
  /** The installed package. */
  readonly installed: string;
}

/** Builds, packs and installs the package into an empty project. */
export async function packAndInstall(): Promise<Packed> {
  const folder = await mkdtemp(join(tmpdir(), 'etcd-kit-package-'));
  const project = join(folder, 'project');
  const nodeTypes = join(root, 'node_modules', '@types', 'node', 'package.json');
  const { version } = JSON.parse(await readFile(nodeTypes, 'utf8')) as { version: string };
  const tarball = await pack(folder);
  await mkdir(project);
  await writeFile(
    join(project, 'package.json'),
    JSON.stringify({
      private: true,
      dependencies: { 'etcd-kit': `file:${tarball}` },
      devDependencies: {
        typescript: OLDEST_TYPESCRIPT,
        '@types/node': version,
        '@opentelemetry/api': '1.9.0',
      },
    }),
  );
  await npm(project, 'install', '--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts');
  await cp(consumerSources, project, { recursive: true });
  return {
    tarball,
    project,
    installed: join(project, 'node_modules', 'etcd-kit'),
    async [Symbol.asyncDispose]() {
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Builds and packs the package into a folder; answers the path of the tarball. */
export async function pack(folder: string): Promise<string> {
  await npm(root, 'pack', '--pack-destination', folder);
  const name = (await readdir(folder)).find((file) => file.endsWith('.tgz'));
  if (name === undefined) throw new Error('npm pack made no tarball');
  return join(folder, name);
}

/** Runs Node in a folder and resolves with what it printed; rejects with its output if it fails. */
export async function node(cwd: string, ...args: readonly string[]): Promise<string> {
  return output(process.execPath, args, cwd);
}

async function npm(cwd: string, ...args: readonly string[]): Promise<string> {
  const script = process.env['npm_execpath'];
  return script?.endsWith('.js') === true
    ? output(process.execPath, [script, ...args], cwd)
    : output('npm', args, cwd);
}

/** A tool of our own devDependencies, such as `publint`, run on the user's project. */
export async function tool(
  cwd: string,
  script: string,
  ...args: readonly string[]
): Promise<string> {
  return node(cwd, join(root, 'node_modules', script), ...args);
}

async function output(program: string, args: readonly string[], cwd: string): Promise<string> {
  // Settings that npm or the test runner hands to its children are not part of a user's project.
  const env = Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) => !/^(npm_(?!config_)|NODE_|VITEST|INIT_CWD)/.test(name),
    ),
  );
  try {
    const { stdout } = await promisify(execFile)(program, args, { cwd, env, maxBuffer: 2 ** 24 });
    return stdout.trim();
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    throw new Error(`${program} ${args.join(' ')}\n${stdout}\n${stderr}`);
  }
}
