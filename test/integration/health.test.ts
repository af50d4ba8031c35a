import { expect, it } from 'vitest';
import { EtcdClient } from '../../src/index.js';
import { enableAuth, simpleTokenFlags } from '../support/auth.js';
import { clientOf, failureOf } from '../support/client.js';
import { describeEtcd } from '../support/describe-etcd.js';
import { startProxy } from '../support/fault-proxy.js';
import { until } from '../support/wait.js';

describeEtcd('health', (etcd) => {
  it('is reported for each endpoint: one that is down is unhealthy, the others are healthy', async () => {
    await using cluster = await etcd.cluster();
    await using client = new EtcdClient({ endpoints: cluster.endpoints });
    const all = await client.health();
    expect(all.map(({ endpoint }) => endpoint)).toEqual(cluster.endpoints);
    for (const { healthy, latencyMs, error } of all) {
      expect({ healthy, error }).toEqual({ healthy: true, error: undefined });
      expect(latencyMs).toBeGreaterThan(0);
    }

    const [down] = await cluster.followers();
    if (down === undefined) throw new Error('a cluster of three has followers');
    await down.kill();
    const rest = await until(async () => {
      const seen = await client.health({ timeoutMs: 1_500 });
      return seen.filter(({ healthy }) => healthy).length === 2 && seen;
    });
    for (const { endpoint, healthy, error } of rest) {
      expect(healthy).toBe(endpoint !== down.endpoint);
      if (!healthy) expect(error).toMatchObject({ code: 'UNAVAILABLE', endpoint });
    }
  });

  it('needs a majority: the last of three is up, and unhealthy', async () => {
    await using cluster = await etcd.cluster();
    await using client = new EtcdClient({ endpoints: cluster.endpoints });
    await client.health();
    const [last, ...others] = cluster.members;
    for (const other of others) await other.kill();
    const health = await client.health({ timeoutMs: 1_500 });
    expect(health.map(({ healthy }) => healthy)).toEqual([false, false, false]);
    expect(health[0]?.endpoint).toBe(last?.endpoint);
  });

  it('ends at its deadline when a server hangs', async () => {
    const server = await etcd.server();
    await using proxy = await startProxy({ target: server.endpoint });
    await using client = clientOf(proxy, { timeoutMs: 0 });
    await client.get('k');
    proxy.freeze();
    const [hung] = await client.health({ timeoutMs: 500 });
    expect(hung).toMatchObject({ healthy: false, error: { code: 'TIMEOUT' } });
    // A timer counts from the beginning of its turn of the event loop: on a busy machine it seems to be early.
    expect(hung?.latencyMs).toBeGreaterThanOrEqual(250);
    proxy.thaw();
  });

  it('needs no permission: a user without rights finds the server healthy', async () => {
    await using server = await etcd.start({ flags: simpleTokenFlags() });
    const admin = await enableAuth(server);
    await admin.addUser('alice', { password: 'secret', permissions: [['read', 'mine']] });
    await using alice = clientOf(server, { auth: { username: 'alice', password: 'secret' } });
    expect((await failureOf(alice.get('health'))).code).toBe('PERMISSION_DENIED');
    expect(await alice.health()).toMatchObject([{ healthy: true }]);
    await using nobody = clientOf(server);
    expect(await nobody.health()).toMatchObject([
      { healthy: false, error: { code: 'USER_NAME_EMPTY' } },
    ]);
  });

  it('rejects when the check itself is ended', async () => {
    const server = await etcd.server();
    await using proxy = await startProxy({ target: server.endpoint });
    const client = clientOf(proxy);
    await client.get('k');
    proxy.freeze();
    const abort = new AbortController();
    const aborted = failureOf(client.health({ signal: abort.signal }));
    abort.abort();
    expect((await aborted).code).toBe('ABORTED');
    const closed = failureOf(client.health());
    await client.close();
    expect((await closed).code).toBe('CLIENT_CLOSED');
  });
});
