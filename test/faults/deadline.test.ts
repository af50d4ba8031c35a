import { getEventListeners } from 'node:events';
import { expect, it } from 'vitest';
import { EtcdClient } from '../../src/index.js';
import { enableAuth } from '../support/auth.js';
import { clientOf, failureOf } from '../support/client.js';
import { allConnected, nextEvent } from '../support/connected.js';
import { describeEtcd } from '../support/describe-etcd.js';
import { startProxy } from '../support/fault-proxy.js';
import { until, within } from '../support/wait.js';

const TIMEOUT_MS = 300;
/**
 * A timer of Node counts from the beginning of its turn of the event loop. On a busy machine that is some time
 * before it was set, and it seems to be early.
 */
const EARLIEST_MS = TIMEOUT_MS / 2;
/** What a busy machine may add to a deadline, beyond what it adds to the timers of this process. */
const LATE_MS = 1_000;

/** Rejects when a call has not ended by its deadline, which is `TIMEOUT_MS`. */
async function inTime<T>(call: Promise<T>): Promise<{ result: T; ms: number }> {
  const start = performance.now();
  const result = await within(call, TIMEOUT_MS + LATE_MS, 'the end of a call whose time is over');
  return { result, ms: performance.now() - start };
}

describeEtcd('the deadline of a call', (etcd) => {
  it('holds when the server hangs', async () => {
    await using server = await etcd.start();
    await using client = clientOf(server);
    await allConnected(client);
    await server.pause();
    const { result, ms } = await inTime(failureOf(client.get('k', { timeoutMs: TIMEOUT_MS })));
    expect(result).toMatchObject({
      code: 'TIMEOUT',
      name: 'TimeoutError',
      method: 'KV.Range',
      endpoint: server.endpoint,
      retryable: true,
    });
    expect(ms).toBeGreaterThan(EARLIEST_MS);
    const put = await inTime(failureOf(client.put('k', 'v', { timeoutMs: TIMEOUT_MS })));
    // A short deadline proves nothing against the server: it is used until it has been silent for long.
    expect(put.result).toMatchObject({ code: 'TIMEOUT', outcome: 'unknown', retryable: false });
    await nextEvent(client, 'disconnected', server.endpoint);
    const late = await inTime(failureOf(client.put('k', 'v', { timeoutMs: TIMEOUT_MS })));
    expect(late.result).toMatchObject({ outcome: 'not-sent', retryable: true });
    await server.resume();
    // What was sent and never answered may be done now.
    await client.get('k');
  });

  it('holds when no connection was ever made', async () => {
    await using proxy = await startProxy({ target: (await etcd.server()).endpoint });
    proxy.freeze();
    await using client = clientOf(proxy);
    const { result, ms } = await inTime(failureOf(client.put('k', 'v', { timeoutMs: TIMEOUT_MS })));
    expect(result).toMatchObject({
      code: 'UNAVAILABLE',
      outcome: 'not-sent',
      message: `no endpoint was ready in time: ${proxy.endpoint} (no answer yet)`,
    });
    expect(ms).toBeGreaterThan(EARLIEST_MS);
  });

  it('holds when a server accepts connections and never answers', async () => {
    await using server = await etcd.start();
    await server.pause();
    await using client = clientOf(server);
    const { result } = await inTime(failureOf(client.get('k', { timeoutMs: TIMEOUT_MS })));
    expect(result).toMatchObject({ code: 'UNAVAILABLE', outcome: 'not-sent' });
    await server.resume();
    expect(await client.get('k')).toBeUndefined();
  });

  it('holds while a token is fetched, and the error says so', async () => {
    await using server = await etcd.start({ flags: ['--bcrypt-cost', '4'] });
    await enableAuth(server);
    await using proxy = await startProxy({ target: server.endpoint });
    await using client = clientOf(proxy, { auth: { username: 'root', password: 'root' } });
    proxy.freeze();
    const first = await inTime(failureOf(client.put('k', 'v', { timeoutMs: TIMEOUT_MS })));
    expect(first.result).toMatchObject({ code: 'UNAVAILABLE', outcome: 'not-sent' });
    expect(first.result.message).toContain(proxy.endpoint);
    proxy.thaw();
    await client.put('k', 'v');
  });

  it('holds when a token function never answers, and the next call asks it again', async () => {
    await using server = await etcd.start({ flags: ['--bcrypt-cost', '4'] });
    await enableAuth(server);
    await using issuer = clientOf(server);
    const issue = async (): Promise<string> =>
      (await issuer.rpc.auth.authenticate({ name: 'root', password: 'root' })).token;
    let asked = 0;
    await using client = clientOf(server, {
      auth: { token: () => (asked++ === 0 ? new Promise<string>(() => {}) : issue()) },
    });
    const { result } = await inTime(failureOf(client.put('k', 'v', { timeoutMs: TIMEOUT_MS })));
    expect(result).toMatchObject({
      code: 'TIMEOUT',
      outcome: 'not-sent',
      message: 'KV.Put timed out after 300 ms: the token function has not answered',
    });
    // One call that has the time for it sees both asks.
    await client.put('k', 'v', { timeoutMs: 30_000 });
    expect(asked).toBe(2);
  });

  it('holds when a function of TLS options never answers, and the next call asks it again', async () => {
    let asked = 0;
    await using client = new EtcdClient({
      endpoints: 'https://127.0.0.1:1',
      tls: () => (asked++ === 0 ? new Promise<never>(() => {}) : {}),
    });
    const { result } = await inTime(failureOf(client.put('k', 'v', { timeoutMs: TIMEOUT_MS })));
    expect(result).toMatchObject({ code: 'UNAVAILABLE', outcome: 'not-sent' });
    expect(result.message).toMatch(/127\.0\.0\.1:1 \(the tls function has not answered\)$/);
    await until(async () =>
      /ECONNREFUSED/.test((await failureOf(client.get('k', { timeoutMs: TIMEOUT_MS }))).message),
    );
    expect(asked).toBeGreaterThan(1);
  });

  it('is the default of the client if the call has none, and 0 means no deadline', async () => {
    await using proxy = await startProxy({ target: (await etcd.server()).endpoint });
    await using client = clientOf(proxy, { timeoutMs: TIMEOUT_MS });
    await allConnected(client);
    proxy.freeze('toClient');
    const requests = proxy.requests;
    const patient = client.get('k', { timeoutMs: 0 });
    await proxy.waitForRequests(requests + 1);
    expect((await failureOf(client.get('k'))).code).toMatch(/TIMEOUT|UNAVAILABLE/);
    proxy.thaw();
    expect(await patient).toBeUndefined();
  });
});

