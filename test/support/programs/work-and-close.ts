// Connects, works, closes, and leaves it to Node to see that nothing is left to wait for.
import { EtcdClient } from '../../../src/index.js';

const endpoints = process.argv.slice(2);
const etcd = await EtcdClient.connect({ endpoints });
await etcd.put('k', 'v');
await etcd.txn().then(etcd.op.get('k')).commit();
for await (const { value } of etcd.all()) process.stdout.write(`${value}\n`);
// One iteration is left in the middle, and one call under way.
for await (const _ of etcd.all()) break;
const pending = etcd.get('k').catch(({ code }) => code);
await etcd.close();
process.stdout.write(`${typeof (await pending) === 'string' ? 'CLIENT_CLOSED' : 'answered'}\n`);
