import { expect, it } from 'vitest';
import { clientIn, clientOf } from '../support/client.js';
import { describeEtcdConcurrently } from '../support/describe-etcd.js';
import { startProxy } from '../support/fault-proxy.js';
import { within } from '../support/wait.js';

const KIBI = 1_024;
const LARGE = ['--max-request-bytes', String(16 * KIBI * KIBI)];
/**
 * The shortest pings there are. On this link they are answered after three seconds at the earliest: the
 * answer waits behind a mebibyte of data.
 */
const keepAlive = { intervalMs: 5_000, timeoutMs: 500 };
const BYTES_PER_SECOND = 300 * KIBI;

describeEtcdConcurrently('a slow link', (etcd) => {
  it('transfers a large value, a snapshot and a large event, and stays open', async () => {
    await using server = await etcd.start({ flags: LARGE });
    await using proxy = await startProxy({ target: server.endpoint });
    await using writer = clientOf(server);
    await using reader = clientOf(proxy, { keepAlive, timeoutMs: 60_000 });
    const lost: unknown[] = [];
    reader.on('disconnected', ({ error }) => lost.push(error));
    await using watcher = reader.prefix('event').watch();
    await watcher.ready;
    const value = 'x'.repeat(2 * KIBI * KIBI);
    await writer.put('value', value);
    proxy.rate(BYTES_PER_SECOND, 'toClient');

    expect((await reader.get('value'))?.value.length).toBe(value.length);
    let bytes = 0;
    for await (const chunk of reader.maintenance.snapshot()) bytes += chunk.length;
    expect(bytes).toBeGreaterThan(value.length);
    await writer.put('event', value);
    const { value: batch } = await watcher.batches().next();
    expect(batch?.events[0]).toMatchObject({ type: 'put', key: 'event' });

    expect(lost).toEqual([]);
    expect(proxy.accepted).toBe(1);
  }, 90_000);

  it('transfers an iteration and a snapshot to follow, though each page takes longer than a call may', async () => {
    await using server = await etcd.start();
    await using proxy = await startProxy({ target: server.endpoint });
    await using writer = clientOf(server);
    // A page has so long to begin with: with two mebibytes it takes a multiple.
    await using reader = clientOf(proxy, { timeoutMs: 1_000 });
    const value = 'x'.repeat(40 * KIBI);
    for (let i = 0; i < 60; i++) await writer.put(`k/${i}`, value);
    await reader.get('connected');
    const lost: unknown[] = [];
    reader.on('disconnected', ({ error }) => lost.push(error));
    proxy.rate(BYTES_PER_SECOND, 'toClient');

    let keys = 0;
    for await (const kv of reader.prefix('k/')) keys += kv.value.length / value.length;
    expect(keys).toBe(60);
    const follower = reader.prefix('k/').follow();
    const { value: snapshot } = await follower.next();
    expect(snapshot).toMatchObject({ type: 'snapshot', entries: { size: 60 } });
    await follower.return?.();
    expect(lost).toEqual([]);
  }, 90_000);

  it('is closed when it falls silent: pings detect a server that hangs', async () => {
    await using server = await etcd.start();
    await using client = clientIn(server, { keepAlive });
    await using watcher = client.prefix('k').watch();
    await watcher.ready;
    const broken = new Promise<void>((resolve) => watcher.on('disconnected', () => resolve()));
    await server.pause();
    await within(broken, 20_000, 'the end of the connection to a server that hangs');
    await server.resume();
  }, 60_000);
});
