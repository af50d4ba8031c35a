import { type ServiceEndpoints, ServiceRegistry } from 'etcd-kit/discovery';
import type { Section } from './stage.js';

const SERVICE = '/services/my-service';

export const serviceDiscovery: Section = {
  title: 'Services that find each other',
  async run({ etcd, say, show }) {
    const registry = new ServiceRegistry(etcd, SERVICE);
    await using watch = registry.watch();
    const nextMap = async (): Promise<string> => describe((await watch.next()).value);

    show('registry.watch()', await nextMap());
    const registration = await registry.register(
      '192.168.1.100:8080',
      { address: '192.168.1.100:8080', metadata: { zone: 'a' } },
      { ttlSeconds: 5 },
    );
    show("register('192.168.1.100:8080', ...)", await nextMap());
    show('its entry', (await etcd.get(registration.key))?.value);

    say('Go programs read and write the same entries, each under a lease. Nobody renews this one:');
    const address = '192.168.1.101:8080';
    const lease = await etcd.lease.grant(1);
    const entry = JSON.stringify({ Op: 0, Addr: address, Metadata: null });
    await etcd.put(`${SERVICE}/${address}`, entry, { lease });
    show(`put('.../${address}', '...', { lease })`, await nextMap());
    show('its lease ends', await nextMap());
    await registration.close();
    show('registration.close() ends the other lease', await nextMap());
  },
};

function describe(endpoints: ServiceEndpoints | undefined): string {
  const ids = [...(endpoints?.keys() ?? [])].sort();
  return ids.length === 0 ? 'no instance' : ids.join(', ');
}
