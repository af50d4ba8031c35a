// If, then, else in one step: money moves from one account to another, or not at all.
//   ETCDCTL_ENDPOINTS=127.0.0.1:2379 npx tsx examples/transaction.ts
import { codecs, EtcdClient } from 'etcd-kit';

await using etcd = await EtcdClient.connect({
  ...EtcdClient.optionsFromEnv(),
  namespace: 'etcd-kit-example/transaction/',
});
const accounts = etcd.namespace('accounts/').as(codecs.json<{ cents: number }>());
const { op, compare } = accounts;

await accounts.put('ada', { cents: 1_000 });
await accounts.put('grace', { cents: 0 });

async function transfer(from: string, to: string, cents: number): Promise<boolean> {
  for (;;) {
    const read = await etcd.txn().then(op.get(from), op.get(to)).commit();
    if (!read.succeeded) continue;
    const [payer, payee] = read.results;
    if (payer === undefined || payee === undefined || payer.value.cents < cents) return false;

    const { succeeded } = await etcd
      .txn()
      .if(
        compare(from).modRevision('==', payer.modRevision),
        compare(to).modRevision('==', payee.modRevision),
      )
      .then(
        op.put(from, { cents: payer.value.cents - cents }),
        op.put(to, { cents: payee.value.cents + cents }),
      )
      .commit();
    if (succeeded) return true;
    // Somebody moved money meanwhile: look again.
  }
}

const transfers = [300, 300, 300, 300].map((cents) => transfer('ada', 'grace', cents));
console.log(await Promise.all(transfers));
for await (const { key, value } of accounts.all()) console.log(key, value.cents);

await etcd.all().delete();
