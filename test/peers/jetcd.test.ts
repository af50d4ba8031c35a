import { expect, it } from 'vitest';
import { Mutex, Session } from '../../src/concurrency/index.js';
import { clientOf } from '../support/client.js';
import { jetcdProgram } from '../support/jetcd-peer.js';
import { lockServicePeer } from '../support/lock-service-peer.js';
import { LOCK, queueOf, untilQueued } from '../support/locks.js';
import { describeSharedLocks } from './shared-locks.js';

// jetcd locks and elects by the server's services, which use the keys of Go's client.
const jetcd = await lockServicePeer(jetcdProgram);

describeSharedLocks('jetcd', jetcd);

jetcd.describe('a lock shared with jetcd', (etcd) => {
  it('keeps the place of a waiter of jetcd that gave up, until its lease ends', async () => {
    await using server = await etcd.start();
    await using client = clientOf(server);
    await using session = await Session.create(client);
    await using theirs = jetcd.start(server);
    const { lease } = await theirs.call('lease.grant', { ttl: 60 });
    const held = await new Mutex(session, LOCK).acquire();
    const givingUp = new AbortController();
    const waiting = theirs.call('lock', { name: LOCK, lease }, { signal: givingUp.signal });
    await untilQueued(client, 2);
    givingUp.abort();
    await expect(waiting).rejects.toThrow(/cancel/i);
    // Another call of theirs has been answered since: the first one still stands in the queue.
    await theirs.call('lease.grant', { ttl: 60 });
    expect(await queueOf(client)).toHaveLength(2);
    await theirs.call('lease.revoke', { lease });
    await untilQueued(client, 1);
    expect(await queueOf(client)).toEqual([held.key]);
  });
});
