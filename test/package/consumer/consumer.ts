// A user's file: compiled against the packed package, in every way users compile.
import { EtcdClient, EtcdError } from 'etcd-kit';
import * as concurrency from 'etcd-kit/concurrency';
import * as discovery from 'etcd-kit/discovery';
import * as rpc from 'etcd-kit/rpc';

export const entryPoints = [concurrency, discovery, rpc];

export async function read(key: string): Promise<string | undefined> {
  await using etcd = new EtcdClient({ endpoints: ['http://127.0.0.1:2379'] });
  try {
    const kv = await etcd.get(key, { serializable: true, signal: undefined });
    const revision: bigint | undefined = kv?.modRevision;
    // @ts-expect-error the value of the default codec is a string
    const wrong: number | undefined = kv?.value;
    return revision === undefined || wrong === undefined ? undefined : kv?.value;
  } catch (error) {
    if (error instanceof EtcdError && error.outcome === 'unknown') return undefined;
    throw error;
  }
}

export async function discover(etcd: EtcdClient): Promise<readonly string[]> {
  const registry = new discovery.ServiceRegistry(etcd, 'services/api');
  await using registration = await registry.register('node-1', { address: '10.0.0.1:8080' });
  registration.on('lost', (error) => error.code).on('registered', ({ leaseId }) => leaseId + 1n);
  for await (const endpoints of registry.watch()) {
    const endpoint: discovery.ServiceEndpoint | undefined = endpoints.get('node-1');
    // @ts-expect-error metadata is anything: whoever reads it looks first
    const zone: string | undefined = endpoint?.metadata;
    return [...endpoints.values()].map(({ address }) => address).concat(zone ?? []);
  }
  return [];
}
