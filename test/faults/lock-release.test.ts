import { expect, it } from 'vitest';
import { Election, Mutex, Session } from '../../src/concurrency/index.js';
import { EtcdClient, EtcdError } from '../../src/index.js';
import { enableAuth, simpleTokenFlags } from '../support/auth.js';
import { clientOf, failureOf } from '../support/client.js';
import { describeEtcd } from '../support/describe-etcd.js';
import type { EtcdServer } from '../support/etcd.js';
import { startProxy } from '../support/fault-proxy.js';
import { abortOf, LOCK, untilQueued } from '../support/locks.js';

/** A user that may do nothing but read and write below the lock's name. */
const USER = { password: 'pw', permissions: [['--prefix', 'readwrite', `${LOCK}/`]] };

/** A client of that user, and one of root. */
async function userAndRoot(server: EtcdServer) {
  const admin = await enableAuth(server);
  await admin.addUser('user', USER);
  const { password } = USER;
  const client = clientOf(server, { auth: { username: 'user', password } });
  const root = clientOf(server, { auth: { username: 'root', password: admin.rootPassword } });
  return {
    client,
    root,
    async [Symbol.asyncDispose]() {
      await client.close();
      await root.close();
    },
  };
}

describeEtcd('a lock whose connection is cut', (etcd) => {
  it('is released within the time of the caller, and its key is deleted in the background', async () => {
    await using server = await etcd.start();
    await using proxy = await startProxy({ target: server.endpoint });
    await using direct = new EtcdClient({ endpoints: server.endpoint });
    await using client = new EtcdClient({ endpoints: proxy.endpoint });
    await using session = await Session.create(client);
    const lock = await new Mutex(session, LOCK).acquire();
    const leadership = await new Election(session, 'leader').campaign('me');
    proxy.freeze();
    expect(await failureOf(lock.release({ timeoutMs: 100 }))).toMatchObject({
      code: 'TIMEOUT',
      outcome: 'unknown',
    });
    expect(await failureOf(leadership.resign({ signal: AbortSignal.abort() }))).toMatchObject({
      code: 'ABORTED',
    });
    // Both are given back all the same, and a second call waits for the same deletion.
    expect([lock.state.kind, leadership.state.kind]).toEqual(['leaving', 'leaving']);
    expect(lock.signal.reason).toMatchObject({ code: 'RELEASED' });
    const again = [lock.release(), leadership.resign()];
    proxy.thaw();
    await Promise.all(again);
    await untilQueued(direct, 0);
    await untilQueued(direct, 0, 'leader');
  });

  it('returns the result of withLock in its time, and deletes the key in the background', async () => {
    await using server = await etcd.start();
    await using proxy = await startProxy({ target: server.endpoint });
    await using direct = new EtcdClient({ endpoints: server.endpoint });
    await using client = new EtcdClient({ endpoints: proxy.endpoint });
    await using session = await Session.create(client);
    const work = (): string => {
      proxy.freeze();
      return 'done';
    };
    // The proxy thaws later, so a wait for the deletion would end with the session, and its key with it.
    expect(await new Mutex(session, LOCK).withLock(work, { timeoutMs: 10_000 })).toBe('done');
    expect(session.signal.aborted).toBe(false);
    await untilQueued(direct, 1);
    proxy.thaw();
    await untilQueued(direct, 0);
  }, 60_000);
});

describeEtcd('a lock whose release is refused', (etcd) => {
  it('can be released again', async () => {
    await using server = await etcd.start({ flags: simpleTokenFlags() });
    await using clients = await userAndRoot(server);
    const { client, root } = clients;
    await using session = await Session.create(client);
    const lock = await new Mutex(session, LOCK).acquire();
    await root.auth.users.revokeRole('user', 'user');
    expect(await failureOf(lock.release())).toMatchObject({ code: 'PERMISSION_DENIED' });
    expect(lock.state.kind).toBe('leaving');
    await root.auth.users.grantRole('user', 'user');
    await lock.release();
    expect(lock.state.kind).toBe('over');
    await untilQueued(root, 0);
  });

  it('can be tried with rights to its own keys only', async () => {
    await using server = await etcd.start({ flags: simpleTokenFlags() });
    await using clients = await userAndRoot(server);
    const { client, root } = clients;
    await using session = await Session.create(client);
    await using other = await Session.create(root);
    const lock = await new Mutex(session, LOCK).tryAcquire();
    expect(lock).toBeDefined();
    expect(await new Mutex(other, LOCK).tryAcquire()).toBeUndefined();
    await lock?.release();
    await using held = await new Mutex(other, LOCK).acquire();
    expect(await new Mutex(session, LOCK).tryAcquire()).toBeUndefined();
    await untilQueued(root, 1);
    await held.release();
  });
});

describeEtcd('a session whose connection is cut', (etcd) => {
  it('is closed again after a close that failed', async () => {
    await using server = await etcd.start();
    await using proxy = await startProxy({ target: server.endpoint });
    await using direct = new EtcdClient({ endpoints: server.endpoint });
    await using client = new EtcdClient({ endpoints: proxy.endpoint });
    const session = await Session.create(client);
    await new Mutex(session, LOCK).acquire();
    proxy.freeze();
    expect(await failureOf(session.close({ timeoutMs: 200 }))).toBeInstanceOf(EtcdError);
    proxy.thaw();
    await session.close();
    await untilQueued(direct, 0);
  });

  it('is closed at once when its lease is lost', async () => {
    await using server = await etcd.start();
    await using proxy = await startProxy({ target: server.endpoint });
    await using client = new EtcdClient({ endpoints: proxy.endpoint, timeoutMs: 0 });
    const session = await Session.create(client, { ttlSeconds: 2 });
    proxy.freeze();
    await abortOf(session.signal);
    // Without a limit the call itself would wait until the connection is there again.
    await session.close();
  });
});
