// A lock between two workers, with what to do so that nothing goes wrong when it is lost.
//   ETCDCTL_ENDPOINTS=127.0.0.1:2379 npx tsx examples/lock.ts
import { setTimeout as delay } from 'node:timers/promises';
import { EtcdClient } from 'etcd-kit';
import { Mutex, Session } from 'etcd-kit/concurrency';

await using etcd = await EtcdClient.connect({
  ...EtcdClient.optionsFromEnv(),
  namespace: 'etcd-kit-example/lock/',
});

async function work(name: string): Promise<void> {
  // One session for a process is enough; two here stand for two processes.
  await using session = await Session.create(etcd, { ttlSeconds: 15 });
  const mutex = new Mutex(session, 'stock');
  for (let round = 0; round < 3; round += 1) {
    const total = await mutex.withLock(async (signal, lock) => {
      const current = Number((await etcd.get('stock', { signal }))?.value ?? 0);
      await delay(20, undefined, { signal });
      // The condition is checked by etcd itself: a worker that lost the lock without noticing writes nothing.
      const { succeeded } = await etcd
        .txn()
        .if(lock.ownership())
        .then(etcd.op.put('stock', String(current + 1)))
        .commit({ signal });
      if (!succeeded) throw new Error('lost the lock');
      return current + 1;
    });
    console.log(`${name}: ${total}`);
  }
}

await Promise.all([work('a'), work('b')]);
console.log('in all:', (await etcd.get('stock'))?.value);

// Without waiting, and for a limited time.
await using session = await Session.create(etcd, { ttlSeconds: 15 });
await using other = await Session.create(etcd, { ttlSeconds: 15 });
await using _held = await new Mutex(session, 'stock').acquire();
const mutex = new Mutex(other, 'stock');
console.log('busy:', (await mutex.tryAcquire()) === undefined);
await mutex.acquire({ timeoutMs: 200 }).catch(({ code }) => console.log('gave up:', code));

await etcd.delete('stock');
