import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { EtcdClient } from '../../src/index.js';
import { clientOf, failureOf } from '../support/client.js';
import { describeEtcd } from '../support/describe-etcd.js';
import { startEtcd } from '../support/etcd.js';
import { startProxy } from '../support/fault-proxy.js';
import { answerWith, frame, HostileServer } from '../support/hostile-server.js';
import { until, within } from '../support/wait.js';

const LIMIT_BYTES = 64 * 1024;
/** The options belong to the client: both ways to speak HTTP/2 honour them. */
const WIRES = ['grpc-js', 'direct'] as const;
/** The shortest that the client takes. */
const INTERVAL_MS = 5_000;
/** Nobody listens there: a port that is set aside. */
const NOBODY = 'http://127.0.0.1:1';

describe.each(WIRES)('a client that does not wait for an endpoint, on %s', (wire) => {
  it('rejects at once, without a deadline, where nobody listens', async () => {
    await using client = new EtcdClient({
      endpoints: NOBODY,
      waitForReady: false,
      timeoutMs: 0,
      wire,
    });
    for (const call of [client.get('k'), client.put('k', 'v')] as Promise<unknown>[]) {
      const error = await failureOf(within(call));
      expect(error).toMatchObject({ code: 'UNAVAILABLE', outcome: 'not-sent', retryable: true });
      expect(error.message).toContain(`no endpoint is ready: ${NOBODY} (connect ECONNREFUSED`);
    }
    const connecting = EtcdClient.connect({ endpoints: NOBODY, waitForReady: false, wire });
    expect((await failureOf(within(connecting))).code).toBe('UNAVAILABLE');
  });

  it('rejects after connectTimeoutMs when a server says nothing', async () => {
    const sockets = new Set<Socket>();
    const silent = createServer((socket) => void sockets.add(socket.on('error', () => {})));
    silent.listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as AddressInfo;
    await using client = new EtcdClient({
      endpoints: `http://127.0.0.1:${port}`,
      connectTimeoutMs: 200,
      waitForReady: false,
      timeoutMs: 0,
      wire,
    });
    const error = await failureOf(within(client.get('k')));
    expect(error.message).toContain('(no answer within 200 ms)');
    silent.close();
    for (const socket of sockets) socket.destroy();
  });
});

describe.each(WIRES)('the name of the server on a plain connection, on %s', (wire) => {
  it('is the one of the options', async () => {
    const answer = answerWith(frame(new Uint8Array()));
    await using server = await HostileServer.start(answer);
    const { endpoint } = server;
    await using named = new EtcdClient({
      endpoints: endpoint,
      authority: 'etcd.test:2379',
      wire,
    });
    await named.rpc.kv.compact({ revision: 1n });
    expect(server.authority).toBe('etcd.test:2379');
    await using plain = new EtcdClient({ endpoints: endpoint, wire });
    await plain.rpc.kv.compact({ revision: 1n });
    expect(server.authority).toBe(endpoint.slice('http://'.length));
  });
});

describe('a connection without calls', () => {
  it('is detected as dead with whileIdle, and not checked without', async () => {
    await using server = await startEtcd();
    await using proxy = await startProxy({ target: server.endpoint });
    const keepAlive = { intervalMs: INTERVAL_MS, whileIdle: true };
    await using grpcJs = clientOf(proxy, { wire: 'grpc-js', keepAlive });
    await using direct = clientOf(proxy, { wire: 'direct', keepAlive });
    await using idle = clientOf(proxy);
    const lost = [grpcJs, direct].map(
      (client) => new Promise((resolve) => client.once('disconnected', resolve)),
    );
    for (const client of [grpcJs, direct, idle]) await client.get('k');
    proxy.freeze();
    await within(Promise.all(lost));
    expect(idle.status().endpoints).toMatchObject([{ state: 'ready' }]);
  });
});

describeEtcd('the options of a connection', (etcd) => {
  describe.each(WIRES)('on %s', (wire) => {
    it('let calls fail at once while the server is down, and watches go on after it', async () => {
      await using server = await etcd.start();
      await using client = clientOf(server, { waitForReady: false, timeoutMs: 0, wire });
      await client.put('k', '1');
      await using watcher = client.watch('k');
      await watcher.ready;
      const down = new Promise((resolve) => client.once('disconnected', resolve));
      await server.kill();
      await within(down);
      expect(await failureOf(within(client.put('k', 'lost')))).toMatchObject({
        code: 'UNAVAILABLE',
        outcome: 'not-sent',
      });
      await server.start();
      await until(() => client.put('k', '2').then(() => true));
      for await (const event of watcher) {
        expect(event.type === 'put' && event.kv.value).toBe('2');
        break;
      }
    });

    it('limit the bytes of an answer, and make pages and gathered reads smaller', async () => {
      const server = await etcd.server();
      await using writer = clientOf(server);
      await using client = clientOf(server, { maxReceiveBytes: LIMIT_BYTES, wire });
      const record = 'x'.repeat(10_000);
      const keys = Array.from({ length: 30 }, (_, index) => `bounded/${String(index).padStart(2)}`);
      for (const key of keys) await writer.put(key, record);
      const iterated: string[] = [];
      for await (const { key } of client.prefix('bounded/')) iterated.push(key);
      expect(iterated).toEqual(keys);
      const read = await Promise.all(keys.map((key) => client.get(key)));
      expect(read.map((kv) => kv?.value)).toEqual(keys.map(() => record));

      expect(await failureOf(client.prefix('bounded/').all())).toMatchObject({
        code: 'RESPONSE_TOO_LARGE',
        retryable: false,
      });
      // The server did it, and its answer did not fit.
      const wiped = await failureOf(client.prefix('bounded/').delete({ prevKv: true }));
      expect(wiped).toMatchObject({ code: 'RESPONSE_TOO_LARGE', outcome: 'unknown' });
      expect(await writer.prefix('bounded/').count()).toBe(0);
    });

    it('end a watch whose event does not fit, with that reason', async () => {
      const server = await etcd.server();
      await using client = clientOf(server, { maxReceiveBytes: LIMIT_BYTES, wire });
      await using watcher = client.watch('large');
      await watcher.ready;
      await client.put('large', 'fits');
      await client.put('large', 'x'.repeat(2 * LIMIT_BYTES));
      const seen = watcher[Symbol.asyncIterator]();
      expect((await within(seen.next())).value).toMatchObject({ type: 'put' });
      expect((await failureOf(within(seen.next()))).code).toBe('RESPONSE_TOO_LARGE');
    });
  });
});
