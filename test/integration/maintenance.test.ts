import { expect, it } from 'vitest';
import { EtcdClient } from '../../src/index.js';
import { clientOf, failureOf } from '../support/client.js';
import { describeEtcd, describeEveryEtcd } from '../support/describe-etcd.js';
import { atLeast } from '../support/versions.js';
import { until } from '../support/wait.js';

/** Bytes at which the server of a test refuses writes, and a value of which a few are more. */
const QUOTA_BYTES = 2 * 1024 * 1024;
const BIG_VALUE = 'x'.repeat(256 * 1024);

describeEveryEtcd('the maintenance of a member', (etcd) => {
  it('reports its status in numbers', async () => {
    const server = await etcd.server();
    await using client = clientOf(server);
    const status = await client.maintenance.status(server.endpoint);
    expect(status).toMatchObject({ version: etcd.version, isLearner: false, errors: [] });
    expect(status.leader).toBe(status.header.memberId);
    expect(status.dbSize).toBeGreaterThanOrEqual(status.dbSizeInUse);
    expect(status.dbSizeInUse).toBeGreaterThan(0);
    expect(status.raftIndex).toBeGreaterThan(0n);
    expect(status.raftAppliedIndex).toBeGreaterThan(0n);
    expect(status.raftTerm).toBe(status.header.raftTerm);
    if (atLeast(etcd.version, '3.6')) {
      expect(status.dbSizeQuota).toBeGreaterThan(status.dbSize);
      // It is behind for a moment after a start.
      const { storageVersion } = await until(async () => {
        const now = await client.maintenance.status();
        return now.storageVersion !== undefined && now;
      });
      expect(storageVersion).toMatch(/^3\.\d+\.0$/);
    } else {
      // What etcd 3.6 brought is not made up for older ones.
      expect(status).toMatchObject({ dbSizeQuota: undefined, storageVersion: undefined });
    }
    expect((await client.maintenance.status()).version).toBe(etcd.version);
    expect(JSON.parse(JSON.stringify(status.header)).memberId).toBe(String(status.leader));
  });

  it('reports no quota when the quota is switched off', async () => {
    await using server = await etcd.start({ flags: ['--quota-backend-bytes', '-1'] });
    await using client = clientOf(server);
    expect(await client.maintenance.status()).toMatchObject({ dbSizeQuota: undefined });
  });

  it('raises an alarm when it is full, and writes again when the alarm is disarmed', async () => {
    await using server = await etcd.start({ flags: ['--quota-backend-bytes', `${QUOTA_BYTES}`] });
    await using client = clientOf(server);
    expect(await client.maintenance.alarms()).toEqual([]);
    const fill = async (): Promise<void> => {
      for (let n = 0; ; n++) await client.put(`big/${n}`, BIG_VALUE);
    };
    expect(await failureOf(fill())).toMatchObject({ code: 'NO_SPACE', outcome: 'unknown' });
    const raised = await until(async () => {
      const alarms = await client.maintenance.alarms();
      return alarms.length > 0 && alarms;
    });
    const { header } = await client.maintenance.status();
    expect(raised).toEqual([{ memberId: header.memberId, alarm: 'NOSPACE' }]);
    expect((await failureOf(client.put('small', 'x'))).code).toBe('NO_SPACE');
    const [sick] = await client.health();
    expect(sick).toMatchObject({ healthy: false, error: { code: 'NO_SPACE' } });
    // The etcdctl of 3.4 looks at the read alone.
    const theirs = await server.etcdctl('endpoint', 'health');
    expect(theirs.code === 0).toBe(etcd.series === '3.4');

    const { header: last } = await client.prefix('big/').delete();
    await client.compact(last.revision, { physical: true });
    await client.maintenance.defragment(server.endpoint);
    expect(await client.maintenance.disarm()).toEqual(raised);
    expect(await client.maintenance.alarms()).toEqual([]);
    expect(await client.maintenance.disarm()).toEqual([]);
    await client.put('small', 'x');
    expect((await client.health()).map(({ healthy }) => healthy)).toEqual([true]);
  });

  it('disarms one alarm of one member', async () => {
    await using server = await etcd.start();
    await using client = clientOf(server);
    const { memberId } = (await client.maintenance.status()).header;
    for (const alarm of ['NOSPACE', 'CORRUPT'] as const) {
      await client.rpc.maintenance.alarm({ action: 'ACTIVATE', memberId, alarm });
    }
    const other = memberId ^ 1n;
    await client.maintenance.disarm(other, 'NOSPACE').catch(() => undefined);
    expect(await client.maintenance.alarms()).toHaveLength(2);
    await client.maintenance.disarm(memberId, 'NOSPACE');
    expect(await client.maintenance.alarms()).toEqual([{ memberId, alarm: 'CORRUPT' }]);
    // One that was raised by hand, for no member.
    const ofNobody = { memberId: 0n, alarm: 'NOSPACE' } as const;
    await client.rpc.maintenance.alarm({ action: 'ACTIVATE', ...ofNobody });
    const disarmed = await client.maintenance.disarm();
    expect(disarmed).toHaveLength(2);
    expect(disarmed).toEqual(expect.arrayContaining([{ memberId, alarm: 'CORRUPT' }, ofNobody]));
    expect(await client.maintenance.alarms()).toEqual([]);
  });

  it('frees unused space', async () => {
    await using server = await etcd.start();
    await using client = clientOf(server);
    for (let n = 0; n < 8; n++) await client.put('big', BIG_VALUE);
    const { header } = await client.delete('big');
    await client.compact(header.revision, { physical: true });
    const before = await client.maintenance.status(server.endpoint);
    await client.maintenance.defragment(server.endpoint);
    const after = await client.maintenance.status(server.endpoint);
    expect(after.dbSize).toBeLessThan(before.dbSize);
  });

  it('hashes its database', async () => {
    const server = await etcd.server();
    await using client = clientOf(server);
    const { header } = await client.put('hashed', '1');
    const { hash } = await client.maintenance.hash(server.endpoint);
    expect(Number.isInteger(hash)).toBe(true);
    const first = await client.maintenance.hashKv(server.endpoint, { revision: header.revision });
    await client.put('hashed', '2');
    const again = await client.maintenance.hashKv(server.endpoint, { revision: header.revision });
    expect(again.hash).toBe(first.hash);
    expect((await client.maintenance.hashKv(server.endpoint)).hash).not.toBe(first.hash);
    const future = client.maintenance.hashKv(server.endpoint, { revision: 1_000_000n });
    expect((await failureOf(future)).code).toBe('FUTURE_REVISION');
  });

  it('validates a downgrade if its version can, and refuses impossible ones', async () => {
    await using server = await etcd.start();
    await using client = clientOf(server);
    const { maintenance } = client;
    if (etcd.series === '3.4') {
      const error = await failureOf(maintenance.downgrade('validate', '3.3.0'));
      expect(error).toMatchObject({ code: 'UNIMPLEMENTED', outcome: 'not-applied' });
      return;
    }
    // A new server knows the version of its cluster only after a moment.
    const minor = Number(etcd.version.split('.')[1]);
    const { version } = await until(() => maintenance.downgrade('validate', `3.${minor - 1}.0`));
    expect(version.split('.').slice(0, 2)).toEqual(['3', `${minor}`]);
    const refusals = [
      await failureOf(maintenance.downgrade('validate', '3.3.0')),
      await failureOf(maintenance.downgrade('enable', 'new')),
    ];
    for (const error of refusals) {
      expect(error).toMatchObject({ code: 'INVALID_DOWNGRADE_VERSION', outcome: 'not-applied' });
    }
    const cancelled = maintenance.downgrade('cancel');
    // From 3.6 on, cancelling none is no error.
    if (atLeast(etcd.version, '3.6')) expect((await cancelled).version).toMatch(/^3\./);
    else expect(await failureOf(cancelled)).toMatchObject({ code: 'NO_DOWNGRADE_IN_PROGRESS' });
  });
});

