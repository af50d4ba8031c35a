import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { EtcdClient, type Lease, LeaseLostError } from '../../src/index.js';
import type { Cluster } from '../support/cluster.js';
import { describeEtcd } from '../support/describe-etcd.js';
import type { EtcdServer } from '../support/etcd.js';
import { startProxy } from '../support/fault-proxy.js';
import { until, within } from '../support/wait.js';

/** Waits for so many renewals from now on. */
async function renewals(lease: Lease, count: number, timeoutMs = 15_000): Promise<void> {
  let seen = 0;
  const enough = new Promise<void>((resolve, reject) => {
    lease.on('renewed', () => {
      seen += 1;
      if (seen === count) resolve();
    });
    lease.on('lost', reject);
  });
  await within(enough, timeoutMs, `${count} renewals`);
}

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

/** Keeps the process busy, so that no timer runs and nothing is read. */
function block(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

describeEtcd('a lease whose server is out of reach', (etcd) => {
  it('is lost when its time is over, while the server still hangs', async () => {
    await using server = await etcd.start();
    await using client = new EtcdClient({ endpoints: server.endpoint });
    const lease = await client.lease.grant(2, { keepAlive: true });
    let renewedAt = 0;
    lease.on('renewed', () => {
      renewedAt = performance.now();
    });
    await renewals(lease, 2);
    server.pause();
    await within(once(lease.signal, 'abort'));
    // Not before its time, and no later than a second after it.
    const heldMs = performance.now() - renewedAt;
    expect(heldMs).toBeGreaterThan(1_800);
    expect(heldMs).toBeLessThan(2_900);
    expect(lease.signal.reason).toBeInstanceOf(LeaseLostError);
    expect(lease.signal.reason).toMatchObject({ reason: 'expired' });
    expect(lease.alive).toBe(false);
    server.resume();
    await server.ready();
    await lease.revoke();
    expect(await client.lease.list()).toEqual([]);
  });

  it('is not lost when the stream is cut, again and again', async () => {
    await using server = await etcd.start();
    await using proxy = await startProxy({ target: server.endpoint });
    await using client = new EtcdClient({ endpoints: proxy.endpoint });
    const lease = await client.lease.grant(2, { keepAlive: true });
    for (let round = 0; round < 4; round++) {
      await renewals(lease, 1);
      if (round % 2 === 0) proxy.resetAll();
      else proxy.closeAll();
    }
    await renewals(lease, 2);
    expect(lease.alive).toBe(true);
    await lease.revoke();
  });

  it('is not lost when the network is away for less than its time', async () => {
    await using server = await etcd.start();
    await using proxy = await startProxy({ target: server.endpoint });
    await using client = new EtcdClient({ endpoints: proxy.endpoint });
    const lease = await client.lease.grant(3, { keepAlive: true });
    await renewals(lease, 1);
    proxy.refuse();
    proxy.resetAll();
    await delay(1_500);
    await proxy.accept();
    await renewals(lease, 2);
    expect(lease.alive).toBe(true);
    await lease.revoke();
  });

  it('is lost when the network is away for longer, and tells why', async () => {
    await using server = await etcd.start();
    await using proxy = await startProxy({ target: server.endpoint });
    await using client = new EtcdClient({ endpoints: proxy.endpoint });
    const lease = await client.lease.grant(1, { keepAlive: true });
    await renewals(lease, 1);
    proxy.refuse();
    proxy.resetAll();
    await within(once(lease.signal, 'abort'));
    expect(lease.signal.reason).toMatchObject({
      reason: 'expired',
      cause: expect.objectContaining({ code: 'UNAVAILABLE' }),
    });
  });
});

describeEtcd('a lease of a process that was too busy', (etcd) => {
  it('is known to be over in the first turn, though an answer has been waiting', async () => {
    await using server = await etcd.start();
    await using client = new EtcdClient({ endpoints: server.endpoint });
    const lease = await client.lease.grant(2, { keepAlive: true });
    const heard: string[] = [];
    lease.on('renewed', () => heard.push(`renewed while ${lease.alive ? 'alive' : 'not alive'}`));
    lease.on('lost', ({ reason }) => heard.push(`lost: ${reason}, ${lease.signal.aborted}`));
    await renewals(lease, 1);
    heard.length = 0;
    // The next renewal is sent while the server hangs, and is answered while this process does.
    server.pause();
    await delay(1_000);
    server.resume();
    block(1_500);
    expect(lease.alive).toBe(false);
    // A whole turn of the event loop, timers included.
    await delay(0);
    expect(lease.signal.aborted).toBe(true);
    await delay(1_500);
    expect(heard).toEqual(['lost: expired, true']);
    expect(lease.alive).toBe(false);
    // On the server it lives on for a moment, and can still be given back.
    await lease.revoke();
  });
});

describeEtcd('a lease in a cluster', (etcd) => {
  it('is not lost when the member dies that renews it', async () => {
    await using cluster = await etcd.cluster();
    await using client = new EtcdClient({ endpoints: cluster.endpoints });
    const before = await keepAliveStreams(cluster);
    const lease = await client.lease.grant(5, { keepAlive: true });
    await lease.keepAliveOnce();
    await (await carrier(cluster, before)).kill();
    await renewals(lease, 2);
    expect(lease.alive).toBe(true);
    await lease.revoke();
  });

  it('is not lost when the member hangs that renews it', async () => {
    await using cluster = await etcd.cluster();
    await using client = new EtcdClient({ endpoints: cluster.endpoints });
    const before = await keepAliveStreams(cluster);
    const lease = await client.lease.grant(6, { keepAlive: true });
    await lease.keepAliveOnce();
    const hung = await carrier(cluster, before);
    hung.pause();
    await renewals(lease, 2);
    expect(lease.alive).toBe(true);
    hung.resume();
    await lease.revoke();
  });

  it('is not lost when the leader dies', async () => {
    await using cluster = await etcd.cluster();
    await using client = new EtcdClient({ endpoints: cluster.endpoints });
    const lease = await client.lease.grant(5, { keepAlive: true });
    await client.put('kept', 'yes', { lease });
    await renewals(lease, 1);
    await (await cluster.leader()).kill();
    await renewals(lease, 2);
    expect((await client.get('kept'))?.value).toBe('yes');
    await lease.revoke();
  });

  it('is not lost when there is no leader for less than its time', async () => {
    await using cluster = await etcd.cluster();
    await using client = new EtcdClient({ endpoints: cluster.endpoints });
    const lease = await client.lease.grant(9, { keepAlive: true });
    await renewals(lease, 1);
    const [one, other] = cluster.members;
    await Promise.all([one?.kill(), other?.kill()]);
    await delay(2_000);
    await Promise.all([one?.start({ awaitReady: false }), other?.start({ awaitReady: false })]);
    await renewals(lease, 2);
    expect(lease.alive).toBe(true);
    await lease.revoke();
  }, 40_000);
});

describeEtcd('a call about a lease whose answer is lost', (etcd) => {
  it('grants one lease all the same', async () => {
    await using server = await etcd.start();
    await using proxy = await startProxy({ target: server.endpoint });
    await using client = await EtcdClient.connect({ endpoints: proxy.endpoint });
    proxy.dropReplies();
    const answers = proxy.responses;
    const granted = client.lease.grant(30);
    await proxy.waitForResponses(answers + 1);
    proxy.deliverReplies();
    const lease = await granted;
    expect([lease.ttlSeconds, await client.lease.list()]).toEqual([30, [lease.id]]);
    expect(await lease.keepAliveOnce()).toBe(30);
  });

  it('leaves it open what became of an id of the caller', async () => {
    await using server = await etcd.start();
    await using proxy = await startProxy({ target: server.endpoint });
    await using client = await EtcdClient.connect({ endpoints: proxy.endpoint });
    proxy.dropReplies();
    const answers = proxy.responses;
    const granted = client.lease.grant(30, { id: 7 });
    const failed = expect(granted).rejects.toMatchObject({ outcome: 'unknown' });
    await proxy.waitForResponses(answers + 1);
    proxy.deliverReplies();
    await failed;
    expect(await client.lease.list()).toEqual([7n]);
  });

  it('revokes the lease all the same', async () => {
    await using server = await etcd.start();
    await using proxy = await startProxy({ target: server.endpoint });
    await using client = new EtcdClient({ endpoints: proxy.endpoint });
    const lease = await client.lease.grant(30);
    proxy.dropReplies();
    const answers = proxy.responses;
    const revoked = lease.revoke();
    await proxy.waitForResponses(answers + 1);
    proxy.deliverReplies();
    await revoked;
    expect(await client.lease.list()).toEqual([]);
  });
});
