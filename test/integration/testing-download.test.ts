import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import {
  EtcdDownloadError,
  EtcdNotFoundError,
  type StartEtcdOptions,
  startEtcd,
} from 'etcd-kit/testing';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { run } from '../../scripts/etcd/run.mjs';
import { failureOf } from '../support/client.js';
import { SERVER_TEST_TIMEOUT_MS } from '../support/describe-etcd.js';
import {
  type ReleaseOptions,
  type ReleaseServer,
  serveRelease,
} from '../support/release-server.js';
import { skipSuite } from '../support/skip.js';
import { toolsOf } from '../support/versions.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** A version whose server is a script: good for all that happens before it runs. */
const SCRIPTED = '9.8.7';

let cache: string;
beforeEach(async () => {
  cache = join(await mkdtemp(join(tmpdir(), 'etcd-kit-download-')), 'cache');
  vi.stubEnv('PATH', '/usr/bin:/bin');
  vi.stubEnv('ETCD_BIN', '');
  vi.stubEnv('ETCD_KIT_CACHE', cache);
});
afterEach(async () => {
  await rm(join(cache, '..'), { recursive: true, force: true });
});

/** Serves a release whose server is a script that tells this version, and nothing more. */
async function scripted(
  options: Partial<ReleaseOptions> = {},
  tells = SCRIPTED,
): Promise<ReleaseServer> {
  const content = new TextEncoder().encode(`#!/bin/sh\necho etcd Version: ${tells}\n`);
  const path = `etcd-v${SCRIPTED}-linux-amd64/etcd`;
  const release = await serveRelease({ version: SCRIPTED, files: [{ path, content }], ...options });
  vi.stubEnv('ETCD_DOWNLOAD_URL', release.url);
  return release;
}

async function failure(options: StartEtcdOptions = { version: SCRIPTED }): Promise<Error> {
  const error = await failureOf(startEtcd(options));
  expect(await readdir(cache).catch(() => [])).toEqual([]);
  return error;
}

