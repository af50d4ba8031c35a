import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EtcdServer, startEtcd } from '../support/etcd.js';
import { diagnosticsOf, root } from '../types/diagnostics.js';
import { type DocProgram, programsOf } from './programs.js';

// The code of README.md and docs/ is what readers copy first, so it is compiled as strictly as ours
// and executed against a real server. A program also has to end by itself: what it leaves open shows.

/** A page is written for a local etcd; the throw-away server of a test stands in for it. */
const SHOWN_ADDRESS = /(127\.0\.0\.1|localhost):2379/g;
/** Deadlines of less than a second are shown to be read; a machine that is busy is given ten times as much. */
const SHORT_DEADLINE = /(timeoutMs: |AbortSignal\.timeout\()(\d{1,3})\b/g;
const PROGRAM_TIMEOUT_MS = 60_000;

/** Inside the project, so that `etcd-kit` and the dependencies resolve as they do in its sources. */
const folder = join(root, '.cache', 'docs');
const programs = (await pages()).flatMap(({ page, markdown }) => programsOf(page, markdown));
const fileOf = ({ name }: DocProgram) => join(folder, `${name.replaceAll(/[/:]/g, '-')}.ts`);

async function pages(): Promise<readonly { page: string; markdown: string }[]> {
  const inDocs = await readdir(join(root, 'docs'), { recursive: true });
  const names = ['README.md', ...inDocs.sort().map((name) => join('docs', name))];
  return Promise.all(
    names
      .filter((page) => page.endsWith('.md'))
      .map(async (page) => ({ page, markdown: await readFile(join(root, page), 'utf8') })),
  );
}

describe('the code of the documentation compiles', () => {
  const texts = new Map(programs.map((program) => [fileOf(program), program.checked]));
  const found = diagnosticsOf([...texts.keys()], texts, {
    // A page shows what a call gives without doing something with it.
    noUnusedLocals: false,
    noUnusedParameters: false,
  });

  it.each(programs)('$name', (program) => {
    expect(found.get(fileOf(program))).toEqual([]);
  });
});

describe('the code of the documentation runs', () => {
  let workFolder: string;

  beforeAll(async () => {
    workFolder = await mkdtemp(join(tmpdir(), 'etcd-kit-docs-'));
    await mkdir(folder, { recursive: true });
  });
  afterAll(async () => {
    await rm(workFolder, { recursive: true, force: true });
  });

  const executed = programs.filter((program) => program.executed !== undefined);
  it.each(executed)('$name', { timeout: 2 * PROGRAM_TIMEOUT_MS }, async (program) => {
    await using server = await startEtcd();
    const printed = await execute(program, server, workFolder);
    expect(inOrder(printed, program.promised)).toEqual(program.promised);
  });
});

/** Runs a program to its end and gives the lines it printed; rejects with its stderr if it fails. */
async function execute(
  program: DocProgram,
  server: EtcdServer,
  cwd: string,
): Promise<readonly string[]> {
  const file = fileOf(program);
  const address = new URL(server.endpoint).host;
  const executed = (program.executed ?? '')
    .replaceAll(SHOWN_ADDRESS, address)
    .replaceAll(SHORT_DEADLINE, (_, before: string, ms: string) => `${before}${10 * Number(ms)}`);
  await writeFile(file, executed);
  const loader = pathToFileURL(join(root, 'node_modules', 'tsx', 'dist', 'loader.mjs')).href;
  const { stdout } = await promisify(execFile)(process.execPath, ['--import', loader, file], {
    cwd,
    env: {
      ...process.env,
      TSX_TSCONFIG_PATH: join(root, 'tsconfig.json'),
      ETCDCTL_ENDPOINTS: server.endpoint,
    },
    timeout: PROGRAM_TIMEOUT_MS,
    killSignal: 'SIGKILL',
  }).catch((error: Error & { killed?: boolean }) => {
    if (error.killed !== true) throw error;
    throw new Error(`${program.name} has not ended after ${PROGRAM_TIMEOUT_MS} ms`, {
      cause: error,
    });
  });
  return stdout.split('\n');
}

/** Those of the wanted lines that occur, each after the one before it. */
function inOrder(lines: readonly string[], wanted: readonly string[]): readonly string[] {
  let from = 0;
  return wanted.filter((text) => {
    const index = lines.indexOf(text, from);
    if (index >= 0) from = index + 1;
    return index >= 0;
  });
}
