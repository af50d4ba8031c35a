import { createSocket } from 'node:dgram';
import dns from 'node:dns';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { EtcdClient, type Interceptor } from '../../src/index.js';
import { clientOf, failureOf } from '../support/client.js';
import { allConnected, nextEvent } from '../support/connected.js';
import { describeEtcd } from '../support/describe-etcd.js';
import type { EtcdServer } from '../support/etcd.js';
import { startProxy } from '../support/fault-proxy.js';
import { until, within } from '../support/wait.js';

function readsOf(member: EtcdServer): Promise<number> {
  return member.metric('grpc_server_handled_total', { grpc_method: 'Range' });
}

/** Calls fail for this reason, once the client had the time to find it out. */
async function failsBecause(client: EtcdClient, reason: string): Promise<void> {
  let seen = '';
  await until(
    async () => {
      const error = await failureOf(client.get('k', { timeoutMs: 300 }));
      expect(error).toMatchObject({ code: 'UNAVAILABLE', outcome: 'not-sent' });
      seen = error.message;
      return seen.includes(reason);
    },
    { what: reason },
  ).catch(() => {});
  expect(seen).toContain(reason);
}

describeEtcd('endpoints', (etcd) => {
  it('share the calls', async () => {
    await using cluster = await etcd.cluster();
    await using client = new EtcdClient({ endpoints: cluster.endpoints, batching: false });
    await allConnected(client);
    const before = await Promise.all(cluster.members.map(readsOf));
    await Promise.all(Array.from({ length: 90 }, () => client.get('k')));
    const after = await Promise.all(cluster.members.map(readsOf));
    for (const [i, reads] of after.entries()) {
      expect(reads - (before[i] ?? 0)).toBeGreaterThanOrEqual(25);
    }
  });

  it('of another cluster are refused, and the others are used', async () => {
    await using other = await etcd.start();
    const server = await etcd.server();
    await using client = clientOf(server);
    await client.put('mine', 'v');
    const refused = new Promise((resolve) => client.once('disconnected', resolve));
    client.setEndpoints([server.endpoint, other.endpoint]);
    await until(async () => (await other.metric('grpc_server_handled_total')) > 0);
    for (let i = 0; i < 20; i++) expect((await client.get('mine'))?.value).toBe('v');
    expect(await readsOf(other)).toBe(0);
    // It was never connected, so that nothing was lost with it.
    expect(await Promise.race([refused, 'no event'])).toBe('no event');
  });

  it('fail calls at once when all of them are of another cluster', async () => {
    await using other = await etcd.start();
    await using client = clientOf(await etcd.server());
    await client.put('mine', 'v');
    client.setEndpoints(other.endpoint);
    // At once: without waiting for the deadline of 5 s.
    const failures = Promise.all([
      failureOf(client.put('k', 'v')),
      failureOf(client.get('k', { timeoutMs: 0 })),
    ]);
    for (const error of await within(failures, 4_500, 'the failures')) {
      expect(error).toMatchObject({
        code: 'CLUSTER_ID_MISMATCH',
        outcome: 'not-sent',
        endpoint: other.endpoint,
        retryable: false,
      });
    }
  });

  it('that are removed finish their calls', async () => {
    const server = await etcd.server();
    await using slow = await startProxy({ target: server.endpoint });
    await using client = clientOf(slow);
    await allConnected(client);
    slow.freeze('toClient');
    const { responses } = slow;
    const put = client.put('moved', 'v');
    await slow.waitForResponses(responses + 1);
    client.setEndpoints(server.endpoint);
    expect(client.endpoints).toEqual([server.endpoint]);
    expect((await client.get('moved'))?.value).toBe('v');
    slow.thaw();
    await put;
    await slow.waitForConnections(0);
  });

  it('that are removed are no longer waited for', async () => {
    const server = await etcd.server();
    const dead = 'http://127.0.0.1:1';
    await using client = clientOf(server, { endpoints: [server.endpoint, dead], timeoutMs: 0 });
    const status = failureOf(client.maintenance.status(dead));
    await client.put('k', 'v');
    client.setEndpoints(server.endpoint);
    expect(await status).toMatchObject({ outcome: 'not-sent', endpoint: dead });
    expect((await client.get('k'))?.value).toBe('v');
  });

  it('that are removed give their streams to the others', async () => {
    const server = await etcd.server();
    await using proxy = await startProxy({ target: server.endpoint });
    await using client = clientOf(proxy);
    await using watcher = client.watch('moving');
    await watcher.ready;
    const events = watcher[Symbol.asyncIterator]();
    await client.put('moving', '1');
    expect((await events.next()).value).toMatchObject({ kv: { value: '1' } });
    client.setEndpoints(server.endpoint);
    await client.put('moving', '2');
    expect((await events.next()).value).toMatchObject({ kv: { value: '2' } });
    await proxy.waitForConnections(0);
  });

  it('whose connection died in silence are detected by messages of a watch or a lease', async () => {
    const server = await etcd.server();
    for (const use of ['watch', 'lease']) {
      await using proxy = await startProxy({ target: server.endpoint });
      await using client = clientOf(proxy);
      await using watcher = client.watch('silent');
      await watcher.ready;
      const lease = await client.lease.grant(30);
      proxy.freeze();
      const gone = nextEvent(client, 'disconnected', proxy.endpoint);
      await using later = use === 'watch' ? client.watch('later') : undefined;
      const renewed = use === 'lease' ? lease.keepAliveOnce({ timeoutMs: 0 }) : undefined;
      // Pings would need 13 s.
      await within(gone, 9_000, 'the end of the connection');
      await proxy.restore();
      await later?.ready;
      await renewed;
      await lease.revoke();
    }
  });

  it('are used again as soon as they are back', async () => {
    await using server = await etcd.start();
    await using client = clientOf(server);
    await client.put('k', 'v');
    const gone = nextEvent(client, 'disconnected', server.endpoint);
    await server.kill();
    await gone;
    const get = client.get('k', { timeoutMs: 15_000 });
    const back = nextEvent(client, 'connected', server.endpoint);
    await server.restart();
    await back;
    expect((await get)?.value).toBe('v');
  });

  it('may be Unix sockets', async () => {
    const server = await etcd.server();
    const path = join(tmpdir(), `etcd-kit-${process.pid}-${etcd.series}.sock`);
    const listener = createServer((socket) => {
      const { hostname, port } = new URL(server.endpoint);
      const onward = connect(Number(port), hostname);
      socket.pipe(onward).pipe(socket);
      socket.on('error', () => onward.destroy());
      onward.on('error', () => socket.destroy());
    });
    await using client = clientOf({ endpoint: `unix://${path}` });
    await failsBecause(client, `unix://${path} (connect ENOENT`);
    listener.listen(path);
    try {
      await client.put('k', 'v');
      expect((await client.get('k'))?.value).toBe('v');
    } finally {
      await client.close();
      listener.close();
    }
  });

  it('that are learners serve no reads while there are voters', async () => {
    await using cluster = await etcd.cluster({ size: 1 });
    const learner = await cluster.addMember({ learner: true });
    await using client = new EtcdClient({ endpoints: cluster.endpoints, batching: false });
    await allConnected(client, 2);
    // While it was the only one that was connected it may have been asked.
    const before = await readsOf(learner);
    for (let i = 0; i < 20; i++) await client.put('k', String(i));
    expect(await readsOf(learner)).toBe(before);
    expect(await learner.metric('grpc_server_handled_total', { grpc_method: 'Put' })).toBe(0);
  });

  it('follow the members', async () => {
    await using cluster = await etcd.cluster();
    await using client = new EtcdClient({ endpoints: cluster.endpoints.slice(0, 1) });
    expect([...(await client.syncEndpoints())].sort()).toEqual([...cluster.endpoints].sort());
    await client.put('k', 'v');
  });

  it('follow the members, without learners', async () => {
    await using cluster = await etcd.cluster({ size: 1 });
    await using client = new EtcdClient({ endpoints: cluster.endpoints });
    await cluster.addMember({ learner: true });
    expect(await client.cluster.members()).toHaveLength(2);
    expect(await client.syncEndpoints()).toEqual(cluster.endpoints.slice(0, 1));
  });

  it('follow the members automatically with endpointSync', async () => {
    await using cluster = await etcd.cluster();
    const [first] = cluster.endpoints;
    await using client = new EtcdClient({
      endpoints: first ?? '',
      endpointSync: { intervalSeconds: 0.05 },
    });
    await client.get('k');
    await until(() => client.endpoints.length === 3, { what: 'three endpoints' });
  });

  it('are looked up in DNS', async () => {
    const server = await etcd.server();
    await using names = await startDns({ '_etcd-client._tcp.cluster.test': server.clientPort });
    const before = dns.getServers();
    dns.setServers([names.address]);
    try {
      await using client = new EtcdClient({ endpoints: 'dnssrv://cluster.test' });
      expect(client.endpoints).toEqual(['dnssrv://cluster.test']);
      await client.put('k', 'v');
      expect(client.endpoints).toEqual([`http://localhost:${server.clientPort}`]);
      await using lost = new EtcdClient({ endpoints: 'dnssrv://no-cluster.test' });
      await failsBecause(lost, 'dnssrv://no-cluster.test (querySrv');
    } finally {
      dns.setServers(before);
    }
  });
});

