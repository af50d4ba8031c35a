import { expect, it } from 'vitest';
import type { EtcdClient } from '../../src/index.js';
import { jwtFlags, simpleTokenFlags } from '../support/auth.js';
import { clientOf, failureOf } from '../support/client.js';
import { describeEtcd } from '../support/describe-etcd.js';

const ROOT = { username: 'root', password: 'root-secret' };

/** Makes the user without whom authentication cannot be switched on. */
async function addRoot(etcd: EtcdClient): Promise<void> {
  await etcd.auth.users.add(ROOT.username, ROOT.password);
  await etcd.auth.roles.add('root').catch(() => undefined);
  await etcd.auth.users.grantRole('root', 'root');
}

describeEtcd(
  'users, roles and permissions',
  (etcd) => {
    it('work from start to end: enabled, granted, used, revoked, disabled', async () => {
      await using server = await etcd.start();
      await using open = clientOf(server);
      expect((await failureOf(open.auth.enable())).code).toBe('ROOT_USER_MISSING');
      await addRoot(open);
      await open.auth.enable();
      expect((await failureOf(open.get('app/x'))).code).toBe('USER_NAME_EMPTY');

      await using root = clientOf(server, { auth: ROOT });
      const { users, roles } = root.auth;
      await roles.add('app');
      await roles.grantPermission('app', 'readwrite', root.prefix('app/'));
      await roles.grantPermission('app', 'read', 'single');
      await roles.grantPermission('app', 'write', root.range('a1', 'a5'));
      await users.add('alice', 'secret');
      await users.grantRole('alice', 'app');
      expect(await users.get('alice')).toEqual({ name: 'alice', roles: ['app'] });
      expect([...(await users.list())].sort()).toEqual(['alice', 'root']);
      expect([...(await roles.list())].sort()).toEqual(['app', 'root']);

      await using alice = clientOf(server, { auth: { username: 'alice', password: 'secret' } });
      await alice.put('app/x', '1');
      expect((await alice.get('app/x'))?.value).toBe('1');
      expect((await failureOf(alice.put('other', '1'))).code).toBe('PERMISSION_DENIED');
      expect(await alice.get('single')).toBeUndefined();
      expect((await failureOf(alice.put('single', '1'))).code).toBe('PERMISSION_DENIED');
      await alice.put('a4', '1');
      expect((await failureOf(alice.get('a4'))).code).toBe('PERMISSION_DENIED');
      expect((await failureOf(alice.put('a5', '1'))).code).toBe('PERMISSION_DENIED');
      // What only root may do.
      expect((await failureOf(alice.auth.users.list())).code).toBe('PERMISSION_DENIED');

      await users.changePassword('alice', 'another');
      await using late = clientOf(server, { auth: { username: 'alice', password: 'another' } });
      expect((await late.get('app/x'))?.value).toBe('1');
      await using wrong = clientOf(server, { auth: { username: 'alice', password: 'secret' } });
      expect((await failureOf(wrong.get('app/x'))).code).toBe('AUTHENTICATION_FAILED');

      await roles.revokePermission('app', root.prefix('app/'));
      expect((await failureOf(late.get('app/x'))).code).toBe('PERMISSION_DENIED');
      await users.revokeRole('alice', 'app');
      expect(await users.get('alice')).toEqual({ name: 'alice', roles: [] });
      await users.delete('alice');
      expect((await failureOf(users.get('alice'))).code).toBe('USER_NOT_FOUND');
      await roles.delete('app');
      expect((await failureOf(roles.get('app'))).code).toBe('ROLE_NOT_FOUND');

      await root.auth.disable();
      expect((await open.get('app/x'))?.value).toBe('1');
    });

    it('list what they were granted, and accept a listed permission to revoke it', async () => {
      await using server = await etcd.start();
      await using client = clientOf(server, { namespace: 'ns/' });
      const { roles } = client.auth;
      await roles.add('reader');
      await roles.grantPermission('reader', 'read', 'key');
      await roles.grantPermission('reader', 'write', client.prefix('p/'));
      await roles.grantPermission('reader', 'readwrite', client.namespace('in/').range('a', 'c'));
      await roles.grantPermission('reader', 'read', client.all());
      await roles.grantPermission('reader', 'read', new Uint8Array([0xff]));

      const { name, permissions } = await roles.get('reader');
      expect(name).toBe('reader');
      expect(JSON.parse(JSON.stringify(permissions))).toEqual(
        expect.arrayContaining([
          { permission: 'read', scope: 'key', key: 'ns/key' },
          { permission: 'write', scope: 'prefix', key: 'ns/p/' },
          { permission: 'readwrite', scope: 'range', key: 'ns/in/a', end: 'ns/in/c' },
          { permission: 'read', scope: 'prefix', key: 'ns/' },
          { permission: 'read', scope: 'key', key: '0x6e732fff' },
        ]),
      );
      expect(permissions).toHaveLength(5);
      // The server's own tool reads the same.
      expect(await server.ctl('role', 'get', 'reader')).toContain('[ns/in/a, ns/in/c)');

      for (const permission of permissions) await roles.revokePermission('reader', permission);
      expect((await roles.get('reader')).permissions).toEqual([]);
      const gone = await failureOf(roles.revokePermission('reader', 'key'));
      expect(gone.code).toBe('PERMISSION_NOT_GRANTED');
    });

    it('grant all keys, and all keys from a key on', async () => {
      await using server = await etcd.start();
      await using client = clientOf(server);
      const { roles } = client.auth;
      await roles.add('all');
      await roles.grantPermission('all', 'read', client.all());
      await roles.grantPermission('all', 'write', client.fromKey('m'));
      const { permissions } = await roles.get('all');
      expect(permissions.map(({ scope, key, end }) => ({ scope, key, end }))).toEqual([
        { scope: 'all', key: '', end: undefined },
        { scope: 'fromKey', key: 'm', end: undefined },
      ]);
      for (const permission of permissions) await roles.revokePermission('all', permission);
      expect((await roles.get('all')).permissions).toEqual([]);
    });

    it('are refused with codes of their own', async () => {
      await using client = clientOf(await etcd.server());
      const { users, roles } = client.auth;
      await users.add('bob', 'secret');
      await roles.add('role');
      expect((await failureOf(users.add('bob', 'again'))).code).toBe('USER_EXISTS');
      expect((await failureOf(roles.add('role'))).code).toBe('ROLE_EXISTS');
      expect((await failureOf(users.grantRole('bob', 'none'))).code).toBe('ROLE_NOT_FOUND');
      expect((await failureOf(users.grantRole('nobody', 'role'))).code).toBe('USER_NOT_FOUND');
      expect((await failureOf(users.revokeRole('bob', 'role'))).code).toBe('ROLE_NOT_GRANTED');
      expect((await failureOf(roles.grantPermission('none', 'read', 'k'))).code).toBe(
        'ROLE_NOT_FOUND',
      );
    });

    it('report whether authentication is enabled, from etcd 3.5', async () => {
      await using client = clientOf(await etcd.server());
      if (etcd.series === '3.4') {
        expect(await failureOf(client.auth.status())).toMatchObject({
          code: 'UNIMPLEMENTED',
          outcome: 'not-applied',
          retryable: false,
        });
        return;
      }
      const before = await client.auth.status();
      expect(before.enabled).toBe(false);
      await client.auth.roles.add('counted');
      const after = await client.auth.status();
      expect(after.revision).toBe(before.revision + 1n);
    });
  },
  { flags: simpleTokenFlags() },
);

