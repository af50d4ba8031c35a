import { expect, it } from 'vitest';
import type { EtcdClient, EtcdError } from '../../src/index.js';
import { clientOf, failureOf } from '../support/client.js';
import { describeEtcd } from '../support/describe-etcd.js';
import { startProxy } from '../support/fault-proxy.js';

/** Watches with streams of their own. */
function isolatedWatches(client: EtcdClient, count: number) {
  return Array.from({ length: count }, (_, i) => client.watch(`w${i}`, { isolated: true }));
}

describeEtcd('a limit of streams on a connection', (etcd) => {
  it.each([1, 2, 10])('of %i delays neither watches nor short calls', async (limit) => {
    await using server = await etcd.start({ flags: ['--max-concurrent-streams', String(limit)] });
    await using client = clientOf(server);
    const watchers = isolatedWatches(client, 12);
    await client.put('beside', 'v');
    await Promise.all(watchers.map(({ ready }) => ready));
    await Promise.all(Array.from({ length: 40 }, (_, i) => client.put(`w${i}`, 'v')));
    await Promise.all(Array.from({ length: 40 }, (_, i) => client.get(`w${i}`)));
    await using lease = await client.lease.grant(30);
    expect(await lease.keepAliveOnce()).toBeGreaterThan(0);
    await client.maintenance.status(server.endpoint);
    for (const watcher of watchers) {
      for await (const { key } of watcher) {
        expect(key).toMatch(/^w/);
        break;
      }
    }
  });

  it('opens connections as they are needed, and closes them when they are not', async () => {
    await using server = await etcd.start({ flags: ['--max-concurrent-streams', '10'] });
    await using proxy = await startProxy({ target: server.endpoint });
    await using client = clientOf(proxy);
    await client.put('first', 'v');
    expect(proxy.connections).toBe(1);
    const watchers = isolatedWatches(client, 30);
    await Promise.all(watchers.map(({ ready }) => ready));
    // Two on the first connection, ten on each of three.
    expect(proxy.connections).toBe(4);
    await Promise.all(watchers.map((watcher) => watcher.cancel()));
    await proxy.waitForConnections(1);
    await client.put('last', 'v');
  });

  it('is named by the error of a call that found no free stream, and it was not sent', async () => {
    await using server = await etcd.start({ flags: ['--max-concurrent-streams', '1'] });
    await using proxy = await startProxy({ target: server.endpoint });
    await using client = clientOf(proxy);
    await client.put('first', 'v');
    proxy.freeze();
    const held = failureOf(client.put('held', 'v', { timeoutMs: 2_000 }));
    const error = await failureOf(client.put('waits', 'v', { timeoutMs: 300 }));
    expect(error).toMatchObject({ code: 'TIMEOUT', outcome: 'not-sent', method: 'KV.Put' });
    expect(error.message).toContain('it waited for a free stream');
    expect(error.message).toContain('allows 1 at a time on a connection');
    expect(await held).toMatchObject({ outcome: 'unknown' });
  });
});

describeEtcd('a burst of calls', (etcd) => {
  it('with short timeouts has an unknown outcome only for calls that were given to the connection', async () => {
    await using client = clientOf(await etcd.server());
    await client.put('first', 'v');
    const puts = Array.from({ length: 3_000 }, (_, i) =>
      client.put(`k${i}`, 'v', { timeoutMs: 1 }).then(
        () => 'done',
        (error: EtcdError) => error.outcome,
      ),
    );
    const outcomes = await Promise.all(puts);
    const count = (outcome: string): number => outcomes.filter((one) => one === outcome).length;
    // So many are handed over in the first turn of the event loop; then their time is over.
    expect(count('unknown')).toBeLessThanOrEqual(128);
    expect(count('not-sent')).toBeGreaterThan(0);
    const kept = new Set((await client.prefix('k').keys()).map(String));
    const written = outcomes.filter((outcome, i) => outcome === 'not-sent' && kept.has(`k${i}`));
    expect(written).toEqual([]);
  });
});
