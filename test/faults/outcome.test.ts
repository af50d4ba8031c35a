import { expect, it } from 'vitest';
import { clientOf, failureOf } from '../support/client.js';
import { allConnected } from '../support/connected.js';
import { describeEtcd } from '../support/describe-etcd.js';
import { startProxy } from '../support/fault-proxy.js';

/** No server listens there, on any machine. */
const CLOSED_PORT = 1;

describeEtcd('the outcome of a write', (etcd) => {
  const version = async (key: string) =>
    Number(JSON.parse(await (await etcd.server()).ctl('get', key, '-w', 'json')).kvs[0].version);

  it('is unknown when its reply is lost, and it is not repeated', async () => {
    await using proxy = await startProxy({ target: (await etcd.server()).endpoint });
    await using client = clientOf(proxy);
    await client.get('connect');
    const cut = proxy.cutAfterResponses(0);
    const error = await failureOf(client.put('lost-reply', 'v'));
    await cut;
    expect(error).toMatchObject({
      code: 'UNAVAILABLE',
      outcome: 'unknown',
      retryable: false,
      method: 'KV.Put',
      endpoint: proxy.endpoint,
    });
    await client.get('lost-reply');
    expect(await version('lost-reply')).toBe(1);
  });

  it('is unknown when the reply is held back until the deadline', async () => {
    await using proxy = await startProxy({ target: (await etcd.server()).endpoint });
    await using client = clientOf(proxy);
    await client.get('connect');
    proxy.freeze('toClient');
    const { responses } = proxy;
    const put = failureOf(client.put('held-reply', 'v', { timeoutMs: 2_000 }));
    await proxy.waitForResponses(responses + 1);
    const error = await put;
    expect(error).toMatchObject({ code: 'TIMEOUT', outcome: 'unknown', retryable: false });
    expect(await version('held-reply')).toBe(1);
  });

  it('becomes known when a repeatable write is repeated', async () => {
    await using proxy = await startProxy({ target: (await etcd.server()).endpoint });
    await using client = clientOf(proxy);
    await client.get('connect');
    const cut = proxy.cutAfterResponses(0);
    const put = client.put('repeated', 'v', { idempotent: true });
    await cut;
    await put;
    // Once at least, and again each time that it seems to hang.
    expect(await version('repeated')).toBeGreaterThanOrEqual(2);
    expect((await client.get('repeated'))?.value).toBe('v');
  });

  it('stays unknown when repeating such a write fails', async () => {
    await using proxy = await startProxy({ target: (await etcd.server()).endpoint });
    await using client = clientOf(proxy);
    await client.get('connect');
    const cut = proxy.cutAfterResponses(0);
    const put = failureOf(client.put('in-vain', 'v', { idempotent: true, timeoutMs: 2_000 }));
    await cut;
    proxy.refuse();
    // The first attempt was applied; that no later one was sent does not change it.
    expect(await put).toMatchObject({ outcome: 'unknown', retryable: true });
    expect(await version('in-vain')).toBe(1);
  });

  it('does not matter to a read, which is repeated', async () => {
    await using proxy = await startProxy({ target: (await etcd.server()).endpoint });
    await using client = clientOf(proxy);
    await client.put('read', 'v');
    const cut = proxy.cutAfterResponses(0);
    const get = client.get('read');
    await cut;
    expect((await get)?.value).toBe('v');
  });

  it('is not-sent when the connection is refused', async () => {
    await using client = clientOf({ endpoint: `http://127.0.0.1:${CLOSED_PORT}` });
    const error = await failureOf(client.put('refused', 'v', { timeoutMs: 2_000 }));
    expect(error).toMatchObject({ code: 'UNAVAILABLE', outcome: 'not-sent', retryable: true });
    expect(error.message).toBe(
      `no endpoint was ready in time: http://127.0.0.1:${CLOSED_PORT} (connect ECONNREFUSED 127.0.0.1:${CLOSED_PORT})`,
    );
  });

  it('is decided by another endpoint when one refuses connections', async () => {
    const server = await etcd.server();
    await using client = clientOf(server, {
      endpoints: [`http://127.0.0.1:${CLOSED_PORT}`, server.endpoint],
    });
    for (let i = 0; i < 4; i++) await client.put('elsewhere', String(i));
    expect(await version('elsewhere')).toBe(4);
  });

  it('is not-applied when the server refuses it', async () => {
    await using client = clientOf(await etcd.server());
    const error = await failureOf(client.put('refused', 'v', { lease: 1n }));
    expect(error).toMatchObject({
      code: 'LEASE_NOT_FOUND',
      outcome: 'not-applied',
      retryable: false,
    });
  });

  it('is unknown when the caller gives up on a write that was sent', async () => {
    await using proxy = await startProxy({ target: (await etcd.server()).endpoint });
    await using client = clientOf(proxy);
    await client.get('connect');
    proxy.freeze('toClient');
    const before = proxy.responses;
    const controller = new AbortController();
    const put = failureOf(client.put('aborted', 'v', { signal: controller.signal }));
    await proxy.waitForResponses(before + 1);
    controller.abort(new Error('enough'));
    expect(await put).toMatchObject({
      code: 'ABORTED',
      name: 'AbortError',
      outcome: 'unknown',
      cause: new Error('enough'),
    });
    expect(await version('aborted')).toBe(1);
  });

  it('is not-sent when the caller gave up before the call', async () => {
    await using client = clientOf(await etcd.server());
    const error = await failureOf(client.put('never', 'v', { signal: AbortSignal.abort() }));
    expect(error).toMatchObject({ code: 'ABORTED', outcome: 'not-sent' });
    expect(await client.get('never')).toBeUndefined();
  });

  it('is explained for each attempt when a call fails after several', async () => {
    const server = await etcd.server();
    await using one = await startProxy({ target: server.endpoint });
    await using other = await startProxy({ target: server.endpoint });
    await using client = clientOf(server, {
      endpoints: [one.endpoint, other.endpoint],
      retry: { maxAttempts: 2 },
    });
    await allConnected(client);
    const cuts = [one.cutAfterResponses(0), other.cutAfterResponses(0)];
    const error = await failureOf(client.get('k'));
    await Promise.all(cuts);
    expect(error).toMatchObject({ code: 'UNAVAILABLE', method: 'KV.Range' });
    expect(error.message).toContain(`${one.endpoint} (`);
    expect(error.message).toContain(`${other.endpoint} (`);
  });
});
