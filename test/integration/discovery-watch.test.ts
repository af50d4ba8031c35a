import { expect, it } from 'vitest';
import { type ServiceEndpoints, ServiceRegistry } from '../../src/discovery/index.js';
import { clientIn, clientOf, failureOf } from '../support/client.js';
import { describeEtcd } from '../support/describe-etcd.js';
import { until, within } from '../support/wait.js';

const stored = (address: string) => JSON.stringify({ Op: 0, Addr: address, Metadata: null });
const ids = (endpoints: ServiceEndpoints) => [...endpoints.keys()].sort();

describeEtcd('the watched instances of a service', (etcd) => {
  it('come as a whole: first those that are there, then after each change', async () => {
    const server = await etcd.server();
    await using client = clientOf(server);
    const registry = new ServiceRegistry(client, 'told/api');
    await using first = await registry.register('first', { address: 'first:1' });
    await using maps = registry.watch();
    expect(await nextOf(maps)).toEqual(new Map([['first', first.endpoint]]));

    await server.ctl(
      'put',
      'told/api/second',
      '{"Op":0,"Addr":"second:1","Metadata":{"zone":"b"}}',
    );
    const both = await nextOf(maps);
    expect(both).toEqual(
      new Map([
        ['first', { address: 'first:1', metadata: null }],
        ['second', { address: 'second:1', metadata: { zone: 'b' } }],
      ]),
    );
    await first.update({ metadata: { load: 1 } });
    expect((await nextOf(maps)).get('first')?.metadata).toEqual({ load: 1 });
    await server.ctl('del', 'told/api/second');
    expect(ids(await nextOf(maps))).toEqual(['first']);
    await first.close();
    expect(await nextOf(maps)).toEqual(new Map());
    expect(ids(both)).toEqual(['first', 'second']);
  });

  it('are an empty map while there are none', async () => {
    await using client = clientIn(await etcd.server());
    await using maps = new ServiceRegistry(client, 'none').watch();
    expect(await nextOf(maps)).toEqual(new Map());
  });

  it('have all changes of a transaction at once', async () => {
    await using client = clientIn(await etcd.server());
    await using maps = new ServiceRegistry(client, 'txn').watch();
    await nextOf(maps);
    const { op } = client;
    await client
      .txn()
      .then(op.put('txn/a', stored('a:1')), op.put('txn/b', stored('b:1')))
      .commit();
    expect(ids(await nextOf(maps))).toEqual(['a', 'b']);
    await client
      .txn()
      .then(op.delete('txn/a'), op.put('txn/c', stored('c:1')), op.put('txn/d', '{'))
      .commit();
    expect(ids(await nextOf(maps))).toEqual(['b', 'c']);
  });

  it('are those of this service alone', async () => {
    await using client = clientIn(await etcd.server());
    await using maps = new ServiceRegistry(client, 'api').watch();
    await nextOf(maps);
    await client.put('apis/x', stored('x:1'));
    await client.put('api', stored('x:1'));
    await client.put('api/y', stored('y:1'));
    expect(ids(await nextOf(maps))).toEqual(['y']);
  });

  it('are the newest ones for a slow consumer', async () => {
    const server = await etcd.server();
    await using client = clientIn(server);
    const registry = new ServiceRegistry(client, 'slow');
    await using slow = registry.watch();
    await using quick = registry.watch();
    await nextOf(slow);
    for (let index = 0; index < 50; index += 1) await client.put(`slow/${index}`, stored('a:1'));
    let seen = await nextOf(quick);
    while (seen.size < 50) seen = await nextOf(quick);
    // The other watch has seen it all, and no watch is behind: this one has it, too, or will in a moment.
    await until(async () => (await server.metric('etcd_debugging_mvcc_slow_watcher_total')) === 0);
    await client.get('slow/0');
    let maps = 1;
    for (let map = await nextOf(slow); map.size < 50; map = await nextOf(slow)) maps += 1;
    // One map for each change would be fifty.
    expect(maps).toBeLessThan(25);
  });

  it('leave out entries that cannot be read, and an event reports these', async () => {
    await using client = clientIn(await etcd.server());
    const registry = new ServiceRegistry(client, 'bad');
    const invalid: unknown[] = [];
    registry.on('invalid', ({ key, error }) => invalid.push([key, error.code]));
    await client.put('bad/old', 'not json');
    await client.put('bad/turns-bad', stored('a:1'));
    await using maps = registry.watch();
    expect(ids(await nextOf(maps))).toEqual(['turns-bad']);
    expect(invalid.splice(0)).toEqual([['bad/old', 'DECODE']]);

    await client.put('bad/new', '{"Addr":1}');
    await client.put('bad/good', stored('b:1'));
    expect(ids(await nextOf(maps))).toEqual(['good', 'turns-bad']);
    expect(invalid.splice(0)).toEqual([['bad/new', 'DECODE']]);

    await client.put('bad/turns-bad', '{');
    expect(ids(await nextOf(maps))).toEqual(['good']);
    await client.put('bad/old', stored('c:1'));
    expect(ids(await nextOf(maps))).toEqual(['good', 'old']);
    expect(ids(await registry.list())).toEqual(['good', 'old']);
  });

  it('leave out keys that are not text, when they come and when they go', async () => {
    await using client = clientIn(await etcd.server());
    const registry = new ServiceRegistry(client, 'bytes');
    const key = new Uint8Array([...new TextEncoder().encode('bytes/'), 0xff]);
    await client.put(key, stored('a:1'));
    await using maps = registry.watch();
    expect(await nextOf(maps)).toEqual(new Map());
    await client.put(key, stored('b:1'));
    await client.delete(key);
    await client.put('bytes/ok', stored('c:1'));
    expect(ids(await nextOf(maps))).toEqual(['ok']);
  });

  it('end when the consumer leaves, aborts or disposes, and the watch ends too', async () => {
    await using server = await etcd.start();
    await using client = clientIn(server);
    const watched = (times: number) =>
      until(async () => (await server.metric('etcd_debugging_mvcc_watcher_total')) === times);
    const registry = new ServiceRegistry(client, 'left');
    registry.watch();
    for await (const map of registry.watch()) {
      expect(map).toEqual(new Map());
      await watched(1);
      break;
    }
    await watched(0);

    const controller = new AbortController();
    const aborted = registry.watch({ signal: controller.signal });
    await nextOf(aborted);
    const pending = aborted.next();
    await watched(1);
    controller.abort();
    expect(await within(pending)).toEqual({ done: true, value: undefined });
    await watched(0);

    const disposed = registry.watch();
    await nextOf(disposed);
    const waiting = disposed.next();
    await watched(1);
    await disposed[Symbol.asyncDispose]();
    expect(await within(waiting)).toEqual({ done: true, value: undefined });
    await watched(0);
    expect((await registry.watch({ signal: AbortSignal.abort() }).next()).done).toBe(true);
  });

  it('end with the client', async () => {
    const client = clientIn(await etcd.server());
    const maps = new ServiceRegistry(client, 'ended').watch();
    await nextOf(maps);
    const pending = failureOf(maps.next());
    await client.close();
    expect(await within(pending)).toMatchObject({ code: 'CLIENT_CLOSED' });
    expect((await maps.next()).done).toBe(true);
  });

  it('have ids without the namespace', async () => {
    const server = await etcd.server();
    await using client = clientOf(server, { namespace: 'tenant/' });
    await using maps = new ServiceRegistry(client, 'spaced').watch();
    await nextOf(maps);
    await server.ctl('put', 'tenant/spaced/n', stored('n:1'));
    expect(ids(await nextOf(maps))).toEqual(['n']);
  });

  it('refuse unknown options', async () => {
    await using client = clientIn(await etcd.server());
    const registry = new ServiceRegistry(client, 'options');
    expect(() => registry.watch({ prevKv: true } as object)).toThrow(/^options\.prevKv: /);
    expect(() => registry.watch({ signal: 1 as never })).toThrow(/^signal: /);
  });
});

/** The next map; fails when there is none. */
async function nextOf(maps: AsyncIterator<ServiceEndpoints>): Promise<ServiceEndpoints> {
  const { done, value } = await within(maps.next(), undefined, 'the next map');
  if (done === true) throw new Error('the watch has ended');
  return value;
}
