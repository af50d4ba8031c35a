// Whatever is open until it is ended can stand in an `await using`.
import { Election, type Session } from '../../src/concurrency/index.js';
import { ServiceRegistry } from '../../src/discovery/index.js';
import type { EtcdClient, Iteration, KeyValue } from '../../src/index.js';

declare const etcd: EtcdClient;
declare const session: Session;

await using follower = etcd.prefix('a').follow();
await using watcher = etcd.watch('a');
await using batches = watcher.batches();
await using events = watcher[Symbol.asyncIterator]();
await using records = etcd.prefix('a').iterate();
await using leaders = new Election(session, 'led').observe();
await using maps = new ServiceRegistry(etcd, 'services').watch();
await using snapshot = etcd.maintenance.snapshot();
await using stream = etcd.rpc.maintenance.snapshot();
await using duplex = etcd.rpc.watch.watch();
await using lease = await etcd.lease.grant(10);

export const all: readonly AsyncDisposable[] = [
  ...[follower, batches, events, records, leaders, maps, snapshot, stream, duplex, lease],
];
export const iteration: Iteration<KeyValue> = records;
for await (const change of follower) if (change.type === 'put') change.kv.value.length;
for await (const chunk of snapshot) chunk.length;
