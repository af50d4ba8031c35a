import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { EtcdClient, EtcdError } from 'etcd-kit';
import {
  EtcdNotFoundError,
  EtcdStartError,
  type StartEtcdOptions,
  startEtcd,
} from 'etcd-kit/testing';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { run } from '../../scripts/etcd/run.mjs';
import { testCertificates } from '../support/certs.js';
import { thrownBy } from '../support/client.js';
import { describeEtcd, SERVER_TEST_TIMEOUT_MS } from '../support/describe-etcd.js';
import { toolsOf } from '../support/versions.js';
import { until } from '../support/wait.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'etcd-kit-testing-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** The error of a server that must not start. */
async function refused(options: unknown): Promise<unknown> {
  return startEtcd(options as StartEtcdOptions).then(
    async (server) => {
      await server.stop();
      return new Error('the server started, and should not have');
    },
    (error: unknown) => error,
  );
}

describeEtcd('startEtcd', (etcd) => {
  const binary = () => toolsOf(etcd.series).etcd;

  it('gives a server, and clients that are closed with it', async () => {
    const server = await startEtcd({ version: etcd.series, binary: binary() });
    expect(server).toMatchObject({ version: etcd.version, running: true });
    expect(server.endpoints).toEqual([server.endpoint]);
    const client = server.client({ namespace: 'app/' });
    const another = server.client();
    await client.put('k', 'v');
    expect((await another.get('app/k'))?.value).toBe('v');
    await another.close();
    const { pid, dataFolder } = server;
    await server[Symbol.asyncDispose]();
    await server.stop();
    await expect(client.get('k')).rejects.toMatchObject({ code: 'CLIENT_CLOSED' });
    expect(() => process.kill(pid ?? 0, 0)).toThrow('ESRCH');
    expect(existsSync(dirname(dataFolder))).toBe(false);
    expect(server.logs()).toContain(dataFolder);
    await expect(server.start()).rejects.toThrow(/stopped for good/);
  });

  it('pauses, goes on, is killed, restarted and wiped, at the same endpoint', async () => {
    await using server = await startEtcd({ binary: binary() });
    const { endpoint } = server;
    const client = server.client({ timeoutMs: 20_000 });
    await client.put('k', '1');
    await server.pause();
    const get = client.get('k');
    await expect(client.get('k', { timeoutMs: 100 })).rejects.toMatchObject({ code: 'TIMEOUT' });
    await server.resume();
    expect((await get)?.value).toBe('1');

    await server.kill();
    await server.kill();
    expect(server).toMatchObject({ running: false, pid: undefined });
    await expect(server.pause()).rejects.toMatchObject({ code: 'TEST_SERVER_STOPPED' });
    await server.start();
    expect((await client.get('k'))?.value).toBe('1');
    await expect(server.start()).rejects.toThrow(EtcdStartError);

    await server.pause();
    await server.restart();
    expect((await client.get('k'))?.value).toBe('1');
    await server.wipe();
    expect(await client.get('k')).toBeUndefined();
    expect((await client.put('k', '2')).header.revision).toBe(2n);
    expect(server).toMatchObject({ endpoint, running: true });
  });

  it('keeps a given data folder, and refuses one that is in use', async () => {
    const dataFolder = join(folder, `data-${etcd.series}`);
    const options = { binary: binary(), dataFolder };
    const first = await startEtcd(options);
    await first.client().put('k', 'kept');
    const error = await refused(options);
    expect(error).toBeInstanceOf(EtcdStartError);
    expect(String(error)).toContain(`the data folder ${dataFolder} is in use`);
    await first.stop();
    await using second = await startEtcd(options);
    expect((await second.client().get('k'))?.value).toBe('kept');
  });

  it('listens where its flags say, and rejects when a port is in use', async () => {
    await using first = await startEtcd({ binary: binary() });
    const flags = [`--listen-client-urls=${first.endpoint}`];
    const error = await refused({ binary: binary(), flags });
    expect(error).toBeInstanceOf(EtcdStartError);
    expect(String(error)).toMatch(/address already in use; end the program that listens there/);
    expect((error as EtcdStartError).logs).toContain('address already in use');
    await first.kill();
    await using second = await startEtcd({ binary: binary(), flags });
    expect(second.endpoint).toBe(first.endpoint);
    await second.client().put('k', 'v');
  });

  it('rejects an unknown flag, and leaves nothing behind', async () => {
    const temporary = await mkdtemp(join(folder, 'tmp-'));
    vi.stubEnv('TMPDIR', temporary);
    const error = await refused({ binary: binary(), flags: ['--no-such-flag'] });
    expect(error).toBeInstanceOf(EtcdStartError);
    expect(error).toBeInstanceOf(EtcdError);
    expect(String(error)).toMatch(/flag provided but not defined: -no-such-flag/);
    expect((error as EtcdStartError).logs).toContain('no-such-flag');
    expect(await readdir(temporary)).toEqual([]);
  });

  it.each(['texts', 'paths'] as const)(
    'speaks TLS by %s, which its clients trust',
    async (kind) => {
      const { authority, server: own, otherClient } = await testCertificates();
      const tls =
        kind === 'texts'
          ? { cert: own.cert, key: new TextEncoder().encode(own.key), ca: authority.cert }
          : { cert: own.certFile, key: own.keyFile, ca: authority.certFile };
      await using server = await startEtcd({ binary: binary(), tls: { ...tls, clientAuth: true } });
      expect(server.endpoint).toMatch(/^https:/);
      expect((await server.client().put('k', 'v')).header.revision).toBe(2n);
      const stranger = { cert: otherClient.cert, key: otherClient.key };
      await expect(server.client({ tls: stranger, timeoutMs: 500 }).get('k')).rejects.toThrow();
      await using untrusting = new EtcdClient({ endpoints: server.endpoint, timeoutMs: 500 });
      await expect(untrusting.get('k')).rejects.toThrow(/certificate|issuer/);
    },
  );

  it('ends with a process that is killed, and leaves no folder', async () => {
    const script = join(ROOT, '.cache', `killed-${etcd.series}.ts`);
    await writeFile(
      script,
      `import { startEtcd } from 'etcd-kit/testing';
       const server = await startEtcd({ binary: ${JSON.stringify(binary())} });
       await server.client().put('k', 'v');
       const line = JSON.stringify([server.endpoint, server.dataFolder]);
       await new Promise((written) => process.stdout.write(line, written));
       process.kill(process.pid, 'SIGKILL');`,
    );
    const loader = pathToFileURL(join(ROOT, 'node_modules', 'tsx', 'dist', 'loader.mjs')).href;
    const env = { ...process.env, TSX_TSCONFIG_PATH: join(ROOT, 'tsconfig.json') };
    const { stdout } = await run(process.execPath, ['--import', loader, script], { env });
    await rm(script);
    const [endpoint, dataFolder] = JSON.parse(stdout) as [string, string];
    await until(() => !existsSync(dirname(dataFolder)), { what: 'the folder to go' });
    await expect(fetch(endpoint)).rejects.toMatchObject({ cause: { code: 'ECONNREFUSED' } });
  });
});

