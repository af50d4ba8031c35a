// Presence: a key that is there as long as its process is, and a signal that ends the work when the
// lease can no longer be counted on.
//   ETCDCTL_ENDPOINTS=127.0.0.1:2379 npx tsx examples/lease.ts
import { setTimeout as delay } from 'node:timers/promises';
import { EtcdClient, LeaseLostError } from 'etcd-kit';

await using etcd = await EtcdClient.connect({
  ...EtcdClient.optionsFromEnv(),
  namespace: 'etcd-kit-example/lease/',
});

const lease = await etcd.lease.grant(5, { keepAlive: true });
lease.on('lost', ({ reason }) => console.log(`lost: ${reason}`));
await etcd.put('workers/node-1', 'here', { lease });

const { remainingSeconds, keys } = await lease.timeToLive({ keys: true });
console.log(`${remainingSeconds} s left, on ${keys}`);

// Somebody with the right to do so takes the lease away while we work.
const operator = etcd.lease.attach(lease.id);
setTimeout(() => operator.revoke(), 500);

try {
  // Work that ends with the lease: everything that takes a signal takes this one.
  for (;;) {
    await etcd.put('progress', new Date().toISOString(), { signal: lease.signal });
    await delay(100, undefined, { signal: lease.signal });
  }
} catch (error) {
  const { reason } = lease.signal;
  if (!(reason instanceof LeaseLostError)) throw error;
  console.log(`stopped: ${reason.message}`);
}

console.log('the key is', (await etcd.get('workers/node-1'))?.value ?? 'gone');
await etcd.all().delete();
