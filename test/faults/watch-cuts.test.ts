import { expect, it } from 'vitest';
import { CompactedError } from '../../src/index.js';
import { capabilitiesOf } from '../../src/transport/connection/capabilities.js';
import { clientOf } from '../support/client.js';
import { describeEtcd } from '../support/describe-etcd.js';
import { startProxy } from '../support/fault-proxy.js';
import { deferred } from '../support/wait.js';
import { Collected, numbered } from '../support/watching.js';

describeEtcd('a watch whose stream is cut', (etcd) => {
  it('loses nothing between its registration and the replay of history, however often it is cut there', async () => {
    await using server = await etcd.start();
    await using proxy = await startProxy({ target: server.endpoint });
    await using direct = clientOf(server);
    await using client = clientOf(proxy);
    for (let i = 1; i <= 5; i++) await direct.put('k', String(i));
    await client.get('warm-up');
    // The reply to the create request passes, and the replay behind it does not. A new connection first
    // asks for the server's status; with an old server a read makes sure that nothing was compacted.
    const beforeReplay = capabilitiesOf(etcd.version).reportsCompactedDelete ? 2 : 3;
    const cuts = [proxy.cutAfterResponses(1)];
    const watcher = client.watch('k', { startRevision: 2n });
    const collected = new Collected(watcher);
    let broken = 0;
    watcher.on('disconnected', () => {
      broken += 1;
      if (broken < 5) cuts.push(proxy.cutAfterResponses(beforeReplay));
    });
    await collected.untilCount(5);
    await Promise.all(cuts);
    expect(collected.revisions).toEqual([2n, 3n, 4n, 5n, 6n]);
    expect(broken).toBe(5);
    await watcher.cancel();
  });

  it('delivers 10,000 puts once, in order and in whole revisions, while it is cut every few kilobytes', async () => {
    await using server = await etcd.start();
    await using proxy = await startProxy({ target: server.endpoint });
    await using direct = clientOf(server);
    await using client = clientOf(proxy);
    const watcher = client.prefix('k').watch();
    let resumed = 0;
    watcher.on('resumed', () => {
      resumed += 1;
    });
    const collected = new Collected(watcher);
    await watcher.ready;
    let putting = true;
    const done = deferred();
    const cuts = (async () => {
      for (let bytes = 700; putting; bytes = (bytes * 7 + 13) % 8_000) {
        const before = collected.count;
        await Promise.race([proxy.cutAfterBytes(bytes, 'toClient'), done.promise]);
        // A backlog larger than what passes between two cuts would never arrive.
        await Promise.race([collected.until(() => collected.count > before), done.promise]);
      }
    })();
    const keys = numbered(10_000, 'k');
    for (let i = 0; i < keys.length; i += 50) {
      const { op } = direct;
      // Ten transactions of five puts each: revisions with more than one event.
      await Promise.all(
        Array.from({ length: 10 }, (_, j) =>
          direct
            .txn()
            .then(...keys.slice(i + j * 5, i + j * 5 + 5).map((key) => op.put(key, 'x'.repeat(20))))
            .commit(),
        ),
      );
    }
    putting = false;
    done.resolve();
    await cuts;
    await proxy.restore();
    await collected.untilCount(keys.length, 60_000);
    await watcher.cancel();
    expect(collected.count).toBe(keys.length);
    expect(new Set(collected.changes).size).toBe(keys.length);
    expect(collected.batches.every(({ events }) => events.length === 5)).toBe(true);
    const { revisions } = collected;
    expect(revisions).toEqual([...revisions].sort((a, b) => Number(a - b)));
    expect(new Set(revisions).size).toBe(revisions.length);
    // How often depends on the pace of the machine; after a second time nothing is new.
    expect(resumed).toBeGreaterThan(1);
  }, 120_000);

  it('delivers a fragmented revision whole and once, wherever in it the stream is cut', async () => {
    await using server = await etcd.start();
    await using direct = clientOf(server);
    // A request takes 1.5 MiB at most and a fragment 2 MiB, so it is the previous values that make a
    // revision larger than a fragment.
    const value = 'x'.repeat(14_000);
    const keys = numbered(100, 'big');
    const putAll = (): Promise<unknown> =>
      direct
        .txn()
        .then(...keys.map((key) => direct.op.put(key, value)))
        .commit();
    await putAll();
    await putAll();
    await direct.put('big-later', 'y');
    for (const bytes of [300_000, 1_900_000, 2_200_000, 2_700_000]) {
      await using proxy = await startProxy({ target: server.endpoint });
      await using client = clientOf(proxy);
      await client.get('warm-up');
      const cut = proxy.cutAfterBytes(bytes, 'toClient');
      const watcher = client.prefix('big').watch({ startRevision: 3n, prevKv: true });
      const collected = new Collected(watcher);
      let broken = 0;
      watcher.on('disconnected', () => {
        broken += 1;
      });
      await cut;
      await collected.untilCount(101);
      expect(collected.batches.map(({ events }) => events.length)).toEqual([100, 1]);
      expect(collected.changes).toEqual([...keys, 'big-later']);
      expect(broken).toBe(1);
      await watcher.cancel();
    }
  }, 120_000);

  it('goes on after the server was restarted', async () => {
    await using server = await etcd.start();
    await using client = clientOf(server);
    const watcher = client.watch('k');
    const collected = new Collected(watcher);
    await watcher.ready;
    for (let round = 0; round < 3; round++) {
      await client.put('k', `before ${round}`);
      await server.kill();
      await server.start();
      await client.put('k', `after ${round}`);
    }
    await collected.untilCount(6);
    expect(collected.revisions).toEqual([2n, 3n, 4n, 5n, 6n, 7n]);
    await watcher.cancel();
  });

  it('ends with CompactedError and its revision when the store was compacted meanwhile', async () => {
    await using server = await etcd.start();
    await using proxy = await startProxy({ target: server.endpoint });
    await using direct = clientOf(server);
    await using client = clientOf(proxy);
    const watcher = client.watch('k');
    const collected = new Collected(watcher);
    await watcher.ready;
    await direct.put('k', '1');
    await collected.untilCount(1);
    proxy.refuse();
    proxy.resetAll();
    for (let i = 2; i <= 6; i++) await direct.put('k', String(i));
    await direct.compact(5n);
    await proxy.restore();
    const error = await collected.ended;
    expect(error).toBeInstanceOf(CompactedError);
    expect(error).toMatchObject({ code: 'COMPACTED', compactRevision: 5n });
    expect(collected.revisions).toEqual([2n]);
  });

  it('ends with an error when the deletion it would resume at was compacted', async () => {
    await using server = await etcd.start();
    await using proxy = await startProxy({ target: server.endpoint });
    await using direct = clientOf(server);
    await using client = clientOf(proxy);
    const watcher = client.watch('k');
    const collected = new Collected(watcher);
    await watcher.ready;
    await direct.put('k', '1');
    await collected.untilCount(1);
    proxy.refuse();
    proxy.resetAll();
    const { header } = await direct.delete('k');
    await direct.compact(header.revision);
    await proxy.restore();
    // A server of today keeps the deletion; an old one drops it in silence.
    const outcome = await Promise.race([
      collected.untilCount(2).then(() => 'delivered'),
      collected.ended,
    ]);
    if (outcome === 'delivered') expect(collected.changes).toEqual(['k', '-k']);
    else expect(outcome).toMatchObject({ code: 'COMPACTED', compactRevision: header.revision });
    await watcher.cancel();
  });
});
