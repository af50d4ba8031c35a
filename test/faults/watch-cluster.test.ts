import { expect, it } from 'vitest';
import { clientOf } from '../support/client.js';
import type { Cluster } from '../support/cluster.js';
import { allConnected } from '../support/connected.js';
import { describeEtcd } from '../support/describe-etcd.js';
import type { EtcdServer } from '../support/etcd.js';
import { type FaultProxy, startProxy } from '../support/fault-proxy.js';
import { deferred, until } from '../support/wait.js';
import { Collected } from '../support/watching.js';

/** The shortest pings that servers allow: a hung member is noticed within their sum. */
const PINGS = { intervalMs: 5_000, timeoutMs: 1_000 };
const NOTICED_MS = PINGS.intervalMs + PINGS.timeoutMs;

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

describeEtcd('a watch on a cluster', (etcd) => {
  it.each(['killed', 'paused'])(
    'moves on when the member that serves it is %s',
    async (fault) => {
      await using cluster = await etcd.cluster();
      await using client = clientOf(
        { endpoint: cluster.endpoints[0] ?? '' },
        { endpoints: cluster.endpoints, keepAlive: PINGS },
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
      const since = performance.now();
      if (fault === 'killed') await member.kill();
      else member.pause();
      const others = cluster.members.filter((other) => other !== member);
      await until(() => others[0]?.ctl('put', 'k2', 'during').then(() => true));
      await collected.untilCount(2, 20_000);
      await resumed.promise;
      // What an election and a busy machine may add.
      expect(performance.now() - since).toBeLessThan(NOTICED_MS + 4_000);
      if (fault === 'killed') await member.start();
      else member.resume();
      await others[0]?.ctl('put', 'k3', 'after');
      // A put that failed for lack of a leader may have been applied all the same, and was repeated.
      const times = Number((await client.get('k2'))?.version);
      await collected.untilCount(2 + times);
      expect(collected.changes).toEqual(['k1', ...Array(times).fill('k2'), 'k3']);
      await watcher.cancel();
    },
    60_000,
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
    await collected.untilCount(5, NOTICED_MS + 6_000);
    expect(collected.changes).toEqual(['k0', 'k1', 'k2', 'k3', 'k4']);
    await watcher.cancel();
    await client.close();
    for (const each of proxies) await each.stop();
  }, 60_000);

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
    await collected.untilCount(1, 20_000);
    await watcher.cancel();
  }, 60_000);

  it('does not stay with a learner', async () => {
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
  }, 60_000);
});
