import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { PermissionDeniedError } from '../../src/index.js';
import { capabilitiesOf } from '../../src/transport/connection/capabilities.js';
import { enableAuth, jwtFlags, simpleTokenFlags } from '../support/auth.js';
import { clientOf, failureOf } from '../support/client.js';
import { describeEtcdConcurrently } from '../support/describe-etcd.js';
import { startProxy } from '../support/fault-proxy.js';
import { until } from '../support/wait.js';
import { Collected } from '../support/watching.js';

/** A simple token of one second lives that long after its last use, and the server looks once a second. */
const tokenExpired = (): Promise<void> => delay(2_500);

const ALICE = { username: 'alice', password: 'secret' };

describeEtcdConcurrently('a watch with authentication', (etcd) => {
  it('ends without its siblings when it may not read its keys', async () => {
    await using server = await etcd.start({ flags: simpleTokenFlags() });
    const admin = await enableAuth(server);
    await admin.addUser('alice', {
      password: 'secret',
      permissions: [['--prefix', 'readwrite', 'mine/']],
    });
    await using client = clientOf(server, { auth: ALICE });
    await using mine = client.prefix('mine/').watch();
    let broken = 0;
    mine.on('disconnected', () => {
      broken += 1;
    });
    const collected = new Collected(mine);
    await mine.ready;
    const theirs = client.prefix('theirs/').watch();
    expect(await failureOf(theirs.ready)).toBeInstanceOf(PermissionDeniedError);
    expect(await new Collected(theirs).ended).toMatchObject({ code: 'PERMISSION_DENIED' });
    await client.put('mine/a', '1');
    await collected.untilCount(1);
    expect(broken).toBe(0);
  });

  it('receives progress, though its stream opened before users could read the version', async () => {
    await using server = await etcd.start({ flags: simpleTokenFlags() });
    const admin = await enableAuth(server);
    await admin.addUser('alice', ALICE);
    await using client = clientOf(server, { auth: ALICE });
    await using watcher = client.prefix('k').watch();
    await watcher.ready;
    await admin.ctl('put', 'elsewhere', 'x');
    const { header } = await client.prefix('k').all();
    if (capabilitiesOf(etcd.version).trustedProgress) {
      // The version may be asked for again behind the login that the watch has made.
      const told = await until(() => watcher.requestProgress().catch(() => undefined));
      expect(told).toBe(header.revision);
    } else {
      expect(await failureOf(watcher.requestProgress())).toMatchObject({ code: 'UNSUPPORTED' });
    }
  });

  it('goes on with a new token when the old one has expired before a cut', async () => {
    await using server = await etcd.start({ flags: simpleTokenFlags({ ttlSeconds: 1 }) });
    const admin = await enableAuth(server);
    await admin.addUser('alice', ALICE);
    await using proxy = await startProxy({ target: server.endpoint });
    await using client = clientOf(proxy, { auth: ALICE });
    await using watcher = client.prefix('k').watch();
    const collected = new Collected(watcher);
    await watcher.ready;
    for (let round = 0; round < 3; round++) {
      await admin.ctl('put', `k${round}`, 'before');
      await tokenExpired();
      proxy.resetAll();
      await admin.ctl('put', `k${round}`, 'after');
    }
    await collected.untilCount(6);
    expect(collected.changes).toEqual(['k0', 'k0', 'k1', 'k1', 'k2', 'k2']);
  }, 60_000);

  it('starts with a new token when the open stream has an expired one', async () => {
    await using server = await etcd.start({ flags: simpleTokenFlags({ ttlSeconds: 1 }) });
    const admin = await enableAuth(server);
    await admin.addUser('alice', ALICE);
    await using client = clientOf(server, { auth: ALICE });
    await using first = client.watch('k1');
    const collected = [new Collected(first)];
    await first.ready;
    await tokenExpired();
    const more = [client.watch('k2'), client.watch('k3')];
    collected.push(...more.map((watcher) => new Collected(watcher)));
    await Promise.all(more.map(({ ready }) => ready));
    for (const key of ['k1', 'k2', 'k3']) await client.put(key, 'x');
    await Promise.all(collected.map((one) => one.untilCount(1)));
    expect(collected.map(({ changes }) => changes)).toEqual([['k1'], ['k2'], ['k3']]);
    for (const watcher of more) await watcher.cancel();
  });

  it('survives a change of users and roles that makes every token invalid', async () => {
    await using server = await etcd.start({ flags: await jwtFlags() });
    const admin = await enableAuth(server);
    await admin.addUser('alice', ALICE);
    await using proxy = await startProxy({ target: server.endpoint });
    await using client = clientOf(proxy, { auth: ALICE });
    await using watcher = client.prefix('k').watch();
    const collected = new Collected(watcher);
    await watcher.ready;
    for (let round = 0; round < 3; round++) {
      await admin.bumpRevision();
      proxy.resetAll();
      await admin.ctl('put', `k${round}`, 'x');
    }
    await collected.untilCount(3);
    expect(collected.changes).toEqual(['k0', 'k1', 'k2']);
  });

  it('ends when its right to the keys was revoked while it was disconnected', async () => {
    await using server = await etcd.start({ flags: simpleTokenFlags() });
    const admin = await enableAuth(server);
    await admin.addUser('alice', ALICE);
    await using proxy = await startProxy({ target: server.endpoint });
    await using client = clientOf(proxy, { auth: ALICE });
    await using watcher = client.watch('k');
    const collected = new Collected(watcher);
    await watcher.ready;
    proxy.refuse();
    proxy.resetAll();
    await admin.ctl('role', 'revoke-permission', '--prefix', 'alice', '');
    await proxy.accept();
    expect(await collected.ended).toMatchObject({ code: 'PERMISSION_DENIED' });
  });

  it('fails with a wrong password, a refused token, or none', async () => {
    await using server = await etcd.start({ flags: simpleTokenFlags() });
    const admin = await enableAuth(server);
    await admin.addUser('alice', ALICE);
    const clients = [
      clientOf(server, { auth: { ...ALICE, password: 'wrong' } }),
      clientOf(server, { auth: { token: 'made-up.1' } }),
      clientOf(server),
    ];
    const codes = [];
    for (const client of clients) {
      const error = await failureOf(client.watch('k').ready);
      codes.push(error.code);
      await client.close();
    }
    expect(codes[0]).toBe('AUTHENTICATION_FAILED');
    expect(codes[1]).toBe('AUTHENTICATION_FAILED');
    expect(['USER_NAME_EMPTY', 'INVALID_AUTH_TOKEN', 'PERMISSION_DENIED']).toContain(codes[2]);
    await until(async () => (await server.metric('etcd_debugging_mvcc_watcher_total')) === 0);
  });
});