describeEtcd('calls', (etcd) => {
  it('pass the interceptors in order, with the metadata that they add', async () => {
    const seen: string[] = [];
    const named =
      (name: string): Interceptor =>
      (next) => ({
        async unary(method, request, options) {
          seen.push(`${name} ${method.name}`);
          const metadata = { ...options?.metadata, [`x-${name}`]: '1' };
          return next.unary(method, request, { ...options, metadata });
        },
      });
    const last: Interceptor = (next) => ({
      unary: (method, request, options) => {
        seen.push(Object.keys(options?.metadata ?? {}).join());
        return next.unary(method, request, options);
      },
    });
    await using client = clientOf(await etcd.server(), {
      interceptors: [named('outer'), named('inner'), last],
    });
    await client.put('k', 'v');
    expect(seen).toEqual(['outer KV.Put', 'inner KV.Put', 'x-outer,x-inner']);
    for await (const _ of client.maintenance.snapshot()) break;
  });

  it('refuse metadata that cannot be sent, and send nothing', async () => {
    await using client = clientOf(await etcd.server(), { metadata: { 'x-app': 'test' } });
    await client.put('k', 'v', { metadata: { 'x-request': '1' } });
    for (const metadata of [{ Upper: '1' }, { token: '1' }, { connection: '1' }, { a: 'ü' }]) {
      await expect(client.put('k', 'v', { metadata })).rejects.toThrow(TypeError);
    }
  });
});

