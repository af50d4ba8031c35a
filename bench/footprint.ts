import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startEtcd } from 'etcd-kit/testing';
import { ensureOneEtcd } from '../scripts/etcd/ensure.mjs';
import type { Sizes } from './plan.js';

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('..', import.meta.url));
const MEGA = 1e6;

/** What a client takes before it does anything. */
export interface Footprint {
  readonly client: string;
  readonly packages: number;
  readonly installedMb: number;
  readonly importMs: number;
  readonly firstAnswerMs: number;
}

interface Subject {
  readonly client: string;
  /** What npm is asked to install. */
  readonly install: string;
  /** The rest of a program that begins with `const began = performance.now()`. */
  readonly program: (endpoint: string) => string;
}

const tell = 'console.log(JSON.stringify([imported - began, performance.now() - began]));';

const SUBJECTS: readonly Subject[] = [
  {
    client: 'etcd3',
    install: 'etcd3@1.1.2',
    program: (
      endpoint,
    ) => `const { Etcd3 } = await import('etcd3'); const imported = performance.now();
      const etcd = new Etcd3({ hosts: '${endpoint}' }); await etcd.get('a').string(); ${tell} etcd.close();`,
  },
  {
    client: 'etcd-kit',
    install: '',
    program: (
      endpoint,
    ) => `const { EtcdClient } = await import('etcd-kit'); const imported = performance.now();
      const etcd = new EtcdClient({ endpoints: '${endpoint}' }); await etcd.get('a'); ${tell} await etcd.close();`,
  },
];

/** Installs each client into a folder of its own, and starts it there again and again, in turn. */
export async function footprint({ startRounds }: Sizes): Promise<Footprint[]> {
  const folder = await mkdtemp(join(tmpdir(), 'etcd-kit-bench-'));
  await using server = await startEtcd({ binary: (await ensureOneEtcd()).etcd });
  try {
    const places: string[] = [];
    for (const subject of SUBJECTS) places.push(await install(subject, folder));
    const starts = places.map(() => [] as [number, number][]);
    for (let round = 0; round < startRounds; round++) {
      for (const [index, place] of places.entries()) {
        const program = SUBJECTS[index]!.program(server.endpoint);
        starts[index]!.push(await startIn(place, program));
      }
    }
    return await Promise.all(
      SUBJECTS.map(async ({ client }, index) => ({
        client,
        ...(await sizeOf(join(places[index]!, 'node_modules'))),
        importMs: median(starts[index]!.map(([importMs]) => importMs)),
        firstAnswerMs: median(starts[index]!.map(([, answerMs]) => answerMs)),
      })),
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function install({ client, install }: Subject, folder: string): Promise<string> {
  const place = join(folder, client);
  await mkdir(place);
  await writeFile(join(place, 'package.json'), '{ "private": true, "type": "module" }');
  const wanted = install === '' ? await packed(folder) : install;
  const args = ['install', wanted, '--omit=dev', '--no-audit', '--no-fund', '--loglevel=error'];
  await run('npm', args, { cwd: place });
  return place;
}

/** The package as it would be published. */
async function packed(folder: string): Promise<string> {
  const source = join(folder, 'package');
  for (const path of ['package.json', 'dist', 'proto', 'README.md', 'LICENSE', 'CHANGELOG.md']) {
    await cp(join(ROOT, path), join(source, path), { recursive: true, force: true });
  }
  const args = ['pack', '--ignore-scripts', '--silent', '--pack-destination', folder];
  const { stdout } = await run('npm', args, { cwd: source });
  return join(folder, stdout.trim().split('\n').at(-1) ?? '');
}

async function startIn(place: string, program: string): Promise<[number, number]> {
  const file = join(place, 'start.mjs');
  await writeFile(file, `const began = performance.now();\n${program}\n`);
  const { stdout } = await run(process.execPath, [file], { cwd: place });
  return JSON.parse(stdout);
}

async function sizeOf(folder: string): Promise<{ packages: number; installedMb: number }> {
  const files = await readdir(folder, { recursive: true, withFileTypes: true });
  let bytes = 0;
  let packages = 0;
  for (const file of files) {
    if (!file.isFile()) continue;
    const path = join(file.parentPath, file.name);
    bytes += (await stat(path)).size;
    if (/node_modules\/(@[^/]+\/)?[^/@]+\/package\.json$/.test(path)) packages++;
  }
  return { packages, installedMb: bytes / MEGA };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
