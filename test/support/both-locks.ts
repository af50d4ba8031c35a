import { type EtcdClient, KeyExistsError } from 'etcd-kit';
import { Mutex, type Session } from 'etcd-kit/concurrency';

/** Holds the lock `name` as both clients know it: ours, and the single key of npm etcd3. */
export async function withBothLocks<T>(
  etcd: EtcdClient,
  session: Session,
  name: string,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const { lease } = session;
  return new Mutex(session, `locks/${name}`).withLock(async (signal) => {
    while (!(await takeEtcd3Lock())) await untilDeleted(signal);
    try {
      return await work(signal);
    } finally {
      const own = etcd.compare(name).lease('==', lease.id);
      await etcd.txn().if(own).then(etcd.op.delete(name)).commit();
    }

    async function takeEtcd3Lock(): Promise<boolean> {
      try {
        await etcd.create(name, '', { lease, signal });
        return true;
      } catch (error) {
        if (!(error instanceof KeyExistsError)) throw error;
        // An earlier attempt of ours may have been carried out without an answer.
        return (await etcd.get(name, { signal }))?.lease === lease.id;
      }
    }
  });

  async function untilDeleted(signal: AbortSignal): Promise<void> {
    await using watcher = etcd.range(name).watch({ filter: 'delete', signal });
    await watcher.ready;
    if ((await etcd.get(name, { signal })) === undefined) return;
    for await (const _ of watcher) return;
  }
}
