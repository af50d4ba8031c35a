import { expect, it } from 'vitest';
import { ServiceRegistry } from '../../src/discovery/index.js';
import { clientOf } from '../support/client.js';
import { describeGoPeer, goPeer } from '../support/go-peer.js';
import { within } from '../support/wait.js';

const NAME = 'services/api';
const metadata = { zone: 'a', weights: [1, 2.5], nested: { on: true, text: 'ü' }, none: null };

describeGoPeer('a service shared with the Go client', (etcd) => {
  it('is seen here as Go registers it', async () => {
    await using server = await etcd.start();
    await using client = clientOf(server);
    await using go = goPeer(server);
    const registry = new ServiceRegistry(client, NAME);
    await using maps = registry.watch();
    const next = async () => (await within(maps.next())).value;
    expect(await next()).toEqual(new Map());

    const first = { name: NAME, key: `${NAME}/first` };
    await go.call('endpoints.add', { ...first, addr: 'first:1', metadata });
    expect(await next()).toEqual(new Map([['first', { address: 'first:1', metadata }]]));
    await go.call('session.open', { session: 'go', ttl: 1 });
    const leased = { name: NAME, key: `${NAME}/leased`, session: 'go' };
    await go.call('endpoints.add', { ...leased, addr: 'leased:1' });
    expect(await next()).toEqual(
      new Map([
        ['first', { address: 'first:1', metadata }],
        ['leased', { address: 'leased:1', metadata: null }],
      ]),
    );
    await go.call('endpoints.delete', first);
    expect([...((await next())?.keys() ?? [])]).toEqual(['leased']);
    await go.kill();
    expect(await next()).toEqual(new Map());
    expect(await registry.list()).toEqual(new Map());
  });

  it('is seen by Go as it is registered here', async () => {
    await using server = await etcd.start();
    await using client = clientOf(server);
    await using go = goPeer(server);
    await using changes = go.events('endpoints.watch', { name: NAME });
    const registry = new ServiceRegistry(client, NAME);
    const key = `${NAME}/first`;

    const registration = await registry.register('first', { address: 'first:1', metadata });
    expect(await changes.next()).toEqual([{ op: 'add', key, addr: 'first:1', metadata }]);
    await registry.register('beside', { address: 'beside:1' });
    const other = { key: `${NAME}/beside`, addr: 'beside:1', metadata: null };
    expect(await changes.next()).toEqual([{ op: 'add', ...other }]);
    await registration.update({ metadata: { load: 1 } });
    const changed = { key, addr: 'first:1', metadata: { load: 1 } };
    expect(await changes.next()).toEqual([{ op: 'add', ...changed }]);
    expect(await go.call('endpoints.list', { name: NAME })).toEqual({
      [key]: changed,
      [other.key]: other,
    });
    await registration.close();
    expect(await changes.next()).toEqual([{ op: 'delete', key, addr: '', metadata: null }]);
    expect([...(await registry.list()).keys()]).toEqual(['beside']);
  });
});
