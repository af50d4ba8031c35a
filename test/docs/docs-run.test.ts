import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EtcdServer, startEtcd } from '../support/etcd.js';
import { docPrograms, fileOf, folder } from './pages.js';
import type { DocProgram } from './programs.js';
import { installSources, NODE_20 } from './sources.js';

// The code of README.md and docs/ is executed against real servers, one for each program. A program also
// has to end by itself: what it leaves open shows.

/** A page is written for a local etcd; the throw-away server of a test stands in for it. */
const SHOWN_ADDRESS = /(127\.0\.0\.1|localhost):2379/g;
/** Deadlines of less than a second are shown to be read; a machine that is busy is given ten times as much. */
const SHORT_DEADLINE = /(timeoutMs: |AbortSignal\.timeout\()(\d{1,3})\b/g;
const PROGRAM_TIMEOUT_MS = 60_000;
/** A project of its own, with the package of the sources. */
const runs = join(folder, 'run');

const programs = (await docPrograms()).filter(({ executed }) => executed !== undefined);

describe.concurrent('the code of the documentation runs', () => {
  let workFolder: string;

  beforeAll(async () => {
    workFolder = await mkdtemp(join(tmpdir(), 'etcd-kit-docs-'));
    await installSources(runs);
  });
  afterAll(async () => {
    await rm(workFolder, { recursive: true, force: true });
  });

  it.each(programs)('$name', { timeout: 2 * PROGRAM_TIMEOUT_MS }, async (program) => {
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
  const file = join(runs, basename(fileOf(program, program.module)));
  await writeFile(file, javascriptOf(program, new URL(server.endpoint).host));
  const { stdout } = await promisify(execFile)(process.execPath, ['--enable-source-maps', file], {
    cwd,
    env: { ...process.env, ETCDCTL_ENDPOINTS: server.endpoint },
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

/** The program for Node 20. Errors name lines of the page, by its source map. */
function javascriptOf({ name, executed = '' }: DocProgram, address: string): string {
  const text = executed
    .replaceAll(SHOWN_ADDRESS, address)
    .replaceAll(SHORT_DEADLINE, (_, before: string, ms: string) => `${before}${10 * Number(ms)}`);
  const { outputText } = ts.transpileModule(text, {
    fileName: name,
    compilerOptions: { ...NODE_20, inlineSourceMap: true },
  });
  return outputText;
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