// Pings that never come: what ends these calls is something else.
const NO_PINGS = { keepAlive: { intervalMs: 600_000 } };

describeEtcd('without a deadline', (etcd) => {
  it('a write ends when its dead connection is given up', async () => {
    await using proxy = await startProxy({ target: (await etcd.server()).endpoint });
    await using client = clientOf(proxy, NO_PINGS);
    await allConnected(client);
    proxy.freeze();
    const error = await failureOf(client.put('k', 'v', { timeoutMs: 0 }));
    expect(error).toMatchObject({ code: 'UNAVAILABLE', outcome: 'unknown', retryable: false });
  });

  it('reads, repeatable writes and pages move from a dead connection to another', async () => {
    const server = await etcd.server();
    await using proxy = await startProxy({ target: server.endpoint });
    await using client = new EtcdClient({
      endpoints: [proxy.endpoint, server.endpoint],
      batching: false,
      ...NO_PINGS,
    });
    await allConnected(client);
    proxy.freeze();
    const { requests } = proxy;
    const options = { timeoutMs: 0 };
    const calls = Array.from({ length: 2 }, async (_, i) => {
      await client.put(`idle-${i}`, 'v', { ...options, idempotent: true });
      await client.get(`idle-${i}`, options);
      const records = client.prefix('idle-').iterate(options);
      for await (const { value } of records) expect(value).toBe('v');
    });
    await Promise.all(calls);
    expect(proxy.requests).toBeGreaterThan(requests);
  });
});

describeEtcd('an abort', (etcd) => {
  const aborted = { code: 'ABORTED', name: 'AbortError', cause: 'enough' } as const;

  it('ends a call in flight at once', async () => {
    await using proxy = await startProxy({ target: (await etcd.server()).endpoint });
    await using client = clientOf(proxy);
    await allConnected(client);
    proxy.freeze('toClient');
    const controller = new AbortController();
    const { requests } = proxy;
    const get = failureOf(client.get('k', { signal: controller.signal }));
    await proxy.waitForRequests(requests + 1);
    controller.abort('enough');
    expect(await within(get, LATE_MS, 'the end of an aborted call')).toMatchObject(aborted);
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
  });

  it('ends a call that waits for a connection', async () => {
    await using client = new EtcdClient({ endpoints: 'http://127.0.0.1:1' });
    const controller = new AbortController();
    const put = failureOf(client.put('k', 'v', { signal: controller.signal }));
    controller.abort('enough');
    expect(await put).toMatchObject({ ...aborted, outcome: 'not-sent' });
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
  });

  it('ends a call that pauses between attempts', async () => {
    await using proxy = await startProxy({ target: (await etcd.server()).endpoint });
    await using client = clientOf(proxy, {
      retry: { initialBackoffMs: 10_000, maxBackoffMs: 10_000 },
    });
    await allConnected(client);
    const controller = new AbortController();
    const cut = proxy.cutAfterResponses(0);
    const lost = new Promise((resolve) => client.once('disconnected', resolve));
    const get = failureOf(client.get('k', { signal: controller.signal }));
    await cut;
    await lost;
    controller.abort('enough');
    expect(await get).toMatchObject(aborted);
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
  });

  it('leaves no listener behind after 10,000 calls with one signal', {
    timeout: 60_000,
  }, async () => {
    await using client = clientOf(await etcd.server(), { batching: false });
    const warnings: Error[] = [];
    const warn = (warning: Error): void => void warnings.push(warning);
    process.on('warning', warn);
    const controller = new AbortController();
    const { signal } = controller;
    for (let round = 0; round < 100; round++) {
      await Promise.all(
        Array.from({ length: 100 }, (_, i) =>
          i % 10 === 0
            ? failureOf(client.get('', { signal }))
            : client.get(`k${i}`, { signal, serializable: true }),
        ),
      );
    }
    process.off('warning', warn);
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
    expect(warnings).toEqual([]);
  });
});
