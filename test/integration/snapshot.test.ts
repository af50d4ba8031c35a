import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { run } from '../../scripts/etcd/run.mjs';
import type { EtcdClient, SnapshotProgress } from '../../src/index.js';
import { clientOf, failureOf } from '../support/client.js';
import { describeEtcd } from '../support/describe-etcd.js';
import { startProxy } from '../support/fault-proxy.js';
import { type EtcdSeries, toolsOf } from '../support/versions.js';

/** A few megabytes: many chunks, and more than what is under way at once. */
const RECORDS = 16;
const VALUE = 'x'.repeat(256 * 1024);
/** Bytes after which a connection is cut: in the middle of the file. */
const MIDDLE = 1024 * 1024;

async function fill(client: EtcdClient): Promise<void> {
  for (let n = 0; n < RECORDS; n++) await client.put(`record/${n}`, `${n} ${VALUE}`);
}

/** etcd's own tool for snapshots: `etcdutl` where there is one. */
async function tool(series: EtcdSeries, ...args: string[]): Promise<string> {
  const { etcdutl, etcdctl = '' } = toolsOf(series);
  const env = { ...process.env, ETCDCTL_API: '3' };
  const { code, stdout, stderr } = await run(etcdutl ?? etcdctl, ['snapshot', ...args], { env });
  if (code !== 0) throw new Error(`snapshot ${args.join(' ')}: ${stderr}`);
  return stdout.trim();
}

describeEtcd('a snapshot', (etcd) => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'etcd-kit-snapshot-'));
    await using client = clientOf(await etcd.server());
    await fill(client);
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  /** A folder for one test, which can then tell everything that is in it. */
  const place = (): Promise<string> => mkdtemp(join(folder, 'place-'));

  it('is a file that etcd checks, restores and serves', async () => {
    const server = await etcd.server();
    await using client = clientOf(server);
    const inside = await place();
    const path = join(inside, 'backup.db');
    const seen: SnapshotProgress[] = [];
    const written = await client.maintenance.snapshotToFile(path, {
      onProgress: (progress) => seen.push(progress),
    });
    const { size, mode } = await stat(path);
    expect(written).toEqual({ path, bytes: size });
    expect(mode & 0o077).toBe(0);
    expect(await readdir(inside)).toEqual(['backup.db']);

    expect(seen.length).toBeGreaterThan(2);
    expect(new Set(seen.map(({ totalBytes }) => totalBytes))).toEqual(new Set([size]));
    expect(seen.at(-1)).toEqual({ receivedBytes: size, totalBytes: size });
    const received = seen.map(({ receivedBytes }) => receivedBytes);
    expect(received).toEqual([...received].sort((a, b) => a - b));

    const { header } = await client.maintenance.status();
    const facts = JSON.parse(await tool(etcd.series, 'status', path, '--write-out', 'json'));
    expect(facts.revision).toBe(Number(header.revision));

    const dataFolder = join(inside, 'restored');
    await tool(etcd.series, 'restore', path, '--data-dir', dataFolder);
    await using restored = await etcd.start({ dataFolder });
    await using reader = clientOf(restored);
    const kvs = await reader.prefix('record/').toMap();
    expect(kvs).toEqual(await client.prefix('record/').toMap());
    expect(kvs.size).toBe(RECORDS);
  });

  it('is a stream of bytes, which can be left early', async () => {
    const server = await etcd.server();
    await using client = clientOf(server);
    const path = join(await place(), 'by-hand.db');
    const chunks: Uint8Array[] = [];
    for await (const chunk of client.maintenance.snapshot({ endpoint: server.endpoint })) {
      chunks.push(chunk);
    }
    await writeFile(path, Buffer.concat(chunks));
    await tool(etcd.series, 'status', path);

    for await (const _ of client.maintenance.snapshot()) break;
    expect((await client.get('record/0'))?.value).toMatch(/^0 x/);
  });

  it('that is cut in the middle rejects, and leaves no file', async () => {
    const server = await etcd.server();
    await using proxy = await startProxy({ target: server.endpoint });
    await using client = clientOf(proxy);
    await client.get('record/0');
    const inside = await place();
    const cut = proxy.cutAfterBytes(MIDDLE, 'toClient');
    const seen: SnapshotProgress[] = [];
    const error = await failureOf(
      client.maintenance.snapshotToFile(join(inside, 'backup.db'), {
        onProgress: (progress) => seen.push(progress),
      }),
    );
    await cut;
    expect(error).toMatchObject({ code: 'UNAVAILABLE', method: 'Maintenance.Snapshot' });
    expect(seen.length).toBeGreaterThan(0);
    expect(await readdir(inside)).toEqual([]);
  });

  it('replaces the file of before only when it is whole', async () => {
    const server = await etcd.server();
    await using proxy = await startProxy({ target: server.endpoint });
    await using client = clientOf(proxy);
    await client.get('record/0');
    const inside = await place();
    const path = join(inside, 'backup.db');
    await writeFile(path, 'of yesterday');
    const cut = proxy.cutAfterBytes(MIDDLE, 'toClient');
    await failureOf(client.maintenance.snapshotToFile(path));
    await cut;
    expect(await readFile(path, 'utf8')).toBe('of yesterday');
    const { bytes } = await client.maintenance.snapshotToFile(path);
    expect((await stat(path)).size).toBe(bytes);
    expect(await readdir(inside)).toEqual(['backup.db']);
  });

  it('can be aborted, leaves no file, and a deadline counts for all of it', async () => {
    const server = await etcd.server();
    await using proxy = await startProxy({ target: server.endpoint });
    await using client = clientOf(proxy);
    await client.get('record/0');
    const inside = await place();
    const path = join(inside, 'backup.db');
    const abort = new AbortController();
    const onProgress = (): void => abort.abort();
    const aborted = client.maintenance.snapshotToFile(path, { signal: abort.signal, onProgress });
    expect((await failureOf(aborted)).code).toBe('ABORTED');
    proxy.freeze('toClient');
    const late = client.maintenance.snapshotToFile(path, { timeoutMs: 300 });
    expect((await failureOf(late)).code).toBe('TIMEOUT');
    expect(await readdir(inside)).toEqual([]);
  });

  it('needs a path, before anything is read', async () => {
    // A server of its own: on that of the others what they gave up may be counted late.
    await using server = await etcd.start();
    await using client = clientOf(server);
    const snapshots = () => server.metric('grpc_server_started_total', { grpc_method: 'Snapshot' });
    const before = await snapshots();
    const nowhere = client.maintenance.snapshotToFile(join(folder, 'missing', 'backup.db'));
    await expect(nowhere).rejects.toMatchObject({ code: 'ENOENT' });
    expect(await snapshots()).toBe(before);
  });
});
