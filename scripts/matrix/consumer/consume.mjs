// A user's program, with nothing but the package: what it prints is looked for by `check:matrix`.

import { codecs, EtcdClient } from 'etcd-kit';
import { Mutex, Session } from 'etcd-kit/concurrency';

export async function consume(endpoints, wire, name) {
  const etcd = new EtcdClient({ endpoints, wire, namespace: `${name}/` });
  const view = etcd.as(codecs.json());
  const watcher = view.watch('a');
  await watcher.ready;
  await view.put('a', { n: 1 });
  let seen;
  for await (const event of watcher) {
    seen = event.kv.value.n;
    break;
  }
  const session = await Session.create(etcd, { ttlSeconds: 15 });
  const locked = await new Mutex(session, 'lock').withLock(async () => 2);
  // The first call whose messages proto-loader writes.
  const members = (await etcd.cluster.members()).length;
  await session.close();
  await etcd.close();
  return `consumed ${seen} ${locked} ${members}`;
}
