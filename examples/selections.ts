// Reading many keys: limits, order, filters, and iterating in flat memory.
//   ETCDCTL_ENDPOINTS=127.0.0.1:2379 npx tsx examples/selections.ts
import { EtcdClient } from 'etcd-kit';

await using etcd = await EtcdClient.connect({
  ...EtcdClient.optionsFromEnv(),
  namespace: 'etcd-kit-example/selections/',
});

for (const name of ['ada', 'grace', 'edsger', 'barbara']) {
  await etcd.put(`users/${name}`, name.toUpperCase());
}
const users = etcd.prefix('users/');

const { kvs, count, more } = await users.limit(2).all();
console.log(`${kvs.map(({ key }) => key).join(', ')} of ${count}; more: ${more}`);

const latest = await users.sortBy('modRevision', 'desc').first();
console.log('written last:', latest?.key);

// Every record of one revision, however many there are and whoever writes meanwhile.
for await (const { key, value } of users) console.log(`${key} = ${value}`);

const { deleted } = await users.delete();
console.log('deleted:', deleted);
