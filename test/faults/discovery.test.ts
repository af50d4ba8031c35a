import * as grpc from '@grpc/grpc-js';
import { expect, it } from 'vitest';
import {
  registerEtcdResolver,
  type ServiceEndpoints,
  ServiceRegistry,
} from '../../src/discovery/index.js';
import { clientOf, failureOf } from '../support/client.js';
import { allConnected } from '../support/connected.js';
import { describeEtcdConcurrently } from '../support/describe-etcd.js';
import { startProxy } from '../support/fault-proxy.js';
import { namingClient, startNaming } from '../support/naming-service.js';
import { startProgram } from '../support/programs/run.js';
import { deferred, until, within } from '../support/wait.js';

/**
 * What an instance that was killed may stay beyond its time to live. A server that has nothing else to do
 * takes less than a second; the bound tells that from the time to live of others.
 */
const GRACE_MS = 10_000;
/** Long enough to survive a machine that stands still for a moment. */
const TTL_SECONDS = 4;

const stored = (address: string) => JSON.stringify({ Op: 0, Addr: address, Metadata: null });

describeEtcdConcurrently('failing instances of a service', (etcd) => {
  it('disappear from every map soon after their TTL when they are killed', async () => {
    await using server = await etcd.start();
    await using one = clientOf(server);
    await using two = clientOf(server);
    const ttlSeconds = 2;
    const target = 'killed/api';
    const args = [server.endpoint, target, 'victim', '10.0.0.1:80', String(ttlSeconds)];
    await using victim = await startProgram('register-instance', args);
    await victim.printed('registered');
    await using stays = await new ServiceRegistry(one, target).register('stays', {
      address: '10.0.0.2:80',
    });
    const watches = [one, two].map((client) => latestOf(new ServiceRegistry(client, target)));
    for (const { latest } of watches) await until(() => latest()?.size === 2);

    const killed = performance.now();
    await victim[Symbol.asyncDispose]();
    for (const { latest } of watches) await until(() => latest()?.size === 1);
    const tookMs = performance.now() - killed;
    console.info(
      `etcd ${etcd.version}: an instance was gone ${Math.round(tookMs)} ms after its end`,
    );
    expect(tookMs).toBeLessThan(ttlSeconds * 1_000 + GRACE_MS);
    for (const { latest, stop } of watches) {
      expect([...(latest() ?? [])]).toEqual([['stays', stays.endpoint]]);
      await stop();
    }
  });

  it('change while a watch is cut off and compacted, and its map becomes right again', async () => {
    await using server = await etcd.start();
    await using proxy = await startProxy({ target: server.endpoint });
    await using remote = clientOf(proxy);
    await using local = clientOf(server);
    const target = 'hidden/api';
    for (const id of ['goes', 'moves', 'stays']) await local.put(`${target}/${id}`, stored('a:1'));
    const watch = latestOf(new ServiceRegistry(remote, target));
    await until(() => watch.latest()?.size === 3);

    proxy.refuse();
    proxy.resetAll();
    await local.delete(`${target}/goes`);
    await local.put(`${target}/moves`, stored('b:1'));
    await local.put(`${target}/comes`, stored('c:1'));
    const { header } = await local.put(`${target}/short`, stored('d:1'));
    await local.delete(`${target}/short`);
    await local.compact(header.revision + 1n, { physical: true });
    await proxy.restore();

    const right = await new ServiceRegistry(local, target).list();
    expect([...right.keys()]).toEqual(['comes', 'moves', 'stays']);
    await until(() => sameMap(watch.latest(), right));
    await local.put(`${target}/later`, stored('e:1'));
    await until(() => watch.latest()?.has('later'));
    expect(watch.latest()?.size).toBe(4);
    await watch.stop();
  });

  it('are registered again when they were cut off for longer than their TTL', async () => {
    await using server = await etcd.start();
    await using proxy = await startProxy({ target: server.endpoint });
    await using remote = clientOf(proxy, { timeoutMs: 2_000 });
    await using local = clientOf(server);
    await allConnected(remote);
    const target = 'cut-off/api';
    const registry = new ServiceRegistry(remote, target);
    const endpoint = { address: '10.0.0.1:80', metadata: { zone: 'a' } };
    await using registration = await registry.register('node', endpoint, {
      ttlSeconds: TTL_SECONDS,
    });
    const events: string[] = [];
    const lost = deferred();
    const failed = deferred();
    const registered = deferred();
    registration
      .on('lost', () => {
        events.push('lost');
        lost.resolve();
      })
      .on('error', () => {
        if (events.at(-1) !== 'error') events.push('error');
        failed.resolve();
      })
      .on('registered', () => {
        events.push('registered');
        registered.resolve();
      });
    const others = latestOf(new ServiceRegistry(local, target));
    await until(() => others.latest()?.size === 1);

    proxy.freeze();
    await within(lost.promise);
    expect(registration.registered).toBe(false);
    await until(() => others.latest()?.size === 0);
    const update = registration.update({ metadata: { zone: 'b' } });
    await within(failed.promise);
    proxy.resetAll();
    await proxy.restore();

    await within(registered.promise);
    await within(update);
    expect(events).toEqual(['lost', 'error', 'registered']);
    // The entry may come back as it was before it is changed.
    const changed = new Map([['node', { ...endpoint, metadata: { zone: 'b' } }]]);
    await until(() => sameMap(others.latest(), changed), { what: 'the entry as it was changed' });
    await others.stop();
  });

  it('can be closed while they are cut off, and are not registered again', async () => {
    await using server = await etcd.start();
    await using proxy = await startProxy({ target: server.endpoint });
    await using remote = clientOf(proxy, { timeoutMs: 2_000 });
    await using local = clientOf(server);
    await allConnected(remote);
    const target = 'closed-off/api';
    const registration = await new ServiceRegistry(remote, target).register(
      'node',
      { address: '10.0.0.1:80' },
      { ttlSeconds: TTL_SECONDS },
    );
    const lost = deferred();
    let cameBack = false;
    registration
      .on('lost', () => lost.resolve())
      .on('registered', () => {
        cameBack = true;
      });
    proxy.refuse();
    proxy.resetAll();
    await within(lost.promise);
    const update = failureOf(registration.update({ address: '10.0.0.2:80' }));
    // The lease is over by the clock, so there is nothing to wait for.
    await within(registration.close());
    expect((await update).code).toBe('RELEASED');
    await proxy.restore();
    const registry = new ServiceRegistry(local, target);
    await until(async () => (await registry.list()).size === 0);
    await registration.close();
    expect(await registry.list()).toEqual(new Map());
    expect(cameBack).toBe(false);
  });

  it('are still called by gRPC while etcd is down, and new instances when it is back', async () => {
    await using server = await etcd.start();
    await using proxy = await startProxy({ target: server.endpoint });
    await using remote = clientOf(proxy);
    await using local = clientOf(server);
    const registry = new ServiceRegistry(local, 'away/api');
    await using red = await startNaming('red');
    await using green = await startNaming('green');
    await using _red = await registry.register('red', red);
    const scheme = `away${etcd.series.replace('.', '')}`;
    registerEtcdResolver(remote, { grpc, scheme });
    using service = namingClient(`${scheme}:///away/api`);
    expect(await service.ask()).toBe('red');

    proxy.refuse();
    proxy.resetAll();
    expect(await service.tally(5)).toEqual({ red: 5 });
    await using _green = await registry.register('green', green);
    expect(await service.tally(5)).toEqual({ red: 5 });
    await proxy.restore();
    await until(async () => Object.keys(await service.tally(2)).length === 2);
  });
});

/** Follows a service and keeps the latest map. */
function latestOf(registry: ServiceRegistry) {
  const watch = registry.watch();
  let latest: ServiceEndpoints | undefined;
  const done = (async () => {
    for await (const endpoints of watch) latest = endpoints;
  })();
  return {
    latest: () => latest,
    stop: async () => {
      await watch.return();
      await done;
    },
  };
}

function sameMap(left: ServiceEndpoints | undefined, right: ServiceEndpoints): boolean {
  const sorted = (map: ServiceEndpoints) => JSON.stringify([...map].sort());
  return left !== undefined && sorted(left) === sorted(right);
}