function downloads(): void {
  it('is checked, unpacked, started, and not downloaded again', async () => {
    const { etcd, etcdctl = etcd, version } = toolsOf();
    const root = `etcd-v${version}-linux-amd64`;
    await using release = await serveRelease({
      version,
      files: [
        { path: `${root}/`, content: new Uint8Array() },
        { path: `${root}/README.md`, content: new TextEncoder().encode('read me') },
        { path: `${root}/etcd`, content: await readFile(etcd) },
        { path: `${root}/etcdctl`, content: await readFile(etcdctl) },
      ],
    });
    vi.stubEnv('ETCD_DOWNLOAD_URL', release.url);
    for (let start = 0; start < 2; start++) {
      await using server = await startEtcd({ version });
      expect(server.version).toBe(version);
      await server.client().put('k', 'v');
    }
    expect(release.requests).toEqual([
      `/etcd/v${version}/SHA256SUMS`,
      `/etcd/v${version}/${release.archive}`,
    ]);
    const entry = `${version}-${process.platform}-${process.arch}`;
    expect(await readdir(cache)).toEqual([entry]);
    expect((await readdir(join(cache, entry))).sort()).toEqual(['etcd', 'etcdctl']);
    vi.stubEnv('ETCD_DOWNLOAD_URL', '');
    await using offline = await startEtcd();
    expect(offline.version).toBe(version);
  });

  it('by two processes at once gives both a whole program', async () => {
    const waiting: (() => void)[] = [];
    await using release = await scripted({
      // Neither is answered before both have asked, so neither finds the work of the other done.
      answer: (response, archive) => {
        waiting.push(() => response.end(archive));
        if (waiting.length === 2) for (const send of waiting) send();
      },
    });
    const script = join(cache, '..', 'download.mts');
    const module = join(ROOT, 'src', 'testing', 'binary', 'find-program.ts');
    await writeFile(
      script,
      `import { findProgram } from ${JSON.stringify(module)};
       const programs = await Promise.all([1, 2].map(() => findProgram({ version: '${SCRIPTED}' })));
       console.log(programs.map(({ path }) => path).join(' '));`,
    );
    const loader = pathToFileURL(join(ROOT, 'node_modules', 'tsx', 'dist', 'loader.mjs')).href;
    const env = { ...process.env, TSX_TSCONFIG_PATH: join(ROOT, 'tsconfig.json') };
    const runs = await Promise.all(
      [1, 2].map(() => run(process.execPath, ['--import', loader, script], { env })),
    );
    const entry = `${SCRIPTED}-${process.platform}-${process.arch}`;
    const path = join(cache, entry, 'etcd');
    expect(runs).toMatchObject([1, 2].map(() => ({ code: 0, stdout: `${path} ${path}\n` })));
    expect(await readdir(cache)).toEqual([entry]);
    expect(release.requests).toHaveLength(4);
  });

  it('with a wrong checksum is refused, and nothing of it is kept', async () => {
    await using release = await scripted({ sums: (line) => `f${line.slice(1)}` });
    const error = await failure();
    expect(error).toBeInstanceOf(EtcdDownloadError);
    expect(error.message).toMatch(
      new RegExp(`${release.archive} failed: its SHA-256 is [0-9a-f]{64}, and SHA256SUMS says f`),
    );
  });

  it('without a checksum is refused', async () => {
    await using _ = await scripted({ sums: () => '' });
    expect((await failure()).message).toMatch(/SHA256SUMS failed: there is no checksum of etcd-v/);
  });

  it('that breaks off rejects', async () => {
    await using _ = await scripted({
      answer: (response, archive) => {
        response.write(archive.subarray(0, 40), () => response.destroy());
      },
    });
    const error = await failure();
    expect(error).toBeInstanceOf(EtcdDownloadError);
    expect(error).toMatchObject({ code: 'TEST_SERVER_DOWNLOAD', cause: expect.any(Error) });
    expect(error.message).toMatch(/tar\.gz failed: /);
  });

  it('of an unknown version rejects with the address', async () => {
    await using release = await scripted();
    const error = await failure({ version: '9.8.6' });
    expect(error).toBeInstanceOf(EtcdDownloadError);
    expect(error.message).toBe(
      `the download of ${release.url}v9.8.6/SHA256SUMS failed: the answer is 404 Not Found`,
    );
  });

  it.each([
    ['a server of another version', undefined, '9.9.9', /the server in it is etcd 9\.9\.9/],
    ['no server', [{ path: 'etcd-v9/README', content: new Uint8Array(3) }], '', /no etcd in it/],
  ])('that has %s is refused', async (_what, files, tells, message) => {
    await using _ = await scripted(files === undefined ? {} : { files }, tells);
    const error = await failure();
    expect(error).toBeInstanceOf(EtcdDownloadError);
    expect(error.message).toMatch(message);
  });

  it('that was killed leaves files, which the next one removes', async () => {
    await mkdir(join(cache, 'tmp-999999999-abc'), { recursive: true });
    await mkdir(join(cache, `tmp-${process.pid}-abc`), { recursive: true });
    await using _ = await scripted();
    // The script tells a version, and is no server.
    await startEtcd({ version: SCRIPTED }).catch(() => {});
    expect((await readdir(cache)).sort()).toEqual([
      `${SCRIPTED}-${process.platform}-${process.arch}`,
      `tmp-${process.pid}-abc`,
    ]);
  });

  it('is made only on request, and of known patch versions', async () => {
    await using _ = await scripted();
    const off = await failure({ version: SCRIPTED, download: false });
    expect(off).toBeInstanceOf(EtcdNotFoundError);
    expect(off.message).toContain('download: off');
    const unknown = await failure({ version: '9.8' });
    expect(unknown).toBeInstanceOf(EtcdNotFoundError);
    expect(unknown.message).toMatch(/patches of etcd 9\.8 are not known here; ask for .*9\.8\.0/);
    expect((await failure({ version: '3.6' })).message).toContain('/v3.6.16/SHA256SUMS');
  });

  it('from a text that is not an address is a TypeError without its password', async () => {
    vi.stubEnv('ETCD_DOWNLOAD_URL', 'ftp://me:secret@host/etcd');
    const error = await failure();
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toBe(
      'ETCD_DOWNLOAD_URL: got "ftp://***@host/etcd"; an address such as https://host/etcd',
    );
  });
}

// The archives of other systems are zips: what reads them is tested in test/unit/testing/binary/release.test.ts.
if (process.platform === 'linux')
  describe('a download', { timeout: SERVER_TEST_TIMEOUT_MS }, downloads);
else skipSuite('a download', 'its archives are made as those for Linux are');
