import { expect, it } from 'vitest';
import { clientOf } from '../support/client.js';
import { describeEtcd } from '../support/describe-etcd.js';
import { startProxy } from '../support/fault-proxy.js';
import { until } from '../support/wait.js';
import { Collected } from '../support/watching.js';

const WATCHERS = 'etcd_debugging_mvcc_watcher_total';
const STREAMS = 'etcd_debugging_mvcc_watch_stream_total';

describeEtcd('many watches', (etcd) => {
  it('share one stream, each with its own events, and survive its end together', async () => {
    await using server = await etcd.start();
    await using proxy = await startProxy({ target: server.endpoint });
    await using direct = clientOf(server);
    await using client = clientOf(proxy);
    const keys = Array.from({ length: 1_000 }, (_, i) => `k${i}`);
    const watchers = keys.map((key) => client.watch(key));
    const collected = watchers.map((watcher) => new Collected(watcher));
    await Promise.all(watchers.map(({ ready }) => ready));
    expect(await server.metric(WATCHERS)).toBe(1_000);
    expect(await server.metric(STREAMS)).toBe(1);
    await using _isolated = client.watch('k1', { isolated: true });
    await using _leaderless = client.watch('k1', { requireLeader: false });
    await using _labelled = client.watch('k1', { metadata: { 'x-team': 'a' } });
    await Promise.all([_isolated.ready, _leaderless.ready, _labelled.ready]);
    expect(await server.metric(STREAMS)).toBe(4);
    const put = async (value: string): Promise<void> => {
      for (let i = 0; i < keys.length; i += 100) {
        const puts = keys.slice(i, i + 100).map((key) => direct.op.put(key, value));
        await direct
          .txn()
          .then(...puts)
          .commit();
      }
    };
    await put('first');
    proxy.resetAll();
    await put('after');
    await Promise.all(collected.map((one) => one.untilCount(2)));
    for (const [index, { changes }] of collected.entries()) {
      expect(changes).toEqual([keys[index], keys[index]]);
    }
  });

  it('leave nothing behind when 10,000 of them start and end, at every stage', async () => {
    await using server = await etcd.start();
    await using client = clientOf(server);
    const stays = client.watch('stays');
    const collected = new Collected(stays);
    await stays.ready;
    for (let round = 0; round < 20; round++) {
      const watchers = Array.from({ length: 500 }, (_, i) => client.watch(`k${i}`));
      // A third leaves before anything was sent, a third with its request on the way, a third registered.
      for (let i = 0; i < 500; i += 3) void watchers[i]?.cancel();
      await watchers[1]?.ready;
      for (let i = 1; i < 500; i += 3) void watchers[i]?.cancel();
      await Promise.all(watchers.filter((_, i) => i % 3 === 2).map(({ ready }) => ready));
      for (const watcher of watchers) void watcher.cancel();
    }
    await until(async () => (await server.metric(WATCHERS)) === 1);
    expect(await server.metric(STREAMS)).toBe(1);
    await client.put('stays', 'x');
    await collected.untilCount(1);
    await stays.cancel();
    await until(async () => (await server.metric(WATCHERS)) === 0);
    await until(async () => (await server.metric(STREAMS)) === 0);
  }, 60_000);

  it('each open and end a stream when there is no other', async () => {
    await using server = await etcd.start();
    await using client = clientOf(server);
    for (let round = 0; round < 50; round++) {
      const watcher = client.watch('k');
      await watcher.ready;
      await watcher.cancel();
    }
    await until(async () => (await server.metric(STREAMS)) === 0);
    await until(async () => (await server.metric(WATCHERS)) === 0);
  });
});
