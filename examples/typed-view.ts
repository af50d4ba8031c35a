// Values with a type and a validator: a namespace and a codec make a view.
//   ETCDCTL_ENDPOINTS=127.0.0.1:2379 npx tsx examples/typed-view.ts
import { codecs, DecodeError, EtcdClient } from 'etcd-kit';
import { z } from 'zod';

await using etcd = await EtcdClient.connect({
  ...EtcdClient.optionsFromEnv(),
  namespace: 'etcd-kit-example/typed-view/',
});

const User = z.object({ id: z.number(), email: z.string() });
const people = etcd.namespace('people/').as(codecs.schema(User));

await people.put('42', { id: 42, email: 'ada@example.org' });
const email: string | undefined = (await people.get('42'))?.value.email;
console.log(email);

await people.update('42', (user) => ({ id: 42, email: `${user?.email}.uk` }));
console.log((await people.get('42'))?.value);

// Somebody else wrote what is no user. It fails where it is read.
await etcd.put('people/43', 'oops');
const kv = await people.get('43');
try {
  console.log(kv?.value);
} catch (error) {
  if (!(error instanceof DecodeError)) throw error;
  console.log(error.message);
}

await etcd.all().delete();
