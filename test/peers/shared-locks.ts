import { expect, it } from 'vitest';
import { Election, type Lock, Mutex, Session } from '../../src/concurrency/index.js';
import type { EtcdClient } from '../../src/index.js';
import { clientOf } from '../support/client.js';
import type { LockServicePeer } from '../support/lock-service-peer.js';
import { startLockWorker } from '../support/lock-workers.js';
import { LOCK, queueOf, untilQueued } from '../support/locks.js';

/** Long enough for a slow machine to bring two into the queue: one that is gone loses its place by then. */
const TTL_SECONDS = 6;

/** What a waiter of another client leaves behind that has given up. */
interface GivenUp {
  readonly client: EtcdClient;
  /** Our lock, behind which it has waited. */
  readonly held: Lock;
  readonly theirs: ReturnType<LockServicePeer['start']>;
  /** Its lease. */
  readonly lease: string;
}

/** Declares what holds after a waiter of another client has given up behind a lock of ours. */
export function itAfterGivingUp(
  name: string,
  peer: LockServicePeer,
  holds: (givenUp: GivenUp) => Promise<void>,
): void {
  peer.describe('a lock shared with a waiter that gives up', (etcd) => {
    it(name, async () => {
      await using server = await etcd.start();
      await using client = clientOf(server);
      await using session = await Session.create(client);
      await using theirs = peer.start(server);
      const { lease } = await theirs.call('lease.grant', { ttl: 60 });
      const held = await new Mutex(session, LOCK).acquire();
      const givingUp = new AbortController();
      const waiting = theirs.call('lock', { name: LOCK, lease }, { signal: givingUp.signal });
      await untilQueued(client, 2);
      givingUp.abort();
      await expect(waiting).rejects.toThrow(/cancel/i);
      await holds({ client, held, theirs, lease });
    });
  });
}

/** Declares what holds for every client of the services: ours and theirs exclude each other, both ways. */
export function describeSharedLocks(name: string, peer: LockServicePeer): void {
  peer.describe(`a lock and an election shared with ${name}`, (etcd) => {
    it('are handed over both ways, in the order of arrival', async () => {
      await using server = await etcd.start();
      await using client = clientOf(server);
      await using session = await Session.create(client);
      await using later = await Session.create(client);
      await using theirs = peer.start(server);
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
      const { key: ours } = await third;
      expect(await queueOf(client)).toEqual([ours]);
    });

    it('are won here when the other process is killed', async () => {
      await using server = await etcd.start();
      await using client = clientOf(server);
      await using session = await Session.create(client);
      await using theirs = peer.start(server);
      const { lease } = await theirs.call('lease.grant', { ttl: TTL_SECONDS });
      await theirs.call('lock', { name: LOCK, lease });
      const waiting = new Mutex(session, LOCK).acquire();
      await untilQueued(client, 2);
      await theirs.kill();
      const { key } = await waiting;
      expect(await queueOf(client)).toEqual([key]);
    });

    it('are won there when a process of ours is killed', async () => {
      await using server = await etcd.start();
      await using client = clientOf(server);
      await using theirs = peer.start(server);
      const { lease } = await theirs.call('lease.grant', { ttl: 60 });
      await using ours = startLockWorker('lead', server.endpoint, 'ours', String(TTL_SECONDS));
      await untilQueued(client, 1);
      const campaign = theirs.call('campaign', { name: LOCK, lease, value: 'theirs' });
      await untilQueued(client, 2);
      await ours.kill();
      const { key } = await campaign;
      expect(await queueOf(client)).toEqual([key]);
    });

    it('have one leader, whom both see', async () => {
      await using server = await etcd.start();
      await using client = clientOf(server);
      await using session = await Session.create(client);
      await using theirs = peer.start(server);
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
}