describe('the program of a server', { timeout: SERVER_TEST_TIMEOUT_MS }, () => {
  const empty = () => join(folder, 'empty');
  const { etcd: newest, version } = toolsOf();

  /** Nothing but what a test says is known. */
  function only(places: Readonly<Record<string, string>>): void {
    vi.stubEnv('PATH', '/usr/bin:/bin');
    vi.stubEnv('ETCD_BIN', '');
    vi.stubEnv('ETCD_DOWNLOAD_URL', '');
    vi.stubEnv('ETCD_KIT_CACHE', empty());
    for (const [name, value] of Object.entries(places)) vi.stubEnv(name, value);
  }

  it('comes from the option, ETCD_BIN, the PATH, the cache, in this order', async () => {
    const cache = join(folder, 'cache');
    const entry = join(cache, `${version}-${process.platform}-${process.arch}`);
    await mkdir(entry, { recursive: true });
    await symlink(newest, join(entry, 'etcd'));
    const places: Readonly<Record<string, string>>[] = [
      { ETCD_BIN: newest },
      { PATH: `/usr/bin:/bin:${dirname(newest)}` },
      { ETCD_KIT_CACHE: cache },
    ];
    for (const place of places) {
      only(place);
      await using server = await startEtcd({ version });
      expect(server.version).toBe(version);
    }
  });

  it('that is of another version is passed over', async () => {
    only({ ETCD_BIN: newest, PATH: `/usr/bin:/bin:${dirname(newest)}` });
    const error = await refused({ binary: newest, version: '9.9' });
    expect(error).toBeInstanceOf(EtcdNotFoundError);
    expect(String(error).split('\n')).toEqual([
      expect.stringContaining('etcd 9.9 was not found'),
      `- option binary: has etcd ${version}`,
      `- ETCD_BIN: has etcd ${version}`,
      `- PATH: has etcd ${version}`,
      `- cache ${empty()}: there is no etcd in it for this machine`,
      '- download: off; download: true or ETCD_DOWNLOAD_URL switches it on',
      expect.stringContaining('Install etcd'),
    ]);
  });

  it('that was named and is not there is not replaced by another', async () => {
    only({ ETCD_BIN: '/no/such/etcd', PATH: `/usr/bin:/bin:${dirname(newest)}` });
    const error = await refused({});
    expect(error).toBeInstanceOf(EtcdNotFoundError);
    expect(String(error)).toContain('ETCD_BIN: there is no program /no/such/etcd');
  });

  it('that is not etcd rejects, with what it printed', async () => {
    const fake = join(folder, 'fake');
    await writeFile(fake, '#!/bin/sh\necho I am something else\n', { mode: 0o755 });
    for (const [binary, logs] of [
      [fake, 'I am something else\n'],
      [fileURLToPath(import.meta.url), ''],
    ]) {
      const error = await refused({ binary });
      expect(error).toBeInstanceOf(EtcdStartError);
      expect(error).toMatchObject({ logs });
      expect(String(error)).toContain(`option binary: ${binary} is no etcd server`);
    }
  });
});

