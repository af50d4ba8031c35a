import { join } from 'node:path';
import { expect, it } from 'vitest';
import { describeEtcd } from '../support/describe-etcd.js';
import { runEtcdctl } from '../support/etcdctl.js';
import { type FaultProxy, startProxy } from '../support/fault-proxy.js';

/** It ends in vain all the same, so it may have the time to begin. */
const IMPATIENT = ['--command-timeout', '4s'];

describeEtcd('the fault proxy before an etcd', (etcd) => {
  const through = (proxy: FaultProxy, ...args: string[]) =>
    runEtcdctl({ endpoints: [proxy.endpoint], series: etcd.series }, args);

  it('counts requests and responses', async () => {
    await using proxy = await startProxy({ target: (await etcd.server()).endpoint });
    expect((await through(proxy, 'put', 'counted', '1')).stdout.trim()).toBe('OK');
    expect([proxy.requests, proxy.responses]).toEqual([1, 1]);
    await through(proxy, 'get', 'counted');
    expect([proxy.requests, proxy.responses]).toEqual([2, 2]);
  });

  it('loses the reply of a put that was applied', async () => {
    const server = await etcd.server();
    await using proxy = await startProxy({ target: server.endpoint });
    proxy.dropReplies();
    const put = through(proxy, ...IMPATIENT, 'put', 'lost-reply', '1');
    await proxy.waitForResponses(1);
    expect((await put).code).not.toBe(0);
    expect(await server.ctl('get', 'lost-reply', '--print-value-only')).toBe('1');
  });

  it('closes the connection instead of passing the response to an applied put', async () => {
    const server = await etcd.server();
    await using proxy = await startProxy({ target: server.endpoint });
    const cut = proxy.cutAfterResponses(0);
    const put = through(proxy, ...IMPATIENT, 'put', 'cut-reply', '1');
    await cut;
    expect((await put).code).not.toBe(0);
    expect(await server.ctl('get', 'cut-reply', '--print-value-only')).toBe('1');
  });

  it('closes the connection instead of passing a request, which the server never sees', async () => {
    const server = await etcd.server();
    await using proxy = await startProxy({ target: server.endpoint });
    const cut = proxy.cutAfterRequests(0);
    const put = through(proxy, ...IMPATIENT, 'put', 'cut-request', '1');
    await cut;
    proxy.refuse();
    expect((await put).code).not.toBe(0);
    expect(await server.ctl('get', 'cut-request', '--print-value-only')).toBe('');
  });

  it('closes a stream between two of its messages', async () => {
    const server = await etcd.server();
    await using proxy = await startProxy({ target: server.endpoint });
    // A snapshot comes in messages of 32 KiB.
    const value = 'x'.repeat(100 * 1024);
    for (const key of ['a', 'b', 'c']) await server.ctl('put', key, value);
    const file = join(server.dataFolder, '..', 'snapshot');
    const cut = proxy.cutAfterResponses(2);
    const snapshot = through(proxy, 'snapshot', 'save', file);
    await cut;
    expect((await snapshot).code).not.toBe(0);
    expect((await through(proxy, 'snapshot', 'save', file)).code).toBe(0);
  });
});
