import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as grpc from '@grpc/grpc-js';
import { expect, it } from 'vitest';
import { registerEtcdResolver, ServiceRegistry } from '../../src/discovery/index.js';
import { type EtcdClient, InvalidArgumentError } from '../../src/index.js';
import { clientOf, thrownBy } from '../support/client.js';
import { describeEtcd } from '../support/describe-etcd.js';
import { type NamingClient, namingClient, startNaming } from '../support/naming-service.js';
import { startProgram } from '../support/programs/run.js';
import { until, within } from '../support/wait.js';

describeEtcd('a gRPC client of a service in etcd', (etcd) => {
  let schemes = 0;
  /** gRPC keeps resolvers for the life of the process: each test has its own. */
  const resolved = (client: EtcdClient, onInvalid?: (entry: { key: unknown }) => void) => {
    const scheme = `etcd${etcd.series.replace('.', '')}-${++schemes}`;
    registerEtcdResolver(client, { grpc, scheme, onInvalid });
    return scheme;
  };

  it('balances over its instances, and follows when one goes and another comes', async () => {
    const server = await etcd.server();
    await using client = clientOf(server);
    const registry = new ServiceRegistry(client, 'balanced/api');
    await using red = await startNaming('red');
    await using green = await startNaming('green');
    await using blue = await startNaming('blue');
    const redEntry = await registry.register('red', red);
    await using _green = await registry.register('green', green);

    using service = namingClient(`${resolved(client)}:///balanced/api`);
    await until(async () => Object.keys(await service.tally(2)).length === 2);
    expect(await service.tally(10)).toEqual({ red: 5, green: 5 });

    await redEntry.close();
    await until(async () => (await service.tally(4))['green'] === 4);
    await red[Symbol.asyncDispose]();
    expect(await service.tally(6)).toEqual({ green: 6 });

    await using _blue = await registry.register('blue', blue);
    await until(async () => Object.keys(await service.tally(2)).length === 2);
    expect(await service.tally(10)).toEqual({ green: 5, blue: 5 });
  });

  it('stays with one instance by the default policy of gRPC, and moves on when it goes', async () => {
    const server = await etcd.server();
    await using client = clientOf(server);
    await using red = await startNaming('red');
    await using green = await startNaming('green');
    const registry = new ServiceRegistry(client, 'first/api');
    const redEntry = await registry.register('a', red);
    using service = namingClient(`${resolved(client)}:///first/api`, {});
    expect(await service.tally(5)).toEqual({ red: 5 });
    await using _green = await registry.register('b', green);
    await redEntry.close();
    await red[Symbol.asyncDispose]();
    await until(async () => (await service.ask()) === 'green');
  });

  it.each([
    ['round robin', undefined],
    ["gRPC's own policy", {}],
  ])('fails its calls while there is no instance, and says why: %s', async (policy, options) => {
    const server = await etcd.server();
    await using client = clientOf(server);
    const target = `none/${policy.replaceAll(/\W/g, '-')}`;
    const registry = new ServiceRegistry(client, target);
    await using red = await startNaming('red');
    using service = namingClient(`${resolved(client)}:///${target}`, options);
    const refused = { code: grpc.status.UNAVAILABLE };
    await expect(service.ask()).rejects.toMatchObject({
      ...refused,
      details: expect.stringContaining(`no instance of ${target} is registered`),
    });
    const entry = await registry.register('red', red);
    await until(() => service.ask());
    await entry.close();
    // An open connection is good enough for gRPC's own policy, until it closes.
    if (options !== undefined) await red[Symbol.asyncDispose]();
    await until(async () => (await refusal(service))?.code === grpc.status.UNAVAILABLE);
    await using back = await startNaming('back');
    await using _back = await registry.register('back', back);
    await until(async () => (await service.ask()) === 'back');
  });

  it('reaches instances by IPv6, by name and by socket, and leaves out the rest', async () => {
    const server = await etcd.server();
    await using client = clientOf(server);
    const socket = join(tmpdir(), `naming-${process.pid}-${etcd.series}.sock`);
    await using v6 = await startNaming('v6', '[::1]:0');
    await using byName = await startNaming('name', 'localhost:0');
    await using bySocket = await startNaming('socket', `unix:${socket}`);
    const registry = new ServiceRegistry(client, 'kinds/api');
    await using _v6 = await registry.register('v6', v6);
    await using _name = await registry.register('name', byName);
    await using _socket = await registry.register('socket', bySocket);
    await using _url = await registry.register('url', { address: 'http://127.0.0.1:80' });
    await server.ctl('put', 'kinds/api/bad', 'not json');

    const left = new Set<unknown>();
    using service = namingClient(`${resolved(client, ({ key }) => left.add(key))}:///kinds/api`);
    await until(async () => Object.keys(await service.tally(3)).length === 3);
    expect(await service.tally(9)).toEqual({ v6: 3, name: 3, socket: 3 });
    expect([...left].sort()).toEqual(['kinds/api/bad', 'kinds/api/url']);
  });

  it('counts instances that share an address once', async () => {
    const server = await etcd.server();
    await using client = clientOf(server);
    await using red = await startNaming('red');
    await using green = await startNaming('green');
    const registry = new ServiceRegistry(client, 'shared/api');
    await using _one = await registry.register('one', red);
    await using _two = await registry.register('two', red);
    await using _green = await registry.register('green', green);
    using service = namingClient(`${resolved(client)}:///shared/api`);
    await until(async () => Object.keys(await service.tally(2)).length === 2);
    expect(await service.tally(6)).toEqual({ red: 3, green: 3 });
  });

  it('finds the service for each form of the target', async () => {
    const server = await etcd.server();
    await using client = clientOf(server);
    await using red = await startNaming('red');
    await using _red = await new ServiceRegistry(client, 'written/api').register('r', red);
    await using blue = await startNaming('blue');
    await using _blue = await new ServiceRegistry(client, '/written/api').register('b', blue);
    const scheme = resolved(client);
    for (const [target, name] of [
      [`${scheme}:///written/api`, 'red'],
      [`${scheme}:/written/api`, 'red'],
      [`${scheme}:written/api`, 'red'],
      [`${scheme}://any/written/api`, 'red'],
      [`${scheme}:////written/api`, 'blue'],
    ] as const) {
      using service = namingClient(target);
      expect(await service.ask()).toBe(name);
    }
  });

  it('watches etcd while it is in use, and no longer', async () => {
    await using server = await etcd.start();
    await using client = clientOf(server);
    const watchers = () => server.metric('etcd_debugging_mvcc_watcher_total');
    await using red = await startNaming('red');
    await using _red = await new ServiceRegistry(client, 'used').register('red', red);
    const target = `${resolved(client)}:///used`;
    const closed = namingClient(target);
    expect(await watchers()).toBe(0);
    await closed.ask();
    await until(async () => (await watchers()) === 1);
    closed[Symbol.dispose]();
    await until(async () => (await watchers()) === 0);

    using idle = namingClient(target, { 'grpc.client_idle_timeout_ms': 1_000 });
    // Asked until then: a client that has been idle for a second watches no more.
    const inUse = () => until(async () => (await idle.ask()) === 'red' && (await watchers()) === 1);
    await inUse();
    await until(() => idle.state === grpc.connectivityState.IDLE);
    await until(async () => (await watchers()) === 0);
    await inUse();
  });

  it('keeps the known instances when the etcd client is closed', async () => {
    const server = await etcd.server();
    await using keeper = clientOf(server);
    await using red = await startNaming('red');
    await using _red = await new ServiceRegistry(keeper, 'known').register('red', red);
    const client = clientOf(server);
    const scheme = resolved(client);
    using service = namingClient(`${scheme}:///known`);
    expect(await service.ask()).toBe('red');
    await client.close();
    expect(await service.tally(3)).toEqual({ red: 3 });
    using late = namingClient(`${scheme}:///known`, { 'grpc.initial_reconnect_backoff_ms': 100 });
    await expect(late.ask()).rejects.toMatchObject({
      code: grpc.status.UNAVAILABLE,
      details: expect.stringMatching(/etcd .*CLIENT_CLOSED/),
    });
  });

  it('lets the process exit when all is closed', async () => {
    const server = await etcd.server();
    await using program = await startProgram('discover-and-close', [server.endpoint]);
    await program.printed('closed');
    const { exitCode, stdout, stderr } = await within(program.ended);
    expect(stderr).toBe('');
    expect(exitCode).toBe(0);
    expect([...stdout].sort()).toEqual(['closed', 'red', 'watch: CLIENT_CLOSED']);
  });

  it('needs the module of gRPC and an unused scheme', async () => {
    await using client = clientOf(await etcd.server());
    const message = (options: object) =>
      thrownBy(() => registerEtcdResolver(client, options as { grpc: typeof grpc })).message;
    expect(message({})).toMatch(/^grpc: got undefined; the module @grpc\/grpc-js, 1\.14 or later/);
    expect(message({ grpc: { ...grpc, experimental: {} } })).toMatch(/^grpc: /);
    expect(message({ grpc, scheme: 'dns' })).toMatch(/^scheme: got "dns"; /);
    expect(message({ grpc, scheme: 'Etcd' })).toMatch(/^scheme: /);
    expect(message({ grpc, scheme: '' })).toMatch(/^scheme: /);
    expect(message({ grpc, schema: 'etcd' })).toMatch(/^options\.schema: /);
    expect(message({ grpc, onInvalid: 'log' })).toMatch(/^onInvalid: /);
    expect(() => registerEtcdResolver(client, undefined as never)).toThrow(InvalidArgumentError);
  });
});

/** The error of a call, if it has one. */
async function refusal(service: NamingClient): Promise<grpc.ServiceError | undefined> {
  return service.ask().then(
    () => undefined,
    (error: grpc.ServiceError) => error,
  );
}
