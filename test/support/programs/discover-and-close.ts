// Registers, follows, is resolved by gRPC, closes it all, and leaves it to Node to see that nothing is
// left to wait for.
import * as grpc from '@grpc/grpc-js';
import { registerEtcdResolver, ServiceRegistry } from '../../../src/discovery/index.js';
import { EtcdClient } from '../../../src/index.js';
import { namingClient, startNaming } from '../naming-service.js';

const [endpoint = ''] = process.argv.slice(2);
const etcd = await EtcdClient.connect({ endpoints: endpoint });
const registry = new ServiceRegistry(etcd, 'services/api');
const red = await startNaming('red');
const registration = await registry.register('red', red, { ttlSeconds: 600 });
for await (const endpoints of registry.watch()) if (endpoints.size === 1) break;
// One watch is left to the end of the client.
void (async () => {
  for await (const _ of registry.watch());
})().catch(({ code }) => process.stdout.write(`watch: ${code}\n`));

registerEtcdResolver(etcd, { grpc });
const service = namingClient('etcd:///services/api');
process.stdout.write(`${await service.ask()}\n`);
await registration.close();
await etcd.close();
service[Symbol.dispose]();
await red[Symbol.asyncDispose]();
process.stdout.write('closed\n');
