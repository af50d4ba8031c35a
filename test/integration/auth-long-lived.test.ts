import { expect, it } from 'vitest';
import { Mutex, Session } from '../../src/concurrency/index.js';
import { ServiceRegistry } from '../../src/discovery/index.js';
import { enableAuth, jwtFlags } from '../support/auth.js';
import { clientOf } from '../support/client.js';
import { describeEtcdConcurrently } from '../support/describe-etcd.js';
import { renewals } from '../support/renewals.js';
import { Collected } from '../support/watching.js';

const ALICE = { username: 'alice', password: 'secret' };
const TTL_SECONDS = 6;
/** Three make up the time to live: after so many it has passed. */
const RENEWALS = 4;

describeEtcdConcurrently('long-lived objects with authentication', (etcd) => {
  it('outlive tokens that expire or become invalid', async () => {
    await using server = await etcd.start({ flags: await jwtFlags({ ttl: '2s' }) });
    const admin = await enableAuth(server);
    await admin.addUser('alice', {
      password: ALICE.password,
      permissions: [['--prefix', 'readwrite', 'app/']],
    });
    await using client = clientOf(server, { auth: ALICE });
    await using lease = await client.lease.grant(TTL_SECONDS, { keepAlive: true });
    await client.put('app/leased', '', { lease });
    await using registration = await new ServiceRegistry(client, 'app/svc').register(
      'node-1',
      { address: 'a:1' },
      { ttlSeconds: TTL_SECONDS },
    );
    await using session = await Session.create(client, { ttlSeconds: TTL_SECONDS });
    const lock = await new Mutex(session, 'app/lock').acquire();
    await using watcher = client.prefix('app/watched').watch();
    const collected = new Collected(watcher);
    await watcher.ready;

    await renewals(lease, RENEWALS / 2);
    await admin.bumpRevision();
    await renewals(lease, RENEWALS / 2);

    expect(lease.alive).toBe(true);
    expect(registration.registered).toBe(true);
    expect(lock.signal.aborted).toBe(false);
    await client.put('app/watched', 'v');
    await collected.untilCount(1);
    const held = ['app/leased', registration.key, lock.key];
    const found = await Promise.all(held.map((key) => client.get(key)));
    expect(found.map((record) => record?.key)).toEqual(held);
    await lock.release();
  }, 60_000);
});