describe('wrong options of a server', () => {
  it.each([
    [{ versoin: '3.6' }, /options\.versoin: .* did you mean version\?/],
    [{ port: 2379 }, /options\.port: .*--listen-client-urls/],
    [{ version: 3.6 }, /version: got 3\.6; a version such as '3\.6'/],
    [{ version: 'latest' }, /version: got "latest"/],
    [{ binary: '' }, /binary: got ""; the path/],
    [{ dataFolder: 7 }, /dataFolder: got 7; the path/],
    [{ download: 'yes' }, /download: got a string; true or false/],
    [{ flags: '--debug' }, /flags: got a string; a list/],
    [{ flags: ['--max-txn-ops', 16] }, /flags\[1\]: got 16; a string/],
    [{ flags: ['--data-dir=/tmp/x'] }, /flags\[0\]: got "--data-dir"; use the option dataFolder/],
    [{ flags: ['--config-file', 'x'] }, /flags\[0\]: .*etcd ignores all flags/],
    [{ flags: ['--listen-client-urls', 'unix://x'] }, /flags: .*http/],
    [{ tls: { cert: 'x' } }, /tls\.cert: got a string that is neither PEM nor a file/],
    [{ tls: {} }, /tls\.cert: got undefined; PEM, or the path/],
    [{ tls: { certificate: 'x' } }, /tls\.certificate: got a string; no such option/],
    ['3.6', /options: got a string; an object/],
    [null, /options/],
  ])('%j is a TypeError that says so', async (options, message) => {
    const error = await refused(options);
    expect(error).toBeInstanceOf(TypeError);
    expect(String(error)).toMatch(message);
  });

  it('of a client too', async () => {
    await using server = await startEtcd({ binary: toolsOf().etcd });
    expect(thrownBy(() => server.client({ nmaespace: 'x' } as object)).message).toMatch(
      /nmaespace.*did you mean namespace/,
    );
    expect(thrownBy(() => server.client('x' as never)).message).toMatch(/options: got a string/);
  });
});