describeEtcd('an expired login', (etcd) => {
  it('is renewed after a change of roles', async () => {
    await using server = await etcd.start({ flags: await jwtFlags() });
    await using open = clientOf(server);
    await addRoot(open);
    await open.auth.enable();
    await using root = clientOf(server, { auth: ROOT });
    await root.auth.roles.add('one');
    // Each change makes the tokens of before old, the one it was made with too.
    await root.auth.roles.add('two');
    expect([...(await root.auth.roles.list())].sort()).toEqual(['one', 'root', 'two']);
  });

  it('is renewed for a snapshot, before its first byte', async () => {
    await using server = await etcd.start({ flags: simpleTokenFlags() });
    await using open = clientOf(server);
    await addRoot(open);
    await open.auth.enable();
    await using root = clientOf(server, { auth: ROOT });
    await root.put('k', 'v');
    // A server forgets the tokens it gave when authentication is switched off.
    await using other = clientOf(server, { auth: ROOT });
    await other.auth.disable();
    await open.auth.enable();
    let bytes = 0;
    for await (const chunk of root.maintenance.snapshot()) bytes += chunk.length;
    expect(bytes).toBeGreaterThan(0);
  });
});

describeEtcd('a user without a password', (etcd) => {
  it('is known by the name in its certificate', async () => {
    await using server = await etcd.start({ tls: 'mutual', flags: simpleTokenFlags() });
    const { authority, client } = server.certificates ?? {};
    const tls = { ca: authority?.cert, cert: client?.cert, key: client?.key };
    await using open = clientOf(server, { tls });
    await addRoot(open);
    // The common name of the certificate is `client`.
    await open.auth.users.addWithoutPassword('client');
    await open.auth.roles.add('own');
    await open.auth.roles.grantPermission('own', 'readwrite', open.prefix('own/'));
    await open.auth.users.grantRole('client', 'own');
    await open.auth.enable();

    await open.put('own/k', 'v');
    expect((await open.get('own/k'))?.value).toBe('v');
    expect((await failureOf(open.put('other', 'v'))).code).toBe('PERMISSION_DENIED');

    await using guessed = clientOf(server, {
      tls,
      auth: { username: 'client', password: 'guess' },
    });
    expect((await failureOf(guessed.get('own/k'))).code).toBe('AUTHENTICATION_FAILED');

    await using root = clientOf(server, { tls, auth: ROOT });
    await root.auth.disable();
    await open.put('other', 'v');
  });
});
