// An election: one of several nodes leads, and everybody knows which.
//   ETCDCTL_ENDPOINTS=127.0.0.1:2379 npx tsx examples/election.ts
import { once } from 'node:events';
import { codecs, EtcdClient } from 'etcd-kit';
import { Election, Session } from 'etcd-kit/concurrency';

await using etcd = await EtcdClient.connect({
  ...EtcdClient.optionsFromEnv(),
  namespace: 'etcd-kit-example/election/',
});

interface Node {
  readonly address: string;
}
const codec = codecs.json<Node>();

async function run(address: string): Promise<void> {
  await using session = await Session.create(etcd, { ttlSeconds: 15 });
  const election = new Election(session, 'leader', { codec });
  await using leadership = await election.campaign({ address });
  // Everything a leader does ends with this signal; here somebody takes the lead away.
  setTimeout(() => etcd.delete(leadership.key), 100);
  await once(leadership.signal, 'abort');
  console.log(`${address}: led until: ${leadership.signal.reason.message}`);
}

const enough = new AbortController();
const observer = (async () => {
  await using session = await Session.create(etcd, { ttlSeconds: 15 });
  const election = new Election(session, 'leader', { codec });
  for await (const leader of election.observe({ signal: enough.signal })) {
    console.log('leader:', leader?.value.address ?? 'nobody');
  }
})();

await Promise.all([run('10.0.0.1'), run('10.0.0.2')]);
enough.abort();
await observer;
