import { expect, it } from 'vitest';
import { Election, Mutex, Session } from '../../src/concurrency/index.js';
import { clientOf } from '../support/client.js';
import { describeJetcd, jetcdPeer } from '../support/jetcd-peer.js';
import { LOCK, queueOf, untilQueued } from '../support/locks.js';

// jetcd locks and elects by the server's services, which use the keys of Go's client.

describeJetcd('a lock and an election shared with jetcd', (etcd) => {
  it('are handed over both ways, in the order of arrival', async () => {
    await using server = await etcd.start();
    await using client = clientOf(server);
    await using session = await Session.create(client);
    await using later = await Session.create(client);
    await using theirs = jetcdPeer(server);
    const { lease } = await theirs.call('lease.grant', { ttl: 60 });
    const first = await new Mutex(session, LOCK).acquire();
    const order: string[] = [];
    const second = theirs.call('lock', { name: LOCK, lease }).then((locked) => {
      order.push('theirs');
      return locked;
    });
    await untilQueued(client, 2);
    const third = new Mutex(later, LOCK).acquire().then((lock) => {
      order.push('ours');
      return lock;
    });
    await untilQueued(client, 3);
    expect(order).toEqual([]);
    await first.release();
    const { key } = await second;
    expect(key).toBe(`${LOCK}/${BigInt(lease).toString(16)}`);
    expect(order).toEqual(['theirs']);
    expect(await new Mutex(session, LOCK).tryAcquire()).toBeUndefined();
    await theirs.call('unlock', { key });
    expect(await queueOf(client)).toEqual([(await third).key]);
  });

  it('are won here when the other process is killed', async () => {
    await using server = await etcd.start();
    await using client = clientOf(server);
    await using session = await Session.create(client);
    await using theirs = jetcdPeer(server);
    const { lease } = await theirs.call('lease.grant', { ttl: 2 });
    await theirs.call('lock', { name: LOCK, lease });
    const waiting = new Mutex(session, LOCK).acquire();
    await untilQueued(client, 2);
    await theirs.kill();
    expect(await queueOf(client)).toContain((await waiting).key);
  });

  it('keep the place of a waiter of jetcd that gave up, until its lease ends', async () => {
    await using server = await etcd.start();
    await using client = clientOf(server);
    await using session = await Session.create(client);
    await using theirs = jetcdPeer(server);
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

  it('have one leader, whom both see', async () => {
    await using server = await etcd.start();
    await using client = clientOf(server);
    await using session = await Session.create(client);
    await using theirs = jetcdPeer(server);
    const { lease } = await theirs.call('lease.grant', { ttl: 60 });
    const election = new Election(session, LOCK);
    const { key } = await theirs.call('campaign', { name: LOCK, lease, value: 'theirs' });
    expect(await election.leader()).toMatchObject({ key, value: 'theirs' });
    await theirs.call('proclaim', { key, value: 'theirs again' });
    expect((await election.leader())?.value).toBe('theirs again');
    const campaign = election.campaign('ours');
    await untilQueued(client, 2);
    await theirs.call('resign', { key });
    const leadership = await campaign;
    expect(await theirs.call('leader', { name: LOCK })).toEqual({
      key: leadership.key,
      value: 'ours',
    });
  });
});
