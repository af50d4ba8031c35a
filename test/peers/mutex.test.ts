import { expect, it } from 'vitest';
import { Mutex, Session } from '../../src/concurrency/index.js';
import { clientOf, failureOf } from '../support/client.js';
import { describeGoPeer, goPeer } from '../support/go-peer.js';
import { startLockWorker } from '../support/lock-workers.js';
import { LOCK, LockStage, queueOf, untilQueued } from '../support/locks.js';

const keyOf = (lease: bigint): string => `${LOCK}/${lease.toString(16)}`;
const LOCKED = 'mutex: Locked by another session';

describeGoPeer('a mutex shared with the Go client', (etcd) => {
  it('is handed over from here to Go and back, in the order of arrival', async () => {
    await using server = await etcd.start();
    await using client = clientOf(server);
    await using session = await Session.create(client);
    await using later = await Session.create(client);
    await using go = goPeer(server);
    const { lease } = await go.call('session.open', { session: 'go' });
    const mutex = new Mutex(session, LOCK);
    const first = await mutex.acquire();
    await expect(go.call('mutex.tryLock', { session: 'go', name: LOCK })).rejects.toThrow(LOCKED);
    const order: string[] = [];
    const second = go.call('mutex.lock', { session: 'go', name: LOCK }).then((key) => {
      order.push('Go');
      return key;
    });
    await untilQueued(client, 2);
    const third = new Mutex(later, LOCK).acquire().then((lock) => {
      order.push('here');
      return lock;
    });
    await untilQueued(client, 3);
    expect(order).toEqual([]);

    await first.release();
    const { key } = await second;
    expect(key).toBe(keyOf(BigInt(lease)));
    expect(first.key).toBe(keyOf(session.lease.id));
    expect(order).toEqual(['Go']);
    expect(await mutex.tryAcquire()).toBeUndefined();

    await go.call('mutex.unlock', { session: 'go', name: LOCK });
    const lock = await third;
    expect(await queueOf(client)).toEqual([lock.key]);
    await lock.release();
    await go.call('mutex.tryLock', { session: 'go', name: LOCK });
    expect(await queueOf(client)).toEqual([key]);
  });

  it('loses no count while sessions of both compete', async () => {
    const rounds = 8;
    await using server = await etcd.start();
    await using stage = new LockStage(server);
    await using client = clientOf(server);
    await using go = goPeer(server);
    // Reads, then writes without a condition: only the lock keeps two from doing so at once.
    const steps = [{ add: ['count', 1] }] as const;
    const countInGo = async (session: string): Promise<void> => {
      const handle = { session, name: LOCK };
      await go.call('session.open', { session });
      for (let round = 0; round < rounds; round += 1) {
        await go.call('mutex.lock', handle);
        await go.call('stm', { isolation: 'read-committed', steps });
        await go.call('mutex.unlock', handle);
      }
    };
    const countHere = async (): Promise<void> => {
      await using session = await Session.create(client);
      const mutex = new Mutex(session, LOCK);
      for (let round = 0; round < rounds; round += 1) {
        await mutex.withLock(async () => {
          const before = Number((await client.get('count'))?.value ?? 0);
          await client.put('count', String(before + 1));
        });
      }
    };
    await Promise.all([...['a', 'b', 'c'].map(countInGo), countHere(), countHere(), countHere()]);
    expect((await client.get('count'))?.value).toBe(String(6 * rounds));
    expect(await stage.queue()).toEqual([]);
  });

  it('is left by a waiter that gives up, on either side', async () => {
    await using server = await etcd.start();
    await using client = clientOf(server);
    await using session = await Session.create(client);
    await using go = goPeer(server);
    await go.call('session.open', { session: 'holder' });
    await go.call('session.open', { session: 'waiter' });
    const held = await go.call('mutex.lock', { session: 'holder', name: LOCK });

    const givingUp = new AbortController();
    const options = { signal: givingUp.signal };
    const here = failureOf(new Mutex(session, LOCK).acquire(options));
    const there = go.call('mutex.lock', { session: 'waiter', name: LOCK }, options);
    await untilQueued(client, 3);
    givingUp.abort();
    expect((await here).code).toBe('ABORTED');
    await expect(there).rejects.toThrow('context canceled');
    await untilQueued(client, 1);
    expect(await queueOf(client)).toEqual([held.key]);
  });

  it('goes to the other side when the holder is killed', async () => {
    await using server = await etcd.start();
    await using client = clientOf(server);
    await using session = await Session.create(client);
    await using go = goPeer(server);
    await go.call('session.open', { session: 'go', ttl: 2 });
    await go.call('mutex.lock', { session: 'go', name: LOCK });
    const waiting = new Mutex(session, LOCK).acquire();
    await untilQueued(client, 2);
    await go.kill();
    await (await waiting).release();

    // A leader's key is that of a lock of the same name.
    await using holder = startLockWorker('lead', server.endpoint, 'here', '2');
    await untilQueued(client, 1);
    await using heir = goPeer(server);
    await heir.call('session.open', { session: 'heir' });
    const lock = heir.call('mutex.lock', { session: 'heir', name: LOCK });
    await untilQueued(client, 2);
    await holder.kill();
    expect(await queueOf(client)).toContain((await lock).key);
  });

  it('is lost by a holder in Go that was stopped, and never held by both', async () => {
    await using server = await etcd.start();
    await using client = clientOf(server);
    await using session = await Session.create(client);
    await using go = goPeer(server);
    await go.call('session.open', { session: 'go', ttl: 2 });
    await go.call('mutex.lock', { session: 'go', name: LOCK });
    const lost = go.call('session.done', { session: 'go' });
    const waiting = new Mutex(session, LOCK).acquire();
    await untilQueued(client, 2);
    go.pause();
    const lock = await waiting;
    go.resume();
    await lost;
    expect(await queueOf(client)).toEqual([lock.key]);
  });
});
