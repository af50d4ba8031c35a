// Registers itself as an instance of a service and stays until it is killed.
import { ServiceRegistry } from '../../../src/discovery/index.js';
import { EtcdClient } from '../../../src/index.js';

const [endpoint = '', target = '', id = '', address = '', ttlSeconds = ''] = process.argv.slice(2);
const etcd = await EtcdClient.connect({ endpoints: endpoint });
const registry = new ServiceRegistry(etcd, target);
await registry.register(id, { address }, { ttlSeconds: Number(ttlSeconds) });
process.stdout.write('registered\n');
