import { afterAll, describe, expect, test } from 'vitest';
import { EtcdClient, InvalidArgumentError } from '../../../src/index.js';
import { failureOf, thrownBy } from '../../support/client.js';

/** Nothing listens there, and nothing is to be sent. */
const client = new EtcdClient({ endpoints: 'http://127.0.0.1:1' });
const { cluster, maintenance, auth } = client;
const { users, roles } = auth;

afterAll(() => client.close());

describe('what is wrong with an argument is said before anything is sent', () => {
  const calls: readonly [argument: string, call: () => Promise<unknown>][] = [
    ['name', () => users.add('', 'secret')],
    ['name', () => users.get(undefined as never)],
    ['name', () => roles.add('half a character: \ud800')],
    ['password', () => users.add('alice', '')],
    ['password', () => users.changePassword('alice', '\ud800')],
    ['role', () => users.grantRole('alice', '')],
    ['options.retries', () => users.list({ retries: 1 } as never)],
    ['permission', () => roles.grantPermission('r', 'all' as never, 'k')],
    ['keys', () => roles.grantPermission('r', 'read', '')],
    ['selection', () => roles.grantPermission('r', 'read', client.prefix('a').limit(1))],
    ['selection', () => roles.revokePermission('r', client.prefix('a').atRevision(1n))],
    ['peerUrls', () => cluster.add([])],
    ['peerUrls', () => cluster.add('10.0.0.1:2380')],
    ['peerUrls', () => cluster.addLearner(['http://a:2380', ''])],
    ['id', () => cluster.promote(0n)],
    ['id', () => cluster.remove(2 ** 53)],
    ['id', () => cluster.remove('8e9e05c52164694d' as never)],
    ['id', () => cluster.update(-1n, 'http://a:2380')],
    ['serializable', () => cluster.members({ serializable: 1 as never })],
    ['endpoint', () => maintenance.status('http://elsewhere:2379')],
    ['endpoint', () => maintenance.status('')],
    ['endpoint', () => maintenance.defragment(undefined as never)],
    ['endpoint', () => maintenance.hash(7 as never)],
    ['revision', () => maintenance.hashKv('http://127.0.0.1:1', { revision: -1n })],
    ['alarm', () => maintenance.disarm(1n, 'NONE' as never)],
    ['alarm', () => maintenance.disarm(1n, undefined as never)],
    ['memberId', () => maintenance.disarm(0n, 'NOSPACE')],
    ['memberId', () => maintenance.disarm(undefined as never, 'NOSPACE')],
    ['memberId', () => maintenance.moveLeader(1.5)],
    ['action', () => maintenance.downgrade('begin' as never, '3.4')],
    ['version', () => maintenance.downgrade('enable', undefined as never)],
    ['path', () => maintenance.snapshotToFile('')],
    ['onProgress', () => maintenance.snapshotToFile('never', { onProgress: 1 as never })],
    ['timeoutMs', () => client.health({ timeoutMs: -1 })],
  ];

  test.each(calls)('%s (%#)', async (argument, call) => {
    const error = await failureOf(call());
    expect(error).toBeInstanceOf(InvalidArgumentError);
    expect(error).toMatchObject({ argument, outcome: 'not-sent' });
  });

  test('a snapshot says so where it is asked for, not where it is read', () => {
    expect(thrownBy(() => maintenance.snapshot({ timeoutMs: Number.NaN }))).toMatchObject({
      argument: 'timeoutMs',
    });
    expect(thrownBy(() => maintenance.snapshot({ endpoint: 1 as never }))).toMatchObject({
      argument: 'endpoint',
    });
  });

  test('a password is never shown', async () => {
    const error = await failureOf(users.add('alice', 12345 as never));
    expect(error.message).not.toContain('12345');
    expect(error.message).toContain('password');
  });
});

describe('the raw stubs', () => {
  const { kv, maintenance: raw, watch } = client.rpc;

  test('reject invalid options, before anything is sent', async () => {
    const calls: readonly [string, () => Promise<unknown>][] = [
      ['options.idempotent', () => kv.put({}, { idempotent: true } as never)],
      ['timeoutMs', () => kv.range({}, { timeoutMs: -1 })],
      ['signal', () => kv.range({}, { signal: {} as never })],
      ['endpoint', () => raw.status({}, { endpoint: 2379 as never })],
      ['endpoint', () => raw.status({}, { endpoint: 'http://elsewhere:2379' })],
      ['RangeRequest.key', () => kv.range({ key: 'a' as never })],
    ];
    for (const [argument, call] of calls) {
      const error = await failureOf(call());
      expect(error).toBeInstanceOf(InvalidArgumentError);
      expect(error).toMatchObject({ argument });
    }
  });

  test('throw where a stream is opened', () => {
    expect(thrownBy(() => raw.snapshot({}, { timeoutMs: -1 }))).toMatchObject({
      argument: 'timeoutMs',
    });
    expect(thrownBy(() => watch.watch({ endpoint: 1 as never }))).toMatchObject({
      argument: 'endpoint',
    });
  });
});
