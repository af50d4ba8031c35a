import { once } from 'node:events';
import { connect } from 'node:net';
import type { EtcdClient } from 'etcd-kit';
import { type FaultProxy, startEtcd, startFaultProxy } from 'etcd-kit/testing';
import { describe, expect, it } from 'vitest';
import { testCertificates } from '../support/certs.js';
import { clientOf, failureOf } from '../support/client.js';
import { describeEtcd } from '../support/describe-etcd.js';
import { until } from '../support/wait.js';

/** Longer than a machine that is busy takes; what never comes is told by it. */
const PATIENT = { timeoutMs: 20_000 };

describeEtcd('startFaultProxy', (etcd) => {
  interface Scene {
    readonly proxy: FaultProxy;
    /** Through the proxy, connected. */
    readonly client: EtcdClient;
    /** Past the proxy. */
    readonly direct: EtcdClient;
  }

  async function withProxy(act: (scene: Scene) => Promise<void>): Promise<void> {
    const server = await etcd.server();
    await using proxy = await startFaultProxy(server);
    await using client = clientOf(proxy, { retry: { maxAttempts: 1 } });
    await using direct = clientOf(server);
    await client.get('connected', PATIENT);
    await act({ proxy, client, direct });
  }

  it('loses the given number of replies to applied writes', () =>
    withProxy(async ({ proxy, client, direct }) => {
      proxy.loseReplies(2);
      expect(await failureOf(client.put('lost', '1'))).toMatchObject({ outcome: 'unknown' });
      expect((await direct.get('lost'))?.value).toBe('1');
      // The second one meets whatever the client says next.
      await until(() => client.put('lost', '2', PATIENT).then(() => true));
      expect((await direct.get('lost'))?.value).toBe('2');
    }));

  it('delivers held data at heal()', () =>
    withProxy(async ({ proxy, client, direct }) => {
      proxy.freeze('toClient');
      const seen = proxy.responses;
      const put = client.put('frozen', '1', PATIENT);
      await proxy.waitForResponses(seen + 1);
      expect((await direct.get('frozen'))?.value).toBe('1');
      await proxy.heal();
      await put;

      proxy.freeze('toServer');
      const requests = proxy.requests;
      const late = client.put('frozen', '2', PATIENT);
      await proxy.waitForRequests(requests + 1);
      expect((await direct.get('frozen'))?.value).toBe('1');
      await proxy.heal();
      await late;
      expect((await direct.get('frozen'))?.value).toBe('2');
    }));

  it('is a black hole when it is frozen both ways', () =>
    withProxy(async ({ proxy, client }) => {
      proxy.freeze();
      expect(await failureOf(client.get('k', { timeoutMs: 100 }))).toMatchObject({
        code: 'TIMEOUT',
      });
      await proxy.heal();
      await client.get('k', PATIENT);
    }));

  it('closes open connections, and accepts new ones', () =>
    withProxy(async ({ proxy, client }) => {
      const gone = new Promise((resolve) => client.once('disconnected', resolve));
      proxy.cut();
      await gone;
      await client.get('k', PATIENT);
      expect(proxy.connections).toBeGreaterThan(0);
    }));

  it('refuses new connections until it heals, and closes open ones', () =>
    withProxy(async ({ proxy, client }) => {
      const gone = new Promise((resolve) => client.once('disconnected', resolve));
      proxy.refuse();
      await gone;
      const { hostname: host, port } = new URL(proxy.endpoint);
      const [error] = await once(connect({ host, port: Number(port) }), 'error');
      expect(error).toMatchObject({ code: 'ECONNREFUSED' });
      expect(await failureOf(client.put('k', 'v', { timeoutMs: 300 }))).toMatchObject({
        outcome: 'not-sent',
      });
      await proxy.heal();
      await client.put('k', 'v', PATIENT);
    }));

  it('cuts a watch after the given number of responses, and the watch misses nothing', () =>
    withProxy(async ({ proxy, client, direct }) => {
      await using watcher = await client.watch('watched');
      const cut = proxy.cutAfter({ responses: 2 });
      const values: (string | undefined)[] = [];
      for (let count = 1; count <= 4; count++) await direct.put('watched', String(count));
      for await (const event of watcher) {
        values.push(event.type === 'put' ? event.kv.value : undefined);
        if (values.length === 4) break;
      }
      expect(values).toEqual(['1', '2', '3', '4']);
      expect(await cut.done).toBe(true);
      await client.get('k', PATIENT);
    }));

  it('cuts once, on the first connection that reaches the number of bytes', () =>
    withProxy(async ({ proxy, client, direct }) => {
      await direct.put('large', 'x'.repeat(50_000));
      const cut = proxy.cutAfter({ bytes: 10_000 });
      expect(await failureOf(client.get('large'))).toMatchObject({ code: 'UNAVAILABLE' });
      expect(await cut.done).toBe(true);
      expect((await client.get('large', PATIENT))?.value).toHaveLength(50_000);
    }));

  it('returns what can be awaited when a cut is ordered, and heal() cancels the cut', () =>
    withProxy(async ({ proxy, client }) => {
      await client.put('k', 'v');
      const { done } = await proxy.cutAfter({ responses: 0 });
      await proxy.heal();
      expect(await done).toBe(false);
      expect((await client.get('k'))?.value).toBe('v');
    }));

  it('delays each way, and limits the bytes a second', () =>
    withProxy(async ({ proxy, client, direct }) => {
      await direct.put('slow', 'x'.repeat(20_000));
      const took = async (gets: number) => {
        const began = performance.now();
        for (let count = 0; count < gets; count++) await client.get('slow', PATIENT);
        return performance.now() - began;
      };
      // Timers count from the beginning of their turn of the event loop: on a busy machine they seem to be early.
      proxy.delay(60);
      expect(await took(1)).toBeGreaterThanOrEqual(90);
      proxy.delay(0);
      proxy.limit(100_000);
      // All bytes but those of the last frame, which are 16 KiB at most, have to be through.
      expect(await took(2)).toBeGreaterThanOrEqual(150);
    }));
});

