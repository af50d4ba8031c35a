import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { EtcdClient, EtcdError } from '../../src/index.js';
import { clientOf, failureOf } from '../support/client.js';
import { allConnected } from '../support/connected.js';
import { describeEtcd } from '../support/describe-etcd.js';
import { startProxy } from '../support/fault-proxy.js';
import { startProgram } from '../support/programs/run.js';
import { until } from '../support/wait.js';

const CLOSED = { code: 'CLIENT_CLOSED', name: 'ClientClosedError' } as const;

/** What keeps the process alive, or would: sockets and timers. */
function resources(): readonly string[] {
  return process.getActiveResourcesInfo().filter((name) => /TCP|TLS|Pipe|Timeout|DNS/.test(name));
}

describeEtcd('closing a client', (etcd) => {
  it('ends calls in flight with an unknown outcome', async () => {
    await using proxy = await startProxy({ target: (await etcd.server()).endpoint });
    const client = clientOf(proxy);
    await allConnected(client);
    proxy.freeze('toClient');
    const { requests } = proxy;
    const put = failureOf(client.put('k', 'v'));
    await proxy.waitForRequests(requests + 1);
    await client.close();
    expect(await put).toMatchObject({ ...CLOSED, outcome: 'unknown', method: 'KV.Put' });
  });

  it('ends calls that wait for a connection, and stops connecting', async () => {
    await using proxy = await startProxy({ target: (await etcd.server()).endpoint });
    proxy.freeze();
    const client = clientOf(proxy);
    const put = failureOf(client.put('k', 'v'));
    await proxy.waitForAccepted(1);
    await client.close();
    expect(await put).toMatchObject({ ...CLOSED, outcome: 'not-sent' });
    // What was frozen goes on: a socket that the client had kept would stay open now.
    proxy.thaw();
    await proxy.waitForConnections(0);
  });

  it('ends calls that pause between attempts', async () => {
    await using proxy = await startProxy({ target: (await etcd.server()).endpoint });
    const client = clientOf(proxy, { retry: { initialBackoffMs: 10_000, maxBackoffMs: 10_000 } });
    await allConnected(client);
    const cut = proxy.cutAfterResponses(0);
    const lost = new Promise((resolve) => client.once('disconnected', resolve));
    const get = failureOf(client.get('k'));
    await cut;
    await lost;
    await client.close();
    expect(await get).toMatchObject(CLOSED);
  });

  it('ends calls that wait for a token', async () => {
    const client = clientOf(await etcd.server(), {
      auth: { token: () => new Promise<string>(() => {}) },
    });
    const put = failureOf(client.put('k', 'v'));
    await client.close();
    expect(await put).toMatchObject({ ...CLOSED, outcome: 'not-sent' });
  });

  it('refuses later calls, and can be repeated', async () => {
    const client = clientOf(await etcd.server());
    await client.put('k', 'v');
    await Promise.all([client.close(), client.close()]);
    await client.close();
    await client[Symbol.asyncDispose]();
    expect(await failureOf(client.put('k', 'v'))).toMatchObject({ ...CLOSED, outcome: 'not-sent' });
    expect(() => client.setEndpoints('http://127.0.0.1:1')).toThrow(EtcdError);
  });

  it('works on a client that was never used', async () => {
    const client = new EtcdClient({ endpoints: 'http://127.0.0.1:1' });
    await client.close();
    expect(await failureOf(client.get('k'))).toMatchObject(CLOSED);
  });

  it('ends connections while a member hangs or cannot be reached', async () => {
    const server = await etcd.server();
    await using frozen = await startProxy({ target: server.endpoint });
    await using client = clientOf(server, { endpoints: [server.endpoint, frozen.endpoint] });
    await allConnected(client);
    frozen.freeze();
    // Until the client has found out that one of the two does not answer.
    let lost = false;
    client.once('disconnected', () => {
      lost = true;
    });
    while (!lost) await client.get('k');
    await client.close();
    frozen.thaw();
    await frozen.waitForConnections(0);
  });

  it.concurrent.each(['refused', 'silent', 'unresolved'])(
    'lets the process exit: %s',
    { timeout: 60_000 },
    async (kind) => {
      const server = await etcd.server();
      await using proxy = await startProxy({ target: server.endpoint });
      proxy.freeze();
      const endpoint = {
        refused: 'http://127.0.0.1:1',
        silent: proxy.endpoint,
        unresolved: 'http://no-such-host.invalid:2379',
      }[kind];
      await using program = await startProgram('close-in-vain', [endpoint ?? '']);
      expect(await program.ended).toMatchObject({
        exitCode: 0,
        stdout: ['CLIENT_CLOSED', 'UNAVAILABLE'],
        stderr: '',
      });
    },
  );

  it('leaves nothing behind in 1,000 rounds', { timeout: 120_000 }, async () => {
    const server = await etcd.server();
    const round = async (): Promise<void> => {
      await using client = clientOf(server);
      await client.get('k');
    };
    for (let i = 0; i < 50; i++) await round();
    const before = resources().length;
    const memoryBefore = await settledMemory();
    for (let i = 0; i < 100; i++) await Promise.all(Array.from({ length: 10 }, round));
    await until(() => resources().length <= before, { what: 'sockets and timers to be gone' });
    const grown = (await settledMemory()) - memoryBefore;
    console.info(`etcd ${etcd.version}: 1,000 clients left ${Math.round(grown / 1_024)} KiB`);
    // 1,000 clients that stayed in memory would be tens of MiB.
    expect(grown).toBeLessThan(4 * 1_024 * 1_024);
  });
});

/** The heap in use when no more can be collected. */
async function settledMemory(): Promise<number> {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  let last = Number.POSITIVE_INFINITY;
  for (;;) {
    collectGarbage();
    await new Promise((resolve) => setImmediate(resolve));
    const now = process.memoryUsage().heapUsed;
    if (now >= last) return last;
    last = now;
  }
}
