import { expect, it } from 'vitest';
import {
  ClientClosedError,
  codecs,
  EtcdClient,
  InvalidArgumentError,
  TimeoutError,
  UnavailableError,
} from '../../src/index.js';
import { freePorts } from '../../src/testing/server/free-ports.js';
import { clientIn, clientOf, failureOf } from '../support/client.js';
import { describeEtcd } from '../support/describe-etcd.js';
import { startProxy } from '../support/fault-proxy.js';

const MIB = 1024 * 1024;

describeEtcd('deadlines', (etcd) => {
  it('may be longer than any timer and than gRPC can write', async () => {
    await using client = clientIn(await etcd.server(), { timeoutMs: 2 ** 31 });
    await client.put('k', 'v');
    for (const timeoutMs of [2 ** 31, Number.MAX_SAFE_INTEGER, Number.MAX_VALUE]) {
      expect((await client.get('k', { timeoutMs }))?.value).toBe('v');
      for await (const { value } of client.all().iterate({ timeoutMs })) expect(value).toBe('v');
    }
  });
});

describeEtcd('sizes', (etcd) => {
  it('lets an answer of 5 MiB arrive', async () => {
    await using client = clientIn(await etcd.server());
    const value = 'x'.repeat(1.25 * MIB);
    for (const name of ['a', 'b', 'c', 'd']) await client.put(`large/${name}`, value);
    const { kvs } = await client.prefix('large/').all();
    const received = kvs.reduce((sum, kv) => sum + kv.valueBytes.length, 0);
    expect(received).toBe(5 * MIB);
    expect(kvs.every((kv) => kv.value === value)).toBe(true);
  });

  // Servers check the size twice, with different words: their own limit, and gRPC's above it.
  it.each([
    ['a little', 1.7],
    ['far', 20],
  ])(
    'rejects a request %s over the limit with a typed error, and goes on',
    async (_, mebibytes) => {
      await using client = clientIn(await etcd.server());
      await client.put('k', 'as it was');
      const error = await failureOf(
        client.put('k', 'x'.repeat(mebibytes * MIB), { timeoutMs: 15_000 }),
      );
      expect(error).toMatchObject({
        code: 'REQUEST_TOO_LARGE',
        outcome: 'not-applied',
        retryable: false,
        method: 'KV.Put',
      });
      expect((await client.get('k'))?.value).toBe('as it was');
      await client.put('k', 'after');
      expect((await client.get('k'))?.value).toBe('after');
    },
  );
});

describeEtcd('a full store', (etcd) => {
  it('is a typed error, leaves writes unknown, and still lets keys be deleted', async () => {
    const quota = 16 * MIB;
    await using server = await etcd.start({ flags: ['--quota-backend-bytes', String(quota)] });
    await using client = clientOf(server);
    const fill = async (): Promise<void> => {
      for (let i = 0; i < 64; i++) await client.put(`full/${i}`, 'x'.repeat(MIB));
    };
    const error = await failureOf(fill());
    // Servers have been seen to answer this after the write was applied.
    expect(error).toMatchObject({ code: 'NO_SPACE', outcome: 'unknown', retryable: false });
    expect((await client.get('full/0'))?.valueBytes).toHaveLength(MIB);
    expect((await client.prefix('full/').delete()).deleted).toBeGreaterThan(1);
  });
});

describeEtcd('wrong arguments', (etcd) => {
  it('reject with a typed error, and nothing is sent', async () => {
    await using proxy = await startProxy({ target: (await etcd.server()).endpoint });
    await using client = clientOf(proxy);
    const wrong = undefined as never;
    const calls: Record<string, () => Promise<unknown>> = {
      'an empty key': () => client.get(''),
      'an empty key to put': () => client.put('', 'v'),
      'an empty key to delete': () => client.delete(''),
      'no key': () => client.get(wrong),
      'a number as key': () => client.get(1 as never),
      'half a character as key': () => client.get('\ud800'),
      'no value': () => client.put('k', wrong),
      'a number as value': () => client.put('k', 1 as never),
      'half a character as value': () => client.put('k', '\udfff'),
      'an unknown option': () => client.get('k', { revison: 2n } as never),
      'a negative revision': () => client.get('k', { revision: -1n }),
      'a revision that is no integer': () => client.get('k', { revision: 1.5 }),
      'a revision past 2^53-1 as a number': () => client.get('k', { revision: 2 ** 53 }),
      'a revision past 64 bits': () => client.get('k', { revision: 2n ** 63n }),
      'a switch that is none': () => client.get('k', { serializable: 'yes' as never }),
      'a lease that is none': () => client.put('k', 'v', { lease: 'x' as never }),
      'two leases at once': () => client.put('k', 'v', { lease: 1n, ignoreLease: true }),
      'a negative deadline': () => client.get('k', { timeoutMs: -1 }),
      'a deadline that is none': () => client.get('k', { timeoutMs: Number.NaN }),
      'a signal that is none': () => client.get('k', { signal: {} as never }),
      'options that are none': () => client.get('k', 5 as never),
      'an unknown option of a write': () => client.put('k', 'v', { ttl: 5 } as never),
      'an update without a function': () => client.update('k', wrong),
      'a create without a value': () => client.create('k', wrong),
      'a compaction without a revision': () => client.compact(wrong),
      'a selection that would be ignored': () => client.prefix('a').limit(1).delete(),
      'an unknown option of a read': () => client.prefix('a').all({ limit: 1 } as never),
      'a value the codec refuses': () => client.as(codecs.json<bigint>()).put('k', 1n),
    };
    for (const [name, call] of Object.entries(calls)) {
      const error = await failureOf(call());
      expect(error, name).toBeInstanceOf(InvalidArgumentError);
      expect(error, name).toBeInstanceOf(TypeError);
      expect(error, name).toMatchObject({
        code: 'INVALID_ARGUMENT',
        outcome: 'not-sent',
        retryable: false,
      });
      // A message names the argument, the value and the way out.
      expect(error.message, name).toMatch(/^[\w.[\]]+: got .+; .+/s);
    }
    expect(proxy.accepted).toBe(0);
    await client.put('k', 'the same client works');
    expect(proxy.accepted).toBe(1);
  });
});

