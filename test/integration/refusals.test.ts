import { expect, it } from 'vitest';
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

async function drained(messages: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of messages);
}
