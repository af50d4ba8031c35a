import { expect, it } from 'vitest';
import { clientOf } from '../support/client.js';
import type { Cluster } from '../support/cluster.js';
import { allConnected } from '../support/connected.js';
import { describeEtcdConcurrently } from '../support/describe-etcd.js';
import type { EtcdServer } from '../support/etcd.js';
import { type FaultProxy, startProxy } from '../support/fault-proxy.js';
import { deferred, until, within } from '../support/wait.js';
import { Collected, type Delivered, inWords } from '../support/watching.js';

/** The shortest pings that servers allow; a busy machine may take its time to answer one. */
const PINGS = { intervalMs: 5_000, timeoutMs: 3_000 };
/** A hung member is noticed within the sum of both; an election and a busy machine may add to it. */
const MOVED_MS = PINGS.intervalMs + PINGS.timeoutMs + 20_000;

/** The key that is put last, below the prefix that is watched. */
const LAST = 'k-last';

/** The member that serves the only watch of the cluster. */
function serving(cluster: Cluster): Promise<EtcdServer> {
  return until(
    async () => {
      for (const member of cluster.members) {
        if ((await member.metric('etcd_debugging_mvcc_watcher_total')) === 1) return member;
      }
      return undefined;
    },
    { what: 'a member with the watch' },
  );
}

/** What was delivered until the last key was put for the first time. */
async function upToLast(collected: Collected): Promise<Delivered[]> {
  const end = () =>
    collected.batches.findIndex(({ events }) => events.some(({ key }) => key === LAST));
  await collected.until(() => end() >= 0, MOVED_MS);
  return collected.batches.slice(0, end() + 1).map(inWords);
}

describeEtcdConcurrently('a watch on a cluster', (etcd) => {
  it.each(['killed', 'paused'])(
    'moves on when the member that serves it is %s',
    async (fault) => {
      await using cluster = await etcd.cluster();
      await using client = clientOf(
        { endpoint: cluster.endpoints[0] ?? '' },
        { endpoints: cluster.endpoints, keepAlive: PINGS, timeoutMs: 20_000 },
      );
      await allConnected(client);
      const watcher = client.prefix('k').watch();
      const collected = new Collected(watcher);
      await watcher.ready;
      await client.put('k1', 'before');
      await collected.untilCount(1);
      const member = await serving(cluster);
      const resumed = deferred();
      watcher.once('resumed', () => resumed.resolve());
      if (fault === 'killed') await member.kill();
      else await member.pause();
      const others = cluster.members.filter((other) => other !== member);
      const put = (key: string) =>
        until(() => others[0]?.ctl('put', key, 'x').then(() => true), { timeoutMs: 30_000 });
      await put('k2');
      await collected.untilCount(2, MOVED_MS);
      await within(resumed.promise, MOVED_MS, 'the watch to move');
      if (fault === 'killed') await member.start();
      else await member.resume();
      await put('k3');
      await put(LAST);
      const delivered = await upToLast(collected);
      // A put that failed for lack of a leader was repeated, and may have been applied all the same, as
      // late as after the others. So the store tells what there was to deliver.
      await using direct = clientOf(member);
      const replayed = direct.prefix('k').watch({ startRevision: 1n });
      expect(delivered).toEqual(await upToLast(new Collected(replayed)));
      for (const key of ['k1', 'k2', 'k3']) expect(collected.changes).toContain(key);
      await replayed.cancel();
      await watcher.cancel();
    },
    120_000,
  );

  it('moves on when its member falls silent on the network', async () => {
    await using cluster = await etcd.cluster();
    const proxies = await Promise.all(cluster.endpoints.map((target) => startProxy({ target })));
    await using client = clientOf(
      { endpoint: '' },
      { endpoints: proxies.map(({ endpoint }) => endpoint), keepAlive: PINGS },
    );
    await allConnected(client);
    const watcher = client.prefix('k').watch();
    const collected = new Collected(watcher);
    await watcher.ready;
    const member = await serving(cluster);
    const proxy = proxies[cluster.members.indexOf(member)] as FaultProxy;
    proxy.freeze();
    for (let i = 0; i < 5; i++) await cluster.ctl('put', `k${i}`, 'x');
    await collected.untilCount(5, MOVED_MS);
    expect(collected.changes).toEqual(['k0', 'k1', 'k2', 'k3', 'k4']);
    await watcher.cancel();
    await client.close();
    for (const each of proxies) await each.stop();
  }, 120_000);

  it('leaves a member that has lost its leader', async () => {
    await using cluster = await etcd.cluster();
    await using client = clientOf(
      { endpoint: '' },
      { endpoints: cluster.endpoints, keepAlive: PINGS },
    );
    await allConnected(client);
    const watcher = client.prefix('k').watch();
    const collected = new Collected(watcher);
    await watcher.ready;
    const member = await serving(cluster);
    const others = cluster.members.filter((other) => other !== member);
    const broken = deferred<string | undefined>();
    watcher.once('disconnected', (error) => broken.resolve(error?.code));
    // The last one left of three has no leader, and says so.
    for (const other of others) await other.kill();
    expect(await broken.promise).toBe('NO_LEADER');
    for (const other of others) await other.start({ awaitReady: false });
    await cluster.waitHealthy();
    await cluster.ctl('put', 'k1', 'x');
    await collected.untilCount(1, MOVED_MS);
    await watcher.cancel();
  }, 120_000);

  it('does not stay on a learner', async () => {
    await using cluster = await etcd.cluster({ size: 1 });
    await cluster.ctl('put', 'k0', 'x');
    const learner = await cluster.addMember({ learner: true });
    const voter = cluster.members[0] as EtcdServer;
    await using client = clientOf(learner, { endpoints: [learner.endpoint, voter.endpoint] });
    const watcher = client.prefix('k').watch({ startRevision: 1n });
    const collected = new Collected(watcher);
    await collected.untilCount(1);
    expect(await voter.metric('etcd_debugging_mvcc_watcher_total')).toBe(1);
    await watcher.cancel();
  }, 120_000);
});
