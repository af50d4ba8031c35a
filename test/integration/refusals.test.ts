import { expect, it } from 'vitest';
import { Session } from '../../src/concurrency/index.js';
import { ServiceRegistry } from '../../src/discovery/index.js';
import type { EtcdClient } from '../../src/index.js';
import { enableAuth, simpleTokenFlags } from '../support/auth.js';
import { clientOf, failureOf } from '../support/client.js';
import { describeEtcd } from '../support/describe-etcd.js';

/** More than a server takes by default, less than what gRPC refuses before it. */
const TOO_LARGE = 'x'.repeat(1_700_000);

describeEtcd('a refusal of a server', (etcd) => {
  it('names the key and the lease that is gone', async () => {
    await using client = clientOf(await etcd.server());
    const error = await failureOf(client.put('config/a', 'x', { lease: 12345n }));
    expect(error).toMatchObject({ code: 'LEASE_NOT_FOUND', outcome: 'not-applied' });
    expect(error.message).toContain('lease 3039 (12345n) for the key "config/a"');
    const txn = client.txn().then(client.op.put('config/b', 'x', { lease: 12345n }));
    expect((await failureOf(txn.commit())).message).toContain(
      'lease 3039 (12345n) for the key "config/b"',
    );
  });

  it('names the key of a value that is too large, and the limit', async () => {
    await using client = clientOf(await etcd.server());
    const error = await failureOf(client.namespace('app/').put('big', TOO_LARGE));
    expect(error).toMatchObject({ code: 'REQUEST_TOO_LARGE', outcome: 'not-applied' });
    expect(error.message).toMatch(/the request for the key "app\/big" has 17\d{5} bytes/);
    expect(error.message).toContain('--max-request-bytes');
    expect(error.message.length).toBeLessThan(300);
  });

  it('names the user, the right and the key that are not permitted', async () => {
    await using server = await etcd.start({ flags: simpleTokenFlags() });
    const admin = await enableAuth(server);
    await admin.addUser('alice', { password: 'pw', permissions: [['read', 'shared/key']] });
    await using client = clientOf(server, { auth: { username: 'alice', password: 'pw' } });
    expect(await client.get('shared/key')).toBeUndefined();
    const refusals = [
      [() => client.get('secret/key'), 'the user "alice" may not read the key "secret/key"'],
      [() => client.put('shared/key', 'x'), 'the user "alice" may not write the key "shared/key"'],
      [() => client.prefix('a').all(), 'the user "alice" may not read the keys from "a" to "b"'],
      [() => client.delete('secret/key'), 'the user "alice" may not write the key "secret/key"'],
      [
        () => client.create('secret/key', 'x'),
        'the user "alice" may not read or write the key "secret/key"',
      ],
      [
        () => drained(client.prefix('b/').watch()),
        'the user "alice" may not read the keys from "b/" to "b0"',
      ],
      [() => drained(client.watch('b')), 'the user "alice" may not read the key "b"'],
      [
        () => drained(client.maintenance.snapshot()),
        'the user "alice" may not call Maintenance.Snapshot',
      ],
      [() => client.auth.users.list(), 'the user "alice" may not call Auth.UserList'],
    ] as const;
    for (const [call, told] of refusals) {
      const error = await failureOf(call());
      expect(error).toMatchObject({ code: 'PERMISSION_DENIED', outcome: 'not-applied' });
      expect(error.message).toContain(told);
    }
    // Gathered reads are refused one by one.
    const gathered = [1, 2, 3, 4].map((n) => failureOf(client.get(`secret/${n}`)));
    for (const [n, error] of (await Promise.all(gathered)).entries()) {
      expect(error.message).toContain(`may not read the key "secret/${n + 1}"`);
    }
  });
});

describeEtcd('a call that is wrong', (etcd) => {
  it('suggests the right call, and sends nothing', async () => {
    await using client = clientOf(await etcd.server());
    const before = (await client.put('k', 'v')).header.revision;
    await using registration = await new ServiceRegistry(client, 'wrong').register('a', {
      address: 'a:1',
    });
    const prefix = client.prefix('k') as never;
    const NewSession = Session as unknown as new (etcd: EtcdClient) => Session;
    const peer = ['http://admin:hidden@10.0.0.4:2380'];
    const mistakes = [
      [() => client.get(prefix), 'selection.all()'],
      [() => client.delete(prefix), 'selection.delete()'],
      [async () => client.watch(prefix), 'selection.watch()'],
      [async () => new NewSession(client), 'await Session.create(etcd)'],
      [() => registration.update([] as never), 'an object with address, metadata or both'],
      [() => registration.update(new Map() as never), 'an object with address, metadata or both'],
      [() => registration.update({ adress: 'b:1' } as never), 'changes.adress'],
      [() => client.touch('k', { lease: 0n }), 'null to take the key off its lease'],
      [() => client.cluster.add(peer), 'got "http://***@10.0.0.4:2380"'],
      [() => client.cluster.update(1n, peer), 'a URL without a user and a password'],
    ] as const;
    for (const [call, told] of mistakes) {
      const error = await failureOf(call());
      expect(error).toMatchObject({ code: 'INVALID_ARGUMENT', outcome: 'not-sent' });
      expect(error).toBeInstanceOf(TypeError);
      expect(error.message).toContain(told);
      expect(error.message).not.toContain('hidden');
    }
    // The registration is the only write since.
    expect((await client.put('k', 'v')).header.revision).toBe(before + 2n);
  });

  it('is found in a raw transaction that would crash the server', async () => {
    await using client = clientOf(await etcd.server());
    const key = new TextEncoder().encode('k');
    const everything = { key: new Uint8Array(1), rangeEnd: new Uint8Array(1) };
    const put = { requestPut: { key } };
    const branch = [put, { requestDeleteRange: everything }];
    const nested = [put, { requestTxn: { failure: [{ requestDeleteRange: everything }] } }];
    for (const request of [{ success: branch }, { failure: nested }]) {
      const error = await failureOf(client.rpc.kv.txn(request));
      expect(error).toMatchObject({ code: 'DUPLICATE_KEY', outcome: 'not-sent' });
    }
    const wrong = { success: [{ requestPut: { key: 'k' as never } }] };
    expect((await failureOf(client.rpc.kv.txn(wrong))).code).toBe('INVALID_ARGUMENT');
    expect((await client.rpc.kv.txn({ success: [put] })).succeeded).toBe(true);
  });
});

async function drained(messages: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of messages);
}
