import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { EtcdClient } from '../../src/index.js';
import type { Cluster } from '../support/cluster.js';
import { describeEtcdConcurrently } from '../support/describe-etcd.js';
import type { EtcdServer } from '../support/etcd.js';
import { renewals } from '../support/renewals.js';
import { until } from '../support/wait.js';

/** Long enough for an election that fails and begins again. */
const TTL_SECONDS = 12;

/** The member that the stream of renewals was opened on last. */
async function carrier(cluster: Cluster, before: ReadonlyMap<EtcdServer, number>) {
  return until(
    async () => {
      const now = await keepAliveStreams(cluster);
      return [...now].find(([member, count]) => count > (before.get(member) ?? 0))?.[0];
    },
    { what: 'a stream of renewals' },
  );
}

async function keepAliveStreams(cluster: Cluster): Promise<Map<EtcdServer, number>> {
  const labels = { grpc_method: 'LeaseKeepAlive' };
  const counts = new Map<EtcdServer, number>();
  for (const member of cluster.members) {
    counts.set(member, await member.metric('grpc_server_started_total', labels));
  }
  return counts;
}

describeEtcdConcurrently('a lease in a cluster', (etcd) => {
  it.each(['killed', 'paused'])(
    'is not lost when the member that renews it is %s',
    async (fault) => {
      await using cluster = await etcd.cluster();
      await using client = new EtcdClient({ endpoints: cluster.endpoints, timeoutMs: 20_000 });
      const before = await keepAliveStreams(cluster);
      const lease = await client.lease.grant(TTL_SECONDS, { keepAlive: true });
      await lease.keepAliveOnce();
      const member = await carrier(cluster, before);
      if (fault === 'killed') await member.kill();
      else await member.pause();
      await renewals(lease, 2);
      expect(lease.alive).toBe(true);
      if (fault === 'paused') await member.resume();
      await lease.revoke();
    },
  );

  it('is not lost when the leader dies', async () => {
    await using cluster = await etcd.cluster();
    await using client = new EtcdClient({ endpoints: cluster.endpoints, timeoutMs: 20_000 });
    const lease = await client.lease.grant(TTL_SECONDS, { keepAlive: true });
    await client.put('kept', 'yes', { lease });
    await renewals(lease, 1);
    await (await cluster.leader()).kill();
    await renewals(lease, 2);
    expect((await client.get('kept'))?.value).toBe('yes');
    await lease.revoke();
  });

  it('is not lost when there is no leader for less than its TTL', async () => {
    await using cluster = await etcd.cluster();
    await using client = new EtcdClient({ endpoints: cluster.endpoints, timeoutMs: 20_000 });
    const lease = await client.lease.grant(15, { keepAlive: true });
    await renewals(lease, 1);
    const [one, other] = cluster.members;
    await Promise.all([one?.kill(), other?.kill()]);
    await delay(2_000);
    await Promise.all([one?.start({ awaitReady: false }), other?.start({ awaitReady: false })]);
    await renewals(lease, 2);
    expect(lease.alive).toBe(true);
    await lease.revoke();
  }, 90_000);
});
