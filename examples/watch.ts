// Following configuration: what is there now, then every change, with a map that is always right; and
// a watch that hears of single events.
//   ETCDCTL_ENDPOINTS=127.0.0.1:2379 npx tsx examples/watch.ts
import { EtcdClient } from 'etcd-kit';

await using etcd = await EtcdClient.connect({
  ...EtcdClient.optionsFromEnv(),
  namespace: 'etcd-kit-example/watch/',
});
const config = etcd.prefix('config/');
await etcd.put('config/colour', 'blue');

// Another part of the program listens to events: the connection may break and come back in between.
await using watcher = config.watch({ prevKv: true });
watcher
  .on('put', (kv, { prev }) => console.log(`heard: ${kv.key} = ${kv.value} (was ${prev?.value})`))
  .on('delete', ({ key }) => console.log(`heard: ${key} is gone`))
  .on('disconnected', () => console.log('disconnected'))
  .on('resumed', () => console.log('resumed, without a gap'))
  .on('error', (error) => console.error(`the watch is over: ${error.message}`));
await watcher.ready;

const settings = new Map<string, string>();
for await (const change of config.follow()) {
  if (change.type === 'snapshot') {
    for (const [key, kv] of change.entries) settings.set(key, kv.value);
    // Somebody changes two settings at once, and another one later.
    const { op } = etcd;
    await etcd.txn().then(op.put('config/colour', 'green'), op.put('config/size', '3')).commit();
    await etcd.delete('config/colour');
    continue;
  }
  if (change.type === 'put') settings.set(change.key, change.kv.value);
  else settings.delete(change.key);
  if (!change.more) console.log(`at revision ${change.revision}:`, Object.fromEntries(settings));
  if (change.type === 'delete') break;
}
await etcd.all().delete();
