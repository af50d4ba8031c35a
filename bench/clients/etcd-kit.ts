import type { Mutex, Session } from '../../src/concurrency/index.js';
import type { Wire } from '../../src/index.js';
import { atOnce } from '../at-once.js';
import { built } from '../build.js';
import type { BenchClient } from './bench-client.js';

/** The form of the client that is measured. Default: no batching, the default wire. */
interface Form {
  readonly batched?: boolean;
  readonly wire?: Wire;
}

/** etcd-kit, with batching of reads and writes, or without any. */
export async function open(
  endpoint: string,
  { batched = false, wire }: Form,
): Promise<BenchClient> {
  const { EtcdClient } = await built<typeof import('../../src/index.js')>('index.js');
  const concurrency =
    await built<typeof import('../../src/concurrency/index.js')>('concurrency/index.js');
  const etcd = await EtcdClient.connect({
    endpoints: endpoint,
    batching: batched ? { writes: true } : false,
    wire,
  });
  const sessions: Session[] = [];
  const mutexes = new Map<number, Mutex>();
  const mutexOf = async (name: string, contender: number): Promise<Mutex> => {
    const session = await concurrency.Session.create(etcd);
    const mutex = new concurrency.Mutex(session, name);
    sessions.push(session);
    mutexes.set(contender, mutex);
    return mutex;
  };
  return {
    get: async (key) => (await etcd.get(key))?.value,
    put: (key, value) => etcd.put(key, value),
    async readAll(prefix) {
      let count = 0;
      const { kvs } = await etcd.prefix(prefix).all({ timeoutMs: 0 });
      for (const { key, value } of kvs) if (key !== value) count++;
      return count;
    },
    async iterate(prefix) {
      let count = 0;
      for await (const { key, value } of etcd.prefix(prefix)) if (key !== value) count++;
      return count;
    },
    async watch(prefix, from, onEvents) {
      const watcher = etcd.prefix(prefix).watch({ startRevision: from });
      await watcher.ready;
      const reading = (async () => {
        for await (const { events } of watcher.batches()) {
          let count = 0;
          for (const event of events) {
            if (event.type === 'put' && event.kv.key !== event.kv.value) count++;
          }
          onEvents(count);
        }
      })();
      return async () => {
        await watcher.cancel();
        await reading;
      };
    },
    async holdLeases(count, ttlSeconds) {
      const leases = await atOnce(count, () => etcd.lease.grant(ttlSeconds, { keepAlive: true }));
      return {
        alive: () => leases.filter((lease) => lease.alive).length,
        end: async () => void (await atOnce(count, (i) => leases[i]!.revoke())),
      };
    },
    async lock(name, contender) {
      const mutex = mutexes.get(contender) ?? (await mutexOf(name, contender));
      const lock = await mutex.acquire();
      return () => lock.release();
    },
    async watchedKey(key) {
      const { header } = await etcd.put(key, '');
      const watcher = etcd.watch(key, { filter: 'delete' });
      await watcher.ready;
      const remove = etcd
        .txn()
        .if(etcd.compare(key).modRevision('==', header.revision))
        .then(etcd.op.delete(key));
      return async () => {
        const removing = remove.commit();
        await watcher.batches().next();
        const toldAt = performance.now();
        await Promise.all([removing, watcher.cancel()]);
        return toldAt;
      };
    },
    async close() {
      await Promise.all(sessions.map((session) => session.close()));
      await etcd.close();
    },
  };
}
