import { expect, it } from 'vitest';
import { EtcdClient } from '../../src/index.js';
import { freePorts } from '../../src/testing/server/free-ports.js';
import { testCertificates } from '../support/certs.js';
import { clientOf, failureOf, thrownBy } from '../support/client.js';
import { describeEtcd } from '../support/describe-etcd.js';
import { startProxy } from '../support/fault-proxy.js';
import { until } from '../support/wait.js';

/** Nobody listens there: only root may. */
const NOWHERE = 'http://127.0.0.1:1';
const announcing = (...urls: string[]) => ['--advertise-client-urls', urls.join(',')];

describeEtcd('the endpoints that members announce', (etcd) => {
  it('do not move a client from TLS to plain text when members announce plain addresses', async () => {
    await using server = await etcd.start({ tls: 'server', flags: announcing(NOWHERE) });
    const { authority } = await testCertificates();
    await using client = clientOf(server, { tls: { ca: authority.cert } });
    expect(await failureOf(client.syncEndpoints())).toMatchObject({
      code: 'INVALID_MEMBER_URLS',
      message: expect.stringContaining(NOWHERE),
    });
    expect(client.endpoints).toEqual([server.endpoint]);
    await client.put('k', 'v');
    expect(thrownBy(() => client.setEndpoints(NOWHERE))).toMatchObject({ argument: 'tls' });
    expect(client.endpoints).toEqual([server.endpoint]);
  });

  it('are taken where they are encrypted, and the others left out', async () => {
    const [port = 0] = await freePorts(1);
    const encrypted = `https://127.0.0.1:${port}`;
    await using server = await etcd.start({
      tls: 'server',
      port,
      flags: announcing(NOWHERE, encrypted),
    });
    const { authority } = await testCertificates();
    await using client = clientOf(server, { tls: { ca: authority.cert } });
    expect(await client.syncEndpoints()).toEqual([encrypted]);
    await client.put('k', 'v');
  });

  it('leave a client working when they cannot be reached: the given ones stay', async () => {
    await using server = await etcd.start({ flags: announcing(NOWHERE) });
    await using proxy = await startProxy({ target: server.endpoint });
    await using client = clientOf(proxy);
    await using watcher = client.watch('k');
    await watcher.ready;
    expect(await client.syncEndpoints()).toEqual([NOWHERE]);
    expect(client.endpoints).toEqual([NOWHERE]);
    await client.put('k', 'v');
    const { value } = await watcher.batches().next();
    expect(value?.events).toMatchObject([{ type: 'put', key: 'k' }]);
    // Also over a new connection.
    proxy.resetAll();
    await client.get('k');
    // What is set by hand is all there is.
    client.setEndpoints(NOWHERE);
    const error = await failureOf(client.get('k', { timeoutMs: 300 }));
    expect(error).toMatchObject({ code: 'UNAVAILABLE' });
    expect(error.message).not.toContain(proxy.endpoint);
  });

  it('come before the given ones as soon as they can be reached', async () => {
    const [port = 0] = await freePorts(1);
    await using announced = await startProxy({ target: `http://127.0.0.1:${port}` });
    await using server = await etcd.start({ port, flags: announcing(announced.endpoint) });
    announced.refuse();
    await using client = clientOf(server, { batching: false });
    await client.syncEndpoints();
    await client.put('k', 'v');
    expect(announced.requests).toBe(0);
    await announced.accept();
    await until(async () => {
      await client.put('k', 'v');
      return announced.requests > 2;
    });
    const before = await server.metric('grpc_server_handled_total', { grpc_method: 'Put' });
    const requests = announced.requests;
    await client.put('k', 'v');
    expect(await server.metric('grpc_server_handled_total', { grpc_method: 'Put' })).toBe(
      before + 1,
    );
    expect(announced.requests).toBe(requests + 1);
  });

  it('keep their connection when they are the given ones in another spelling', async () => {
    await using server = await etcd.start();
    await using proxy = await startProxy({ target: server.endpoint });
    const bare = proxy.endpoint.replace('http://', '');
    await using client = new EtcdClient({ endpoints: [bare, proxy.endpoint] });
    await client.put('k', 'v');
    expect(client.endpoints).toEqual([bare]);
    let lost = 0;
    client.on('disconnected', () => lost++);
    client.setEndpoints(proxy.endpoint);
    await client.put('k', 'v');
    await client.maintenance.status(proxy.endpoint);
    await client.maintenance.status(bare);
    expect(lost).toBe(0);
    expect(proxy.accepted).toBe(1);
  });
});