describeEtcd('the maintenance of a cluster', (etcd) => {
  it('asks each member alone, and finds them equal', async () => {
    await using cluster = await etcd.cluster();
    await using client = new EtcdClient({ endpoints: cluster.endpoints });
    const { maintenance, endpoints } = client;
    const { header } = await client.put('k', 'v');
    const ids = await Promise.all(
      endpoints.map(async (endpoint) => (await maintenance.status(endpoint)).header.memberId),
    );
    const members = await client.cluster.members();
    expect(new Set(ids)).toEqual(new Set(members.map(({ id }) => id)));

    for (const endpoint of endpoints) {
      await until(
        async () => (await maintenance.status(endpoint)).header.revision >= header.revision,
      );
      await maintenance.defragment(endpoint);
    }
    for (const server of cluster.members) {
      const labels = { grpc_method: 'Defragment' };
      expect(await server.metric('grpc_server_handled_total', labels)).toBe(1);
    }
    const hashes = await Promise.all(
      endpoints.map((endpoint) => maintenance.hashKv(endpoint, { revision: header.revision })),
    );
    expect(new Set(hashes.map(({ hash }) => hash)).size).toBe(1);
    expect(hashes.map(({ compactRevision }) => compactRevision)).toEqual(
      endpoints.map(() => hashes[0]?.compactRevision),
    );
  });

  it('fails in time when its member is away, and asks no other', async () => {
    await using cluster = await etcd.cluster();
    await using client = new EtcdClient({ endpoints: cluster.endpoints, timeoutMs: 1_000 });
    const [down] = await cluster.followers();
    if (down === undefined) throw new Error('a cluster of three has followers');
    await down.kill();
    const { maintenance } = client;
    const errors = await Promise.all([
      failureOf(maintenance.status(down.endpoint)),
      failureOf(maintenance.hashKv(down.endpoint)),
    ]);
    for (const error of errors) {
      expect(error).toMatchObject({ code: 'UNAVAILABLE', endpoint: down.endpoint });
    }
  });
});