describe('a fault proxy', () => {
  it('accepts host:port, and frees its port', async () => {
    await using server = await startEtcd();
    const proxy = await startFaultProxy(new URL(server.endpoint).host);
    await server.client({ endpoints: proxy.endpoint }).put('k', 'v');
    await proxy.stop();
    await proxy.stop();
    const { hostname: host, port } = new URL(proxy.endpoint);
    const [error] = await once(connect({ host, port: Number(port) }), 'error');
    expect(error).toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('forwards TLS, and refuses faults that need to read the data', async () => {
    const { authority, server: own } = await testCertificates();
    const tls = { cert: own.cert, key: own.key, ca: authority.cert };
    await using server = await startEtcd({ tls });
    await using proxy = await startFaultProxy(server);
    const client = server.client({ endpoints: proxy.endpoint });
    await client.put('k', 'v');
    expect(() => proxy.loseReplies()).toThrow(/not seen through TLS: use cutAfter\(\{ bytes \}\)/);
    expect(() => proxy.cutAfter({ responses: 1 })).toThrow(/not seen through TLS/);
    const cut = proxy.cutAfter({ bytes: 1 });
    await client.get('k', PATIENT);
    expect(await cut.done).toBe(true);
  });

  it.each([
    ['delay', [-1], /milliseconds: got -1/],
    ['delay', ['50'], /milliseconds: got a string/],
    ['limit', [0], /bytesPerSecond: got 0; .*freeze\(\)/],
    ['limit', [Number.NaN], /bytesPerSecond: got NaN/],
    ['freeze', ['up'], /direction: got "up"; 'toServer'/],
    ['loseReplies', [0], /count: got 0/],
    ['cutAfter', [{}], /point: got an object; either/],
    ['cutAfter', [{ bytes: 1, responses: 1 }], /point: got an object; either/],
    ['cutAfter', [{ bytes: 0.5 }], /point\.bytes: got 0\.5/],
    ['cutAfter', [{ requests: 1 }], /point\.requests: .* no such option/],
    ['waitForResponses', [-1], /total: got -1/],
  ] as const)('refuses %s(%j) with a TypeError', async (name, args, message) => {
    await using proxy = await startFaultProxy('127.0.0.1:1');
    const act = async () => Reflect.apply(proxy[name], proxy, args);
    const error = await failureOf(act());
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toMatch(message);
  });

  it.each(['', 'localhost', 'unix://x:1', 7, null, {}])('refuses the target %j', async (target) => {
    const error = await failureOf(startFaultProxy(target as string));
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toMatch(/^target: got .*; a server, 'host:port' or an endpoint/);
  });
});
