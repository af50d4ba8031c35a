import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { EtcdClient, LeaseLostError } from '../../src/index.js';
import { describeEtcd, describeEtcdConcurrently } from '../support/describe-etcd.js';
import { startProxy } from '../support/fault-proxy.js';
import { renewals } from '../support/renewals.js';
import { until, within } from '../support/wait.js';

/** Long enough to survive a machine that stands still for a moment. */
const TTL_SECONDS = 5;

/** Keeps the process busy, so that no timer runs and nothing is read. */
function block(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

describeEtcdConcurrently('a lease whose server is out of reach', (etcd) => {
  it('is lost when its TTL ends, while the server still hangs', async () => {
    await using server = await etcd.start();
    await using client = new EtcdClient({ endpoints: server.endpoint });
    const lease = await client.lease.grant(TTL_SECONDS, { keepAlive: true });
    let renewedAt = 0;
    lease.on('renewed', () => {
      renewedAt = performance.now();
    });
    await renewals(lease, 2);
    await server.pause();
    await within(once(lease.signal, 'abort'));
    // Its time began when the renewal was sent. That it is not over too early nor too late to the
    // millisecond is tested with a clock that stands still; the bounds here are those of a busy machine.
    const heldMs = performance.now() - renewedAt;
    expect(heldMs).toBeGreaterThan((TTL_SECONDS - 2) * 1_000);
    expect(heldMs).toBeLessThan((TTL_SECONDS + 3) * 1_000);
    expect(lease.signal.reason).toBeInstanceOf(LeaseLostError);
    expect(lease.signal.reason).toMatchObject({ reason: 'expired' });
    expect(lease.alive).toBe(false);
    await server.resume();
    await server.ready();
    await lease.revoke();
    // The revocation of a lost lease is sent, and not waited for.
    await until(async () => (await client.lease.list()).length === 0, { what: 'no lease' });
  });

  it('is not lost when the stream is cut, again and again', async () => {
    await using server = await etcd.start();
    await using proxy = await startProxy({ target: server.endpoint });
    await using client = new EtcdClient({ endpoints: proxy.endpoint });
    const lease = await client.lease.grant(TTL_SECONDS, { keepAlive: true });
    for (let round = 0; round < 4; round++) {
      await renewals(lease, 1);
      if (round % 2 === 0) proxy.resetAll();
      else proxy.closeAll();
    }
    await renewals(lease, 2);
    expect(lease.alive).toBe(true);
    await lease.revoke();
  });

  it('is not lost when the network is away for less than its TTL', async () => {
    await using server = await etcd.start();
    await using proxy = await startProxy({ target: server.endpoint });
    await using client = new EtcdClient({ endpoints: proxy.endpoint });
    const lease = await client.lease.grant(6, { keepAlive: true });
    await renewals(lease, 1);
    proxy.refuse();
    proxy.resetAll();
    // A renewal is due meanwhile, and there is time for another.
    await delay(2_500);
    await proxy.accept();
    await renewals(lease, 2);
    expect(lease.alive).toBe(true);
    await lease.revoke();
  });

  it('is lost when the network is away for longer than its TTL, and the error says why', async () => {
    await using server = await etcd.start();
    await using proxy = await startProxy({ target: server.endpoint });
    await using client = new EtcdClient({ endpoints: proxy.endpoint });
    const lease = await client.lease.grant(3, { keepAlive: true });
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

describeEtcd('a lease of a process whose event loop was blocked', (etcd) => {
  it('is lost in the first turn after the block, although an answer waits to be read', async () => {
    await using server = await etcd.start();
    await using client = new EtcdClient({ endpoints: server.endpoint });
    const lease = await client.lease.grant(4, { keepAlive: true });
    const heard: string[] = [];
    lease.on('renewed', () => heard.push(`renewed while ${lease.alive ? 'alive' : 'not alive'}`));
    lease.on('lost', ({ reason }) => heard.push(`lost: ${reason}, ${lease.signal.aborted}`));
    await renewals(lease, 1);
    heard.length = 0;
    // The next renewal is sent while the server hangs, and is answered while this process does.
    await server.pause();
    await delay(2_000);
    await server.resume();
    block(2_500);
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

describeEtcd('a lease call whose reply is lost', (etcd) => {
  it('still grants one lease', async () => {
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

  it('reports an unknown outcome for an id chosen by the caller', async () => {
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

  it('still revokes the lease', async () => {
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
