import { Mutex, Session } from 'etcd-kit/concurrency';
import type { Section } from './stage.js';

export const locks: Section = {
  title: 'Locks',
  async run({ etcd, say, show }) {
    say('Two sessions compete for /my-lock/, in one queue with Go programs and with etcdctl lock.');
    await using s1 = await Session.create(etcd, { ttlSeconds: 10 });
    await using s2 = await Session.create(etcd, { ttlSeconds: 10 });
    const [first, second] = [new Mutex(s1, '/my-lock/'), new Mutex(s2, '/my-lock/')];

    const held = await first.acquire();
    show('s1: acquire()', `acquired ${held.key}, fencing token ${held.fencingToken}`);
    show('s2: tryAcquire()', (await second.tryAcquire()) ?? 'undefined: busy');
    const waiting = second.acquire();
    show('s2: acquire()', 'waits');
    await held.release();
    show('s1: release()', 'released');
    await using lock = await waiting;
    show('s2:', `acquired ${lock.key}, fencing token ${lock.fencingToken}`);

    const { op } = etcd;
    const write = (value: string) =>
      etcd.txn().if(lock.ownership()).then(op.put('audit', value)).commit();
    show('s2: a write that only the holder can do', (await write('mine')).succeeded);
    await etcd.delete(lock.key);
    const lost = new Promise<unknown>((resolve) => {
      if (lock.signal.aborted) resolve(lock.signal.reason);
      lock.signal.addEventListener('abort', () => resolve(lock.signal.reason));
    });
    show('someone deletes the key; s2 hears:', await lost);
    show('s2: the same write', (await write('mine no more')).succeeded);
  },
};
