// Instances that register themselves, and a client that follows who is there.
//   ETCDCTL_ENDPOINTS=127.0.0.1:2379 npx tsx examples/discovery.ts
import { EtcdClient } from 'etcd-kit';
import { ServiceRegistry } from 'etcd-kit/discovery';

await using etcd = await EtcdClient.connect({
  ...EtcdClient.optionsFromEnv(),
  namespace: 'etcd-kit-example/discovery/',
});
const registry = new ServiceRegistry(etcd, 'services/api');
registry.on('invalid', ({ key, error }) => console.log(`skipped ${key}: ${error.message}`));

// The client: the whole map, now and after each change.
const leaving = new AbortController();
const client = (async () => {
  for await (const endpoints of registry.watch({ signal: leaving.signal })) {
    const addresses = [...endpoints.values()].map(({ address }) => address).sort();
    console.log('instances:', addresses.join(', ') || 'none');
    if (endpoints.has('node-3')) leaving.abort();
  }
})();

// Two instances. Each stays registered until it closes or dies.
const first = await registry.register('node-1', { address: '10.0.0.1:8080' });
await using second = await registry.register(
  'node-2',
  { address: '10.0.0.2:8080', metadata: { zone: 'a' } },
  { ttlSeconds: 5 },
);
await second.update({ metadata: { zone: 'a', draining: true } });
console.log('node-2 says', (await registry.list()).get('node-2')?.metadata);
await first.close();

// A lease that is lost is replaced, and the entry is there again.
const back = new Promise<bigint>((resolve) => {
  second.on('lost', (error) => console.log('lost:', error.message));
  second.on('registered', ({ leaseId }) => resolve(leaseId));
});
await etcd.lease.attach(second.leaseId).revoke();
await back;
console.log('registered again:', second.registered);

await etcd.put('services/api/broken', 'this is not JSON');
await using _third = await registry.register('node-3', { address: '10.0.0.3:8080' });
await client;
await etcd.delete('services/api/broken');
