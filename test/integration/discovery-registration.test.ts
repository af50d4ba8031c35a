import { expect, it } from 'vitest';
import { type Registration, ServiceRegistry } from '../../src/discovery/index.js';
import {
  type Interceptor,
  InvalidArgumentError,
  LeaseLostError,
  TimeoutError,
  UnavailableError,
} from '../../src/index.js';
import type { PutRequestInput } from '../../src/rpc/generated/types.js';
import { clientIn, clientOf, failureOf } from '../support/client.js';
import { describeEtcd } from '../support/describe-etcd.js';
import { startProxy } from '../support/fault-proxy.js';
import { deferred, until, within } from '../support/wait.js';

describeEtcd('the registration of an instance', (etcd) => {
  it("stores Go's format under a lease of its own", async () => {
    const server = await etcd.server();
    await using client = clientOf(server);
    const registry = new ServiceRegistry(client, 'stored/api');
    const endpoint = { address: '192.168.1.100:8080', metadata: { zone: 'a' } };
    await using registration = await registry.register('node-1', endpoint, { ttlSeconds: 30 });

    expect(registration.key).toBe('stored/api/node-1');
    expect(registration.id).toBe('node-1');
    expect(registration.endpoint).toEqual(endpoint);
    expect(registration.registered).toBe(true);
    expect(await server.ctl('get', '--print-value-only', 'stored/api/node-1')).toBe(
      '{"Op":0,"Addr":"192.168.1.100:8080","Metadata":{"zone":"a"}}',
    );
    const lease = registration.leaseId.toString(16);
    const ttl = await server.ctl('lease', 'timetolive', lease, '--keys');
    expect(ttl).toMatch(/granted with TTL\(30s\).*attached keys\(\[stored\/api\/node-1\]\)/);
  });

  it('is listed with its metadata, and the entries of etcdctl with it', async () => {
    const server = await etcd.server();
    await using client = clientOf(server);
    const registry = new ServiceRegistry(client, 'listed/api');
    await using _ours = await registry.register('b', { address: 'b:1', metadata: [1, null] });
    await server.ctl('put', 'listed/api/a', '{"Op":0,"Addr":"a:1","Metadata":null}');
    await server.ctl('put', 'listed/api/zone/c', '{"Op":0,"Addr":"c:1","Metadata":"c"}');
    await server.ctl('put', 'listed/apis/other', '{"Op":0,"Addr":"x:1","Metadata":null}');

    expect([...(await registry.list())]).toEqual([
      ['a', { address: 'a:1', metadata: null }],
      ['b', { address: 'b:1', metadata: [1, null] }],
      ['zone/c', { address: 'c:1', metadata: 'c' }],
    ]);
  });

  it('is removed with its lease when it is closed, however often it is closed', async () => {
    const server = await etcd.server();
    await using client = clientIn(server);
    const registry = new ServiceRegistry(client, 'closed');
    const registration = await registry.register('n', { address: 'n:1' });
    await Promise.all([registration.close(), registration.close()]);
    await registration[Symbol.asyncDispose]();
    expect(await registry.list()).toEqual(new Map());
    expect(registration.registered).toBe(false);
    expect(await client.lease.list()).not.toContain(registration.leaseId);
    expect(await failureOf(registration.update({ address: 'm:1' }))).toMatchObject({
      code: 'RELEASED',
    });
    expect(await registry.list()).toEqual(new Map());
  });

  it('is changed in place, in part or as a whole', async () => {
    const server = await etcd.server();
    await using client = clientIn(server);
    const registry = new ServiceRegistry(client, 'changed');
    const address = 'n:1';
    await using registration = await registry.register('n', { address, metadata: { load: 0 } });
    const { leaseId } = registration;

    await registration.update({ metadata: { load: 7 } });
    expect(await registry.list()).toEqual(new Map([['n', { address, metadata: { load: 7 } }]]));
    await registration.update({ address: 'n:2', metadata: undefined });
    expect(registration.endpoint).toEqual({ address: 'n:2', metadata: { load: 7 } });
    await Promise.all(
      Array.from({ length: 20 }, (_, load) => registration.update({ metadata: { load } })),
    );
    const last = { address: 'n:2', metadata: { load: 19 } };
    expect(await registry.list()).toEqual(new Map([['n', last]]));
    expect((await client.get('changed/n'))?.lease).toBe(leaseId);
    await registration.update({ metadata: null });
    expect(registration.endpoint.metadata).toBeNull();
    expect(await failureOf(registration.update({ address: '' }))).toBeInstanceOf(
      InvalidArgumentError,
    );
    expect(registration.endpoint.address).toBe('n:2');
  });

  it('registers again under a new lease when its lease is revoked, and emits an event', async () => {
    const server = await etcd.server();
    await using client = clientIn(server);
    const registry = new ServiceRegistry(client, 'revoked');
    const endpoint = { address: 'n:1', metadata: null };
    await using registration = await registry.register('n', endpoint, { ttlSeconds: 5 });
    const first = registration.leaseId;
    const again = lossAndReturn(registration);

    await server.ctl('lease', 'revoke', first.toString(16));
    const { lost, registered } = await again;
    expect(lost).toBeInstanceOf(LeaseLostError);
    expect(registered.leaseId).toBe(registration.leaseId);
    expect(registration.leaseId).not.toBe(first);
    expect(registration.registered).toBe(true);
    expect(await registry.list()).toEqual(new Map([['n', endpoint]]));
    expect((await client.get('revoked/n'))?.lease).toBe(registration.leaseId);
  });

  it('notices the loss when it is changed, and stores the change under a new lease', async () => {
    const server = await etcd.server();
    await using client = clientIn(server);
    const registry = new ServiceRegistry(client, 'changed-when-lost');
    await using registration = await registry.register('n', { address: 'n:1' });
    const first = registration.leaseId;
    const again = lossAndReturn(registration);

    await server.ctl('lease', 'revoke', first.toString(16));
    await registration.update({ address: 'n:2' });
    expect(registration.leaseId).not.toBe(first);
    await again;
    expect(await registry.list()).toEqual(new Map([['n', { address: 'n:2', metadata: null }]]));
  });

  it.each([
    ['arrives late', undefined],
    ['gets no answer', new UnavailableError('the answer is lost', { outcome: 'unknown' })],
  ])('stays under its new lease when a change under the old one %s', async (_, failure) => {
    const server = await etcd.server();
    const held = heldPuts(failure);
    await using client = clientIn(server, { interceptors: [held.interceptor], batching: false });
    const registry = new ServiceRegistry(client, `held-${failure?.code}`);
    await using registration = await registry.register('n', { address: 'n:1' }, { ttlSeconds: 5 });
    const first = registration.leaseId;
    const again = lossAndReturn(registration);

    held.hold(first);
    const update = registration.update({ address: 'n:2' });
    await within(held.arrived);
    await server.ctl('lease', 'revoke', first.toString(16));
    await again;
    // To the server the old lease is there still: it was lost because no renewal came through.
    await client.rpc.lease.leaseGrant({ id: first, ttl: 600n });
    held.release();
    await update;

    expect(held.stored()).toBe(true);
    expect(await registry.list()).toEqual(new Map([['n', { address: 'n:2', metadata: null }]]));
    expect((await client.get(registration.key))?.lease).toBe(registration.leaseId);
    expect(registration.leaseId).not.toBe(first);
  });

  it('rejects with TimeoutError at the end of the time, and corrects the entry in the background', async () => {
    const server = await etcd.server();
    const held = heldPuts(new TimeoutError('no answer in time', { outcome: 'unknown' }));
    await using client = clientIn(server, { interceptors: [held.interceptor], batching: false });
    const registry = new ServiceRegistry(client, 'impatient');
    await using registration = await registry.register('n', { address: 'n:1' }, { ttlSeconds: 5 });
    const first = registration.leaseId;
    const again = lossAndReturn(registration);

    held.hold(first);
    const update = failureOf(registration.update({ address: 'n:2' }));
    await within(held.arrived);
    await server.ctl('lease', 'revoke', first.toString(16));
    await again;
    await client.rpc.lease.leaseGrant({ id: first, ttl: 600n });
    await using watcher = client.watch(registration.key, { filter: 'put' });
    await watcher.ready;
    held.release();
    expect(await update).toMatchObject({ code: 'TIMEOUT', outcome: 'unknown' });

    const leases: bigint[] = [];
    for await (const event of watcher) {
      if (event.type === 'put') leases.push(event.kv.lease);
      if (leases.at(-1) === registration.leaseId) break;
    }
    expect(leases).toEqual([first, registration.leaseId]);
  });

  it('can be changed after a change that failed', async () => {
    const server = await etcd.server();
    const held = heldPuts(new UnavailableError('refused', { outcome: 'not-sent' }));
    await using client = clientIn(server, { interceptors: [held.interceptor], batching: false });
    const registry = new ServiceRegistry(client, 'failed-once');
    await using registration = await registry.register('n', { address: 'n:1' });

    held.hold(registration.leaseId);
    held.release();
    expect(await failureOf(registration.update({ address: 'n:2' }))).toBeInstanceOf(
      UnavailableError,
    );
    held.hold(0n);
    await registration.update({ address: 'n:3' });
    expect(await registry.list()).toEqual(new Map([['n', { address: 'n:3', metadata: null }]]));
  });

  it('never publishes a change that was refused', async () => {
    const server = await etcd.server();
    const held = heldPuts(new UnavailableError('refused', { outcome: 'not-sent' }));
    await using client = clientIn(server, { interceptors: [held.interceptor], batching: false });
    const registry = new ServiceRegistry(client, 'refused');
    await using registration = await registry.register('n', { address: 'n:1' });
    const signal = AbortSignal.abort();
    const aborted = await failureOf(registration.update({ address: 'n:2' }, { signal }));
    expect(aborted).toMatchObject({ code: 'ABORTED', outcome: 'not-sent' });
    held.hold(registration.leaseId);
    held.release();
    await failureOf(registration.update({ address: 'n:3' }));
    expect(registration.endpoint.address).toBe('n:1');

    const again = lossAndReturn(registration);
    held.hold(0n);
    await client.lease.attach(registration.leaseId).revoke();
    await again;
    await registration.update({ metadata: 1 });
    expect(await registry.list()).toEqual(new Map([['n', { address: 'n:1', metadata: 1 }]]));
  });

  it('ends update and close in the time of the caller while no server answers', async () => {
    await using server = await etcd.start();
    await using proxy = await startProxy({ target: server.endpoint });
    await using client = clientOf(proxy);
    const registry = new ServiceRegistry(client, 'silent');
    const registration = await registry.register('n', { address: 'n:1' }, { ttlSeconds: 2 });
    const lost = new Promise((resolve) => registration.on('lost', resolve));
    proxy.freeze();
    await lost;
    const byTime = registration.update({ address: 'n:2' }, { timeoutMs: 100 });
    const late = await failureOf(byTime);
    expect(late).toMatchObject({ code: 'TIMEOUT', outcome: 'not-sent' });
    expect(late.message).toContain('silent/n timed out after 100 ms');
    const controller = new AbortController();
    const bySignal = failureOf(
      registration.update({ address: 'n:3' }, { signal: controller.signal }),
    );
    controller.abort();
    expect(await bySignal).toMatchObject({ code: 'ABORTED', outcome: 'not-sent' });
    const waiting = failureOf(registration.update({ address: 'n:4' }));
    // Its lease is lost, so there is nothing to wait for.
    await registration.close();
    expect(await waiting).toMatchObject({ code: 'RELEASED', outcome: 'not-sent' });
    proxy.thaw();
  });

  it('can be closed again when no server could be reached in time', async () => {
    await using server = await etcd.start();
    await using proxy = await startProxy({ target: server.endpoint });
    await using client = clientOf(proxy);
    const registry = new ServiceRegistry(client, 'silent');
    const registration = await registry.register('n', { address: 'n:1' }, { ttlSeconds: 600 });
    proxy.freeze();
    const inFlight = failureOf(registration.update({ address: 'n:2' }));
    expect(await failureOf(registration.close({ timeoutMs: 100 }))).toMatchObject({
      code: 'TIMEOUT',
    });
    expect(await inFlight).toMatchObject({ code: 'RELEASED' });
    proxy.thaw();
    await registration.close();
    expect(await registry.list()).toEqual(new Map());
  });

  it('does not delete an entry of the same id that another has registered since', async () => {
    const server = await etcd.server();
    await using client = clientIn(server);
    const registry = new ServiceRegistry(client, 'replaced');
    const old = await registry.register('n', { address: 'old:1' });
    await using _young = await registry.register('n', { address: 'young:1' });
    await old.close();
    expect([...(await registry.list()).values()]).toEqual([{ address: 'young:1', metadata: null }]);
  });

  it('emits events, like its lease, its registry and its watch, and refuses unknown events', async () => {
    const server = await etcd.server();
    await using client = clientIn(server);
    const registry = new ServiceRegistry(client, 'misspelt');
    await using registration = await registry.register('n', { address: 'n:1' });
    await using watcher = client.prefix('misspelt/').watch();
    const wrong = ['losst' as never, () => {}] as const;
    for (const listen of [
      () => registration.on(...wrong),
      () => registry.on(...wrong),
      () => watcher.on(...wrong),
      () => client.lease.attach(1).on(...wrong),
    ]) {
      expect(listen).toThrow(InvalidArgumentError);
      expect(listen).toThrow(/^event: got "losst"; allowed are /);
    }
  });

  it('can be closed after its client', async () => {
    const server = await etcd.server();
    const client = clientIn(server);
    const registration = await new ServiceRegistry(client, 'late').register('n', {
      address: 'n:1',
    });
    await client.close();
    await registration.close();
    expect(registration.registered).toBe(false);
  });

  it('needs a target, an id, an address and a time to live', async () => {
    const server = await etcd.server();
    await using client = clientIn(server);
    expect(() => new ServiceRegistry(client, '')).toThrow(InvalidArgumentError);
    const registry = new ServiceRegistry(client, 'wrong');
    const address = 'n:1';
    const named = async (call: Promise<unknown>) => {
      const error = await failureOf(call);
      expect(error).toBeInstanceOf(InvalidArgumentError);
      return error.message;
    };
    expect(await named(registry.register('', { address }))).toMatch(/^id: /);
    expect(await named(registry.register('n', { address: '' }))).toMatch(/^address: /);
    expect(await named(registry.register('n', { address, metadata: 1n }))).toMatch(/^metadata: /);
    expect(await named(registry.register('n', { address }, { ttlSeconds: 0 }))).toMatch(
      /^ttlSeconds: /,
    );
    expect(await named(registry.register('n', { address }, { ttl: 5 } as object))).toMatch(
      /^options\.ttl: /,
    );
    expect(await registry.list()).toEqual(new Map());
  });

  it('rejects and leaves no lease when it could not be stored', async () => {
    await using server = await etcd.start({ flags: ['--max-request-bytes', '4096'] });
    await using client = clientIn(server);
    const registry = new ServiceRegistry(client, 'large');
    const metadata = 'x'.repeat(8192);
    expect(await failureOf(registry.register('n', { address: 'n:1', metadata }))).toMatchObject({
      outcome: 'not-applied',
    });
    expect(await client.lease.list()).toEqual([]);
    expect(await failureOf(aborted(registry))).toMatchObject({ code: 'ABORTED' });
    await until(async () => (await client.lease.list()).length === 0);
  });

  it('reports bad entries, and lists the others', async () => {
    const server = await etcd.server();
    await using client = clientOf(server);
    const registry = new ServiceRegistry(client, 'some-bad');
    const invalid: unknown[] = [];
    registry.on('invalid', ({ key, error }) => {
      invalid.push([key, error.code, error.key]);
    });
    await client.put('some-bad/bad', 'not json');
    await client.put('some-bad/good', '{"Addr":"good:1","Added":true}');
    await client.put(new Uint8Array([...Buffer.from('some-bad/'), 0xff]), '{"Addr":"x:1"}');
    expect([...(await registry.list())]).toEqual([['good', { address: 'good:1', metadata: null }]]);
    const bytes = new Uint8Array([...Buffer.from('some-bad/'), 0xff]);
    expect(invalid).toEqual([
      ['some-bad/bad', 'DECODE', 'some-bad/bad'],
      [bytes, 'DECODE', bytes],
    ]);
  });

  it('shows its whole keys to Go when the client has a namespace', async () => {
    const server = await etcd.server();
    await using client = clientOf(server, { namespace: 'tenant/' });
    const registry = new ServiceRegistry(client, 'services/api');
    await using registration = await registry.register('n', { address: 'n:1' });
    expect(registration.key).toBe('services/api/n');
    expect(await server.ctl('get', '--keys-only', '--prefix', 'tenant/')).toBe(
      'tenant/services/api/n',
    );
    await using everything = clientOf(server);
    const asGo = new ServiceRegistry(everything, 'tenant/services/api');
    expect(await asGo.list()).toEqual(await registry.list());
  });
});