describeEtcd('servers that cannot be reached', (etcd) => {
  it('fail a call within its deadline, with the endpoints and why', async () => {
    const [first, second] = (await freePorts(2)).map((port) => `http://127.0.0.1:${port}`);
    // The client has no deadline: without that of the call it would try for ever.
    const endpoints = [String(first), String(second)];
    await using client = new EtcdClient({ endpoints, timeoutMs: 0 });
    // Time enough for each to have refused, and to have been asked why.
    const error = await failureOf(client.put('k', 'v', { timeoutMs: 2_500 }));
    expect(error).toBeInstanceOf(UnavailableError);
    expect(error).toMatchObject({ outcome: 'not-sent', retryable: true, method: 'KV.Put' });
    expect(error.message).toContain(first);
    expect(error.message).toContain(second);
    expect(error.message).toContain('ECONNREFUSED');
  });

  it('fail connect too, and leave nothing behind', async () => {
    const [port] = await freePorts(1);
    const endpoints = `http://127.0.0.1:${port}`;
    const error = await failureOf(EtcdClient.connect({ endpoints, timeoutMs: 300 }));
    expect(error).toBeInstanceOf(UnavailableError);
    expect(error.message).toContain(endpoints);
  });

  it('fail a call too when all data is dropped', async () => {
    await using proxy = await startProxy({ target: (await etcd.server()).endpoint });
    proxy.freeze();
    await using client = clientOf(proxy);
    const error = await failureOf(client.put('k', 'v', { timeoutMs: 400 }));
    expect(error).toMatchObject({ outcome: 'not-sent', method: 'KV.Put' });
    expect(error.message).toContain(proxy.endpoint);
  });

  it('are found again once they are there', async () => {
    const [port] = await freePorts(1);
    await using client = new EtcdClient({
      endpoints: `http://127.0.0.1:${port}`,
      timeoutMs: 15_000,
    });
    const put = client.put('k', 'waited for it');
    await using _server = await etcd.start({ port });
    await put;
    expect((await client.get('k'))?.value).toBe('waited for it');
  });
});

describeEtcd('calls that are given up', (etcd) => {
  it('reject with AbortError and the outcome of the write', async () => {
    await using proxy = await startProxy({ target: (await etcd.server()).endpoint });
    await using client = clientOf(proxy);
    await client.get('warm');
    const reason = new Error('changed my mind');

    const before = await failureOf(client.put('k', 'v', { signal: AbortSignal.abort(reason) }));
    expect(before).toMatchObject({ code: 'ABORTED', name: 'AbortError', outcome: 'not-sent' });
    expect(before.cause).toBe(reason);

    proxy.freeze('toClient');
    const controller = new AbortController();
    const { requests } = proxy;
    const put = failureOf(client.put('k', 'v', { signal: controller.signal }));
    await proxy.waitForRequests(requests + 1);
    controller.abort(reason);
    const sent = await put;
    expect(sent).toMatchObject({ code: 'ABORTED', outcome: 'unknown', method: 'KV.Put' });
    expect(sent.cause).toBe(reason);
  });

  it('reject with TimeoutError when the deadline passes', async () => {
    await using proxy = await startProxy({ target: (await etcd.server()).endpoint });
    await using client = clientOf(proxy);
    await client.get('warm');
    proxy.freeze('toClient');
    const error = await failureOf(client.put('k', 'v', { timeoutMs: 300 }));
    expect(error).toBeInstanceOf(TimeoutError);
    expect(error).toMatchObject({ outcome: 'unknown', retryable: false, method: 'KV.Put' });
  });

  it('reject with ClientClosedError when the client is closed', async () => {
    await using proxy = await startProxy({ target: (await etcd.server()).endpoint });
    await using client = clientOf(proxy);
    await client.get('warm');
    proxy.freeze('toClient');
    const { requests } = proxy;
    const put = failureOf(client.put('k', 'v'));
    await proxy.waitForRequests(requests + 1);
    await client.close();
    expect(await put).toBeInstanceOf(ClientClosedError);
    expect(await put).toMatchObject({ code: 'CLIENT_CLOSED', outcome: 'unknown' });

    const after = await failureOf(client.get('k'));
    expect(after).toMatchObject({ code: 'CLIENT_CLOSED', outcome: 'not-sent' });
    await client.close();
  });
});
