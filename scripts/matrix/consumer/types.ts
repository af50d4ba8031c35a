// A user's file, compiled in every way that users compile.
import { type Codec, codecs, EtcdClient, EtcdError } from 'etcd-kit';
import { Mutex, Session } from 'etcd-kit/concurrency';
import { ServiceRegistry } from 'etcd-kit/discovery';

export * as cache from 'etcd-kit/cache';
export * as diagnostics from 'etcd-kit/diagnostics';
export * as queue from 'etcd-kit/queue';
export * as rpc from 'etcd-kit/rpc';
export * as testing from 'etcd-kit/testing';

export const codec: Codec<{ readonly n: number }> = codecs.json<{ readonly n: number }>();

export async function read(etcd: EtcdClient, key: string): Promise<number | undefined> {
  const { op, compare } = etcd;
  const result = await etcd.txn().if(compare(key).exists()).then(op.get(key)).commit();
  if (!result.succeeded) return undefined;
  const [kv] = result.results;
  try {
    const session = await Session.create(etcd, { ttlSeconds: 15 });
    await new Mutex(session, 'lock').withLock(async () => true);
    await new ServiceRegistry(etcd, 'services/api').list();
  } catch (error) {
    if (error instanceof EtcdError && error.outcome === 'unknown') return undefined;
    throw error;
  }
  return kv === undefined ? undefined : Number(kv.value);
}

export const client = (): EtcdClient => new EtcdClient({ endpoints: 'http://127.0.0.1:1' });
