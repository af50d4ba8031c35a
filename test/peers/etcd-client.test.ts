import { expect, it } from 'vitest';
import { Mutex, Session } from '../../src/concurrency/index.js';
import { clientOf } from '../support/client.js';
import { lockServicePeer } from '../support/lock-service-peer.js';
import { LOCK, queueOf, untilQueued } from '../support/locks.js';
import { rustProgram } from '../support/rust-peer.js';
import { describeSharedLocks } from './shared-locks.js';

// etcd-client, of Rust, locks and elects by the server's services as well.
const rust = await lockServicePeer(rustProgram);

describeSharedLocks('etcd-client', rust);

rust.describe('a lock shared with etcd-client', (etcd) => {
  it('is left at once by a waiter that gives up', async () => {
    await using server = await etcd.start();
    await using client = clientOf(server);
    await using session = await Session.create(client);
    await using theirs = rust.start(server);
    const { lease } = await theirs.call('lease.grant', { ttl: 60 });
    const held = await new Mutex(session, LOCK).acquire();
    const givingUp = new AbortController();
    const waiting = theirs.call('lock', { name: LOCK, lease }, { signal: givingUp.signal });
    await untilQueued(client, 2);
    givingUp.abort();
    await expect(waiting).rejects.toThrow(/cancel/i);
    await untilQueued(client, 1);
    expect(await queueOf(client)).toEqual([held.key]);
  });
});
