import { expect, it } from 'vitest';
import { clientOf, failureOf } from '../support/client.js';
import { describeEveryEtcd } from '../support/describe-etcd.js';
import { startProxy } from '../support/fault-proxy.js';
import { atLeast } from '../support/versions.js';
import { until } from '../support/wait.js';
import { Collected, numbered } from '../support/watching.js';

/** Each cut comes so much later in the replay, which is many times longer. */
const CUT_STEP_BYTES = 10_000;

/** How often these servers tell their progress by themselves. */
const often = (version: string): readonly string[] => [
  atLeast(version, '3.6')
    ? '--watch-progress-notify-interval'
    : '--experimental-watch-progress-notify-interval',
  '200ms',
];

describeEveryEtcd('the progress of a watch', (etcd) => {
  const trusted = etcd.series !== '3.4';

  it('arrives on request, or the request is refused where the answer cannot be trusted', async () => {
    await using server = await etcd.start();
    await using client = clientOf(server);
    await using watcher = client.watch('quiet');
    const told: bigint[] = [];
    watcher.on('progress', (revision) => told.push(revision));
    await watcher.ready;
    const { header } = await client.put('elsewhere', 'x');
    if (trusted) {
      expect(await watcher.requestProgress()).toBe(header.revision);
      expect(watcher.revision).toBe(header.revision);
      // A slow answer is asked for again, and told again.
      expect(new Set(told)).toEqual(new Set([header.revision]));
    } else {
      const error = await failureOf(watcher.requestProgress());
      expect(error).toMatchObject({ code: 'UNSUPPORTED' });
      expect(error.message).toContain(etcd.version);
      // The server did not become trusted by being told its version wrongly.
      expect(watcher.revision).toBe(header.revision - 1n);
    }
  });

  it('arrives for a watch that starts with the next revision, or later', async () => {
    if (!trusted) return;
    await using server = await etcd.start();
    await using client = clientOf(server);
    const { header } = await client.put('k', '1');
    await using next = client.watch('k', { startRevision: header.revision + 1n });
    await using later = client.watch('k', { startRevision: header.revision + 50n });
    await Promise.all([next.ready, later.ready]);
    expect(await next.requestProgress()).toBe(header.revision);
    expect(await later.requestProgress()).toBe(header.revision);
  });

  it('arrives for the siblings of a watch that has ended as compacted', async () => {
    if (!trusted) return;
    await using server = await etcd.start();
    await using client = clientOf(server);
    for (let i = 1; i <= 5; i++) await client.put('k', String(i));
    await using sibling = client.watch('other');
    await sibling.ready;
    await client.compact(5n);
    const old = new Collected(client.watch('k', { startRevision: 2n }));
    expect(await old.ended).toMatchObject({ code: 'COMPACTED' });
    expect(await sibling.requestProgress()).toBe(6n);
    // A watch that joins them later is told as well.
    await using late = client.watch('other');
    expect(await late.requestProgress()).toBe(6n);
  });

  it('waits for a loop that is slow, and so does the revision', async () => {
    await using server = await etcd.start({ flags: often(etcd.version) });
    await using client = clientOf(server);
    await using watcher = client.prefix('k').watch({ progressNotify: true });
    // Another watch shows when the server has told how far it is.
    await using other = client.watch('elsewhere');
    const given: bigint[] = [];
    const put: bigint[] = [];
    const early: bigint[] = [];
    const note = (revision: bigint): void => {
      if (put.some((one) => one <= revision && !given.includes(one))) early.push(revision);
    };
    const told: bigint[] = [];
    watcher.on('progress', (revision) => {
      told.push(revision);
      note(revision);
      note(watcher.revision);
    });
    await Promise.all([watcher.ready, other.ready]);
    const loop = (async () => {
      for await (const { revision } of watcher) {
        given.push(revision);
        const { header } = await client.put(`k${given.length}`, '');
        put.push(header.revision);
        await until(() => other.revision >= header.revision);
        note(watcher.revision);
        if (given.length === 4) break;
      }
    })();
    put.push((await client.put('k', '')).header.revision);
    await loop;
    expect(given).toEqual(put.slice(0, 4));
    expect(early).toEqual([]);
    expect(watcher.revision).toBe(given[3]);
  });

  it('gives up at the deadline of the request, and with the watch', async () => {
    await using server = await etcd.start();
    await using proxy = await startProxy({ target: server.endpoint });
    await using client = clientOf(proxy);
    await using watcher = client.watch('k');
    await watcher.ready;
    proxy.freeze();
    if (trusted) {
      const error = await failureOf(watcher.requestProgress({ timeoutMs: 150 }));
      expect(error).toMatchObject({ code: 'TIMEOUT' });
      const leaving = new AbortController();
      const asked = failureOf(watcher.requestProgress({ signal: leaving.signal }));
      leaving.abort();
      expect(await asked).toMatchObject({ code: 'ABORTED' });
    }
    const ended = failureOf(watcher.requestProgress());
    await watcher.cancel();
    expect(['ABORTED', 'UNSUPPORTED']).toContain((await ended).code);
  });

  it('keeps a quiet watch ahead of compactions elsewhere', async () => {
    await using server = await etcd.start({ flags: often(etcd.version) });
    await using proxy = await startProxy({ target: server.endpoint });
    await using direct = clientOf(server);
    await using client = clientOf(proxy);
    await using watcher = client.watch('quiet');
    const collected = new Collected(watcher);
    await watcher.ready;
    let header = (await direct.put('busy', '0')).header;
    for (let i = 1; i <= 20; i++) header = (await direct.put('busy', String(i))).header;
    // Nobody asked to see the progress; it moves the watch all the same.
    await until(() => watcher.revision >= header.revision);
    await direct.compact(header.revision);
    proxy.resetAll();
    await direct.put('quiet', 'now');
    await collected.untilCount(1);
    expect(collected.revisions).toEqual([header.revision + 1n]);
  });

  it('is emitted with progressNotify alone, in order with the events', async () => {
    await using server = await etcd.start({ flags: often(etcd.version) });
    await using client = clientOf(server);
    await using shown = client.watch('k', { progressNotify: true });
    await using hidden = client.watch('k');
    const told: bigint[] = [];
    shown.on('progress', (revision) => told.push(revision));
    hidden.on('progress', () => told.push(-1n));
    await Promise.all([shown.ready, hidden.ready]);
    const { header } = await client.put('elsewhere', 'x');
    await until(() => told.includes(header.revision));
    await until(() => hidden.revision === header.revision);
    expect(told).not.toContain(-1n);
  });

  it('loses nothing when the server answers before it has sent all events', async () => {
    await using server = await etcd.start();
    await using proxy = await startProxy({ target: server.endpoint });
    await using direct = clientOf(server);
    const keys = numbered(6_000, 'k');
    for (let i = 0; i < keys.length; i += 100) {
      const puts = keys.slice(i, i + 100).map((key) => direct.op.put(key, 'x'.repeat(100)));
      await direct
        .txn()
        .then(...puts)
        .commit();
    }
    for (let round = 0; round < 5; round++) {
      await using client = clientOf(proxy);
      await using first = client.watch('other');
      await first.ready;
      // Asked again and again while the replay of history is on its way on the same stream.
      const asking = setInterval(() => void first.requestProgress().catch(() => {}), 2);
      await using watcher = client.prefix('k').watch({ startRevision: 2n });
      watcher.requestProgress().catch(() => {});
      const { toClient: before } = proxy.bytes;
      const collected = new Collected(watcher);
      await watcher.ready;
      await proxy.waitForBytes(before + CUT_STEP_BYTES * round, 'toClient');
      proxy.resetAll();
      await collected.untilCount(keys.length);
      clearInterval(asking);
      expect(collected.changes).toEqual(keys);
    }
  });

  it('ignores a reply between the registration and the replay of history', async () => {
    if (!trusted) return;
    await using server = await etcd.start();
    await using client = clientOf(server);
    for (let i = 1; i <= 50; i++) await client.put('k', String(i));
    await using sibling = client.watch('other');
    await sibling.ready;
    for (let round = 0; round < 20; round++) {
      // The request goes out right before the one that creates the watch, and the server's replies to
      // the two overtake each other.
      const asked = sibling.requestProgress();
      const watcher = client.watch('k', { startRevision: 2n });
      const collected = new Collected(watcher);
      await collected.untilCount(50);
      expect(await asked).toBe(51n);
      await watcher.cancel();
    }
  });

  it('keeps a start in the future through progress and cuts', async () => {
    await using server = await etcd.start({ flags: often(etcd.version) });
    await using proxy = await startProxy({ target: server.endpoint });
    await using direct = clientOf(server);
    await using client = clientOf(proxy);
    await using sibling = client.watch('k');
    await using watcher = client.watch('k', { startRevision: 20n });
    const collected = new Collected(watcher);
    await Promise.all([watcher.ready, sibling.ready]);
    for (let i = 2; i <= 25; i++) {
      await direct.put('k', String(i));
      if (i % 6 === 0) {
        if (trusted) expect(await sibling.requestProgress()).toBe(BigInt(i));
        proxy.resetAll();
      }
    }
    await collected.untilCount(6);
    expect(collected.revisions).toEqual([20n, 21n, 22n, 23n, 24n, 25n]);
  });
});