/** Holds up the puts under one lease, which then land, and fail all the same if that is asked for. */
function heldPuts(failure: Error | undefined) {
  const arrived = deferred();
  const released = deferred();
  let lease: bigint | undefined;
  let stored = false;
  const interceptor: Interceptor = (next) => ({
    async unary(method, request, options) {
      const isHeld = method.name === 'KV.Put' && (request as PutRequestInput).lease === lease;
      if (!isHeld || lease === undefined) return next.unary(method, request, options);
      arrived.resolve();
      await released.promise;
      const answer = await next.unary(method, request, options);
      stored = true;
      if (failure !== undefined) throw failure;
      return answer;
    },
  });
  return {
    interceptor,
    arrived: arrived.promise,
    hold: (id: bigint) => {
      lease = id;
    },
    release: () => released.resolve(),
    stored: () => stored,
  };
}

/** The next loss of a registration, and its return. */
async function lossAndReturn(registration: Registration) {
  const lost = deferred<Error>();
  const registered = deferred<{ readonly leaseId: bigint }>();
  registration.once('lost', lost.resolve).once('registered', registered.resolve);
  return within(
    Promise.all([lost.promise, registered.promise]).then(([lostWith, event]) => ({
      lost: lostWith,
      registered: event,
    })),
  );
}

function aborted(registry: ServiceRegistry): Promise<Registration> {
  return registry.register('n', { address: 'n:1' }, { signal: AbortSignal.abort() });
}