/** A DNS server on loopback that knows SRV records of `localhost`, by name and port. */
async function startDns(
  ports: Readonly<Record<string, number>>,
): Promise<AsyncDisposable & { readonly address: string }> {
  const socket = createSocket('udp4');
  socket.on('message', (query, { port, address }) => {
    const labels: string[] = [];
    let offset = 12;
    for (let length = query[offset] ?? 0; length > 0; length = query[offset] ?? 0) {
      labels.push(query.toString('latin1', offset + 1, offset + 1 + length));
      offset += 1 + length;
    }
    const question = query.subarray(12, offset + 5);
    const target = ports[labels.join('.').toLowerCase()];
    const header = Buffer.alloc(12);
    query.copy(header, 0, 0, 2);
    // An answer, with "no such name" where there is no record.
    header.writeUInt16BE(target === undefined ? 0x8183 : 0x8180, 2);
    header.writeUInt16BE(1, 4);
    header.writeUInt16BE(target === undefined ? 0 : 1, 6);
    const name = Buffer.from('\x09localhost\x00', 'latin1');
    const data = Buffer.alloc(6 + name.length);
    data.writeUInt16BE(target ?? 0, 4);
    name.copy(data, 6);
    const record = Buffer.alloc(12);
    record.writeUInt16BE(0xc00c, 0);
    record.writeUInt16BE(33, 2);
    record.writeUInt16BE(1, 4);
    record.writeUInt32BE(60, 6);
    record.writeUInt16BE(data.length, 10);
    const answer = target === undefined ? [] : [record, data];
    socket.send(Buffer.concat([header, question, ...answer]), port, address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return {
    address: `127.0.0.1:${socket.address().port}`,
    [Symbol.asyncDispose]: () => new Promise((resolve) => socket.close(() => resolve())),
  };
}
