// Put, get, history, create and update. Run it against any etcd:
//   ETCDCTL_ENDPOINTS=127.0.0.1:2379 npx tsx examples/keys-and-values.ts
import { EtcdClient, KeyExistsError } from 'etcd-kit';

await using etcd = await EtcdClient.connect({
  ...EtcdClient.optionsFromEnv(),
  namespace: 'etcd-kit-example/keys-and-values/',
});

const { header } = await etcd.put('greeting', 'hello');
await etcd.put('greeting', 'good morning');
console.log('now:', (await etcd.get('greeting'))?.value);

const before = await etcd.get('greeting', { revision: header.revision });
console.log(`at revision ${header.revision}:`, before?.value);

try {
  await etcd.create('greeting', 'good evening');
} catch (error) {
  if (!(error instanceof KeyExistsError)) throw error;
  console.log('create:', error.message);
}

await etcd.update('visits', (visits) => String(Number(visits ?? 0) + 1));
console.log('visits:', (await etcd.get('visits'))?.value);

await etcd.all().delete();
