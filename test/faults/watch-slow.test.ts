import { expect, it } from 'vitest';
import type { EtcdClient } from '../../src/index.js';
import { clientOf } from '../support/client.js';
import { describeEtcd } from '../support/describe-etcd.js';
import { startProxy } from '../support/fault-proxy.js';
import { until } from '../support/wait.js';
import { Collected, numbered } from '../support/watching.js';

const EVENTS = 20_000;
const VALUE = 'v'.repeat(500);

/** Puts many keys, a hundred in each transaction. */
async function putMany(client: EtcdClient, keys: readonly string[], value = VALUE): Promise<void> {
  for (let i = 0; i < keys.length; i += 100) {
    const puts = keys.slice(i, i + 100).map((key) => client.op.put(key, value));
    await client
      .txn()
      .then(...puts)
      .commit();
  }
}

describeEtcd('a slow consumer of a watch', (etcd) => {
  it('delays only its own events, discards few of them, and receives all in the end', async () => {
    await using server = await etcd.start();
    await using proxy = await startProxy({ target: server.endpoint });
    await using direct = clientOf(server);
    await using client = clientOf(proxy);
    const slow = client.prefix('k').watch({ highWaterMark: 500 });
    const sibling = client.prefix('sibling').watch();
    const heard = new Collected(sibling);
    await Promise.all([slow.ready, sibling.ready]);
    const start = proxy.bytes.toClient;
    const received = (): number => proxy.bytes.toClient - start;
    const keys = numbered(EVENTS, 'k');
    const history = EVENTS * (VALUE.length + 40);

    await putMany(direct, keys);
    await direct.put('sibling', 'x');
    await heard.untilCount(1);
    // Nobody reads: the server keeps the history, not this process.
    expect(received()).toBeLessThan(history / 4);
    await until(async () => (await server.metric('etcd_debugging_mvcc_watcher_total')) === 1);

    const seen: string[] = [];
    for await (const { events } of slow.batches()) {
      for (const { key } of events) seen.push(key);
      if (seen.length % 4_000 === 0) {
        // While this consumer waits for its sibling, and takes nothing itself.
        await direct.put('sibling', String(seen.length));
        await heard.untilCount(1 + seen.length / 4_000);
      }
      if (seen.length >= EVENTS) break;
    }
    expect(seen).toEqual(keys);
    expect(received()).toBeLessThan(2 * history);
    await sibling.cancel();
  }, 120_000);

  it('returns to the shared stream once it has caught up', async () => {
    await using server = await etcd.start();
    await using client = clientOf(server);
    const watcher = client.prefix('k').watch({ highWaterMark: 100 });
    const sibling = client.watch('sibling');
    await Promise.all([watcher.ready, sibling.ready]);
    const streams = (): Promise<number> => server.metric('etcd_debugging_mvcc_watch_stream_total');
    await putMany(client, numbered(2_000, 'k'));
    const collected = new Collected(watcher);
    await collected.untilCount(2_000);
    await client.put('k-later', 'x');
    await collected.untilCount(2_001);
    await until(async () => (await streams()) === 1);
    await until(async () => (await server.metric('etcd_debugging_mvcc_watcher_total')) === 2);
    await client.put('k-last', 'x');
    await collected.untilCount(2_002);
    await Promise.all([watcher.cancel(), sibling.cancel()]);
    await until(async () => (await streams()) === 0);
  }, 60_000);

  it('receives an error when events that it has not read were compacted', async () => {
    await using server = await etcd.start();
    await using client = clientOf(server);
    const watcher = client.prefix('k').watch({ highWaterMark: 100 });
    await watcher.ready;
    await putMany(client, numbered(2_000, 'k'));
    const { header } = await client.put('k', 'last');
    await until(async () => (await server.metric('etcd_debugging_mvcc_watcher_total')) === 0);
    await client.compact(header.revision);
    const collected = new Collected(watcher);
    expect(await collected.ended).toMatchObject({
      code: 'COMPACTED',
      compactRevision: header.revision,
    });
    // What had been received is delivered before.
    expect(collected.count).toBeGreaterThanOrEqual(100);
    expect(collected.changes).toEqual(numbered(2_000, 'k').slice(0, collected.count));
  }, 60_000);

  it('stops the flow of its own stream while it does not read', async () => {
    await using server = await etcd.start();
    await using proxy = await startProxy({ target: server.endpoint });
    await using client = clientOf(proxy);
    await using direct = clientOf(server);
    const watcher = client.prefix('k').watch({ highWaterMark: 100, isolated: true });
    await watcher.ready;
    const start = proxy.bytes.toClient;
    const keys = numbered(EVENTS, 'k');
    await putMany(direct, keys);
    // A second watch proves that the connection itself is not held up, while as much passes as could.
    const other = client.watch('other');
    await other.ready;
    const heard = new Collected(other);
    for (let i = 1; i <= 50; i++) {
      await direct.put('other', String(i));
      await heard.untilCount(i);
    }
    expect(proxy.bytes.toClient - start).toBeLessThan((EVENTS * VALUE.length) / 2);
    const collected = new Collected(watcher);
    await collected.untilCount(EVENTS, 60_000);
    expect(collected.changes).toEqual(keys);
    await Promise.all([watcher.cancel(), other.cancel()]);
  }, 120_000);
});
