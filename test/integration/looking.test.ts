import { inspect } from 'node:util';
import { expect, it } from 'vitest';
import { Mutex, Session } from '../../src/concurrency/index.js';
import { clientOf } from '../support/client.js';
import { describeEtcd } from '../support/describe-etcd.js';

describeEtcd('what a user logs', (etcd) => {
  it('is short and true on the console, and can be written as JSON', async () => {
    await using client = clientOf(await etcd.server());
    await using session = await Session.create(client, { ttlSeconds: 10 });
    await using lock = await new Mutex(session, 'looked-at').acquire();
    const { lease } = session;
    const { op, compare } = client;
    expect(inspect(lease)).toContain(`id: ${lease.id}n`);
    expect(JSON.parse(JSON.stringify(lease))).toMatchObject({ id: `${lease.id}`, alive: true });
    expect(inspect(lock)).toContain(`key: '${lock.key}'`);
    expect(JSON.stringify(lock.state)).toBe(`{"kind":"held","revision":"${lock.fencingToken}"}`);
    expect(inspect(client)).toBe(`EtcdClient { endpoints: [ '${client.endpoints[0]}' ] }`);
    expect(inspect(client.prefix('users/').limit(7))).toMatch(/users\/.*limit: 7/s);
    const txn = client.txn().if(compare('a').missing()).then(op.put('a', 'third'));
    expect(inspect(txn, { depth: 9 })).toMatch(/Txn.*Compare.*Op.*third/s);
    for (const result of [
      await client.cluster.members(),
      await client.maintenance.status(),
      await client.maintenance.hashKv(client.endpoints[0]!),
    ]) {
      expect(JSON.stringify(result)).toMatch(/"(?:id|leader|compactRevision)":"-?\d+"/);
    }
  });
});
