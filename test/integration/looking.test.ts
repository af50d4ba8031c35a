import assert from 'node:assert/strict';
import { inspect, isDeepStrictEqual } from 'node:util';
import { expect, it } from 'vitest';
import { Election, Mutex, Session } from '../../src/concurrency/index.js';
import { ServiceRegistry } from '../../src/discovery/index.js';
import { clientOf } from '../support/client.js';
import { describeEtcd } from '../support/describe-etcd.js';

/** More than this is no line of a log. */
const MOST_CHARACTERS = 300;

/** A value that is written or compared, and that no log may show. */
const SECRET = 'between-us';

describeEtcd('objects in a log', (etcd) => {
  it('show what each handle is in one line, with all numbers as JSON', async () => {
    await using client = clientOf(await etcd.server(), { namespace: 'app/' });
    await using session = await Session.create(client, { ttlSeconds: 10 });
    const mutex = new Mutex(session, 'looked-at');
    const election = new Election(session, 'led');
    await using lock = await mutex.acquire();
    await using leadership = await election.campaign(SECRET);
    const registry = new ServiceRegistry(client, 'api');
    await using registration = await registry.register('node', {
      address: '10.0.0.5:80',
      metadata: SECRET,
    });
    await using watcher = client.prefix('seen/').watch();
    // Before it is ready, a watch has no revision, and no log may fail for that.
    expect(inspect(watcher)).toBe("Watcher { prefix: 'app/seen/', state: 'not ready' }");
    await watcher.ready;
    const { lease } = session;
    const { op, compare } = client;

    const shown = new Map<object, string>([
      [client, `EtcdClient { endpoints: [ '${client.endpoints[0]}' ] }`],
      [client.maintenance, `Maintenance { endpoints: [ '${client.endpoints[0]}' ] }`],
      [client.cluster, `Cluster { endpoints: [ '${client.endpoints[0]}' ] }`],
      [client.auth, `Auth { endpoints: [ '${client.endpoints[0]}' ] }`],
      [client.auth.users, `Users { endpoints: [ '${client.endpoints[0]}' ] }`],
      [client.auth.roles, `Roles { endpoints: [ '${client.endpoints[0]}' ] }`],
      [client.lease, 'Leases { handles: 2 }'],
      [client.namespace('n/'), "View { namespace: 'app/n/', codec: 'utf8' }"],
      [client.prefix('u/').limit(7), "Selection { prefix: 'app/u/', limit: 7 }"],
      [client.range('a', 'k'), "Selection { range: [ 'app/a', 'app/k' ] }"],
      [client.prefix('u/').follow(), "Iteration { of: 'follow', prefix: 'app/u/', begun: false }"],
      [op, "Ops { namespace: 'app/', codec: 'utf8' }"],
      [compare, '[Function: compare]'],
      [compare('a'), "CompareTarget { key: 'app/a' }"],
      [compare('a').exists(), "Compare { key: 'app/a', createRevision: '> 0' }"],
      [client.rpc.watch, "Rpc.watch { methods: [ 'watch' ] }"],
      [lease, `Lease { id: ${lease.id}n, ttlSeconds: 10, alive: true }`],
      [session, `Session { leaseId: ${lease.id}n, ttlSeconds: 10, ended: false }`],
      [mutex, `Mutex { name: 'looked-at', leaseId: ${lease.id}n }`],
      [election, `Election { name: 'led', leaseId: ${lease.id}n }`],
      [lock, `Lock { key: '${lock.key}', fencingToken: ${lock.fencingToken}n, state: 'held' }`],
      [registry, "ServiceRegistry { target: 'api' }"],
      [
        registry.watch(),
        "Iteration { of: 'watch', entries: Selection { prefix: 'app/api/' }, begun: false }",
      ],
      [
        watcher,
        `Watcher { prefix: 'app/seen/', state: 'watching', revision: ${watcher.revision}n }`,
      ],
    ]);
    for (const [object, text] of shown) {
      expect(inspect(object, { breakLength: Infinity })).toBe(text);
    }
    for (const object of [...shown.keys(), leadership, registration, lock.ownership()]) {
      expect(inspect(object).length).toBeLessThan(MOST_CHARACTERS);
      expect(`${inspect({ object }, { depth: 9 })}${JSON.stringify(object)}`).not.toContain(SECRET);
      expect(inspect([[[object]]], { colors: true })).not.toContain('{}');
    }
  });

  it('show the sizes of values to put or compare, and never the values', async () => {
    await using client = clientOf(await etcd.server());
    const { op, compare } = client;
    const nested = client.txn().then(op.put('inner', SECRET));
    const txn = client
      .txn()
      .if(compare('a').value('==', SECRET), compare(client.prefix('b/')).version('<', 3))
      .then(op.put('c', SECRET, { lease: 7n }), op.txn(nested))
      .else(op.get(client.prefix('d/').limit(2)), op.delete('e'));
    expect(JSON.parse(JSON.stringify(txn))).toEqual({
      if: [
        { key: 'a', value: '== 10 bytes' },
        { prefix: 'b/', version: '< 3' },
      ],
      // biome-ignore lint/suspicious/noThenProperty: it is JSON.
      then: [
        { op: 'put', key: 'c', value: '10 bytes', lease: '7' },
        {
          op: 'txn',
          if: [],
          // biome-ignore lint/suspicious/noThenProperty: it is JSON.
          then: [{ op: 'put', key: 'inner', value: '10 bytes' }],
          else: [],
        },
      ],
      else: [
        { op: 'get', prefix: 'd/', limit: '2' },
        { op: 'delete', key: 'e' },
      ],
    });
    expect(inspect(txn, { depth: 9 })).toContain("Op { op: 'put', key: 'c', value: '10 bytes'");
    expect(inspect(txn, { depth: 9, showHidden: true })).not.toContain(SECRET);
  });

  it('can all be written as JSON', async () => {
    await using client = clientOf(await etcd.server());
    const endpoint = client.endpoints[0] as string;
    await using lease = await client.lease.grant(60);
    const id = lease.id.toString();
    await client.put('k', 'v', { lease });
    const json = async (result: Promise<unknown>): Promise<unknown> =>
      JSON.parse(JSON.stringify(await result));

    expect(await json(client.lease.list())).toContain(id);
    expect(await json(lease.timeToLive({ keys: true }))).toMatchObject({ keys: ['k'] });
    expect(await json(client.prefix('k').toMap())).toEqual({ k: 'v' });
    const raw = client.rpc.kv.range({ key: Uint8Array.of(0x6b) });
    expect(await json(raw)).toMatchObject({ kvs: [{ key: '6b', value: '76', lease: id }] });
    for (const result of [
      client.put('k', 'w', { prevKv: true, lease }),
      client.update('k', () => 'x'),
      client.txn().then(client.op.get('k'), client.op.put('l', 'y')).commit(),
      client.delete('k', { prevKv: true }),
      client.prefix('l').all(),
      client.maintenance.status(),
      client.maintenance.hash(endpoint),
      client.maintenance.hashKv(endpoint),
    ]) {
      expect(await json(result)).toMatchObject({
        header: { revision: expect.stringMatching(/^\d+$/) },
      });
    }
    expect(await json(client.cluster.members())).toMatchObject([{ id: expect.any(String) }]);
    expect(await json(client.maintenance.alarms())).toEqual([]);
    expect(await json(client.health())).toMatchObject([{ endpoint, healthy: true }]);
  });

  it('copy and compare the fields of a lease', async () => {
    await using client = clientOf(await etcd.server());
    await using lease = await client.lease.grant(600);
    await client.put('a', 'v', { lease });
    const one = await lease.timeToLive({ keys: true });
    await client.put('b', 'v', { lease });
    const two = await lease.timeToLive({ keys: true });
    assert.deepEqual({ ...one }.keys, ['a']);
    // A server lists the keys of a lease in any order.
    assert.deepEqual([...(structuredClone(two).keys ?? [])].sort(), ['a', 'b']);
    assert.ok(!isDeepStrictEqual(one.keys, two.keys));
    assert.ok(!isDeepStrictEqual({ ...one, remainingSeconds: 1 }, { ...two, remainingSeconds: 1 }));
  });

  it('copy and compare the permissions of a role', async () => {
    await using client = clientOf(await etcd.server());
    const { roles } = client.auth;
    await roles.add('copied');
    await roles.grantPermission('copied', 'read', client.prefix('a/'));
    await roles.grantPermission('copied', 'read', client.range('b', 'x'));
    const role = await roles.get('copied');
    assert.deepEqual(structuredClone(role).permissions, [
      { permission: 'read', scope: 'prefix', key: 'a/', end: undefined },
      { permission: 'read', scope: 'range', key: 'b', end: 'x' },
    ]);
    const [first, second] = role.permissions;
    assert.ok(!isDeepStrictEqual(first, second));
    assert.deepEqual(role, await roles.get('copied'));
    expect(inspect(first)).toBe("KeyPermission { permission: 'read', scope: 'prefix', key: 'a/' }");
    // The bytes are still there for those who revoke it.
    for (const permission of role.permissions) await roles.revokePermission('copied', permission);
    await roles.delete('copied');
  });
});
