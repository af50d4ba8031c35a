import { AsyncLocalStorage } from 'node:async_hooks';
import diagnosticsChannel from 'node:diagnostics_channel';
import { beforeAll, expect, it } from 'vitest';
import { Mutex, Session } from '../../src/concurrency/index.js';
import { CALL_CHANNEL } from '../../src/diagnostics/index.js';
import type { Interceptor } from '../../src/index.js';
import { clientIn, failureOf } from '../support/client.js';
import { describeEtcd } from '../support/describe-etcd.js';
import type { EtcdServer } from '../support/etcd.js';
import { recordCalls } from '../support/recorded-diagnostics.js';

const CALLERS = 12;
const names = Array.from({ length: CALLERS }, (_, i) => `k${i}`);

describeEtcd('the trace of a call', (context) => {
  let server: EtcdServer;
  beforeAll(async () => {
    server = await context.server();
  });

  it('is told in the context of its caller, also when twelve gets travel as one', async () => {
    await using etcd = clientIn(server, { batching: {} });
    await etcd.put('warm', 'v');
    const caller = new AsyncLocalStorage<number>();
    const told: string[] = [];
    using calls = recordCalls(({ event }) => told.push(`${event} ${caller.getStore()}`));
    await Promise.all(names.map((name, i) => caller.run(i, () => etcd.get(name))));
    const each = (event: string) => names.map((_, i) => `${event} ${i}`).sort();
    for (const event of ['start', 'end', 'asyncStart', 'asyncEnd']) {
      expect(told.filter((text) => text.startsWith(`${event} `)).sort()).toEqual(each(event));
    }
    expect(calls.ended).toHaveLength(CALLERS);
    for (const call of calls.ended) {
      expect(Object.keys(call).sort()).toEqual(FIELDS);
      expect(call).toMatchObject({
        operation: 'get',
        method: 'KV.Range',
        endpoint: server.endpoint,
        attempts: 1,
        batchSize: CALLERS,
        durationMs: expect.any(Number),
        outcome: undefined,
        error: undefined,
      });
    }
  });

  it('names the method of the user, however many requests it takes', async () => {
    await using etcd = clientIn(server);
    using calls = recordCalls();
    const said = async (act: () => Promise<unknown>): Promise<readonly string[]> => {
      const before = calls.ended.length;
      await act();
      return calls.ended.slice(before).map(({ operation, method }) => `${operation} ${method}`);
    };
    expect(await said(() => etcd.put('a', '1'))).toEqual(['put KV.Put']);
    expect(await said(() => etcd.create('b', '1'))).toEqual(['create KV.Txn']);
    expect(await said(() => etcd.delete('b'))).toEqual(['delete KV.DeleteRange']);
    expect(await said(() => etcd.prefix('a').first())).toEqual(['first KV.Range']);
    expect(await said(() => etcd.prefix('a').count())).toEqual(['count KV.Range']);
    expect(await said(() => etcd.prefix('a').toMap())).toEqual(['toMap KV.Range']);
    expect(await said(() => etcd.lease.grant(60))).toEqual(['lease.grant Lease.LeaseGrant']);
    expect(await said(() => etcd.cluster.members())).toEqual([
      'cluster.memberList Cluster.MemberList',
    ]);
    expect(await said(() => etcd.rpc.kv.range({ key: new Uint8Array([97]) }))).toEqual([
      'range KV.Range',
    ]);
    // The function of an update is the user's own: its requests are no part of it.
    const bump = () =>
      etcd.update('a', async (current) => {
        await etcd.get('other');
        return `${current}!`;
      });
    expect(await said(bump)).toEqual(['update KV.Range', 'get KV.Range', 'update KV.Txn']);
    const iterate = async () => {
      for await (const _ of etcd.all());
    };
    expect(new Set(await said(iterate))).toEqual(new Set(['iterate KV.Range']));
    await using session = await Session.create(etcd);
    const mutex = new Mutex(session, 'lock');
    const locked = await said(() => mutex.withLock(() => etcd.get('a')));
    expect(locked[0]).toBe('acquire KV.Txn');
    expect(locked).toContain('get KV.Range');
    expect(locked).toContain('release KV.Txn');
  });

  it('tells the error, and the error still tells the line of its caller', async () => {
    await using etcd = clientIn(server);
    await etcd.put('a', '1');
    using calls = recordCalls();
    async function readsTheFuture(): Promise<void> {
      await etcd.get('a', { revision: 10n ** 9n });
    }
    async function streamsTheFuture(): Promise<void> {
      for await (const _ of etcd.prefix('a').atRevision(10n ** 9n));
    }
    const error = await failureOf(readsTheFuture());
    expect(error.stack).toMatch(/readsTheFuture/);
    expect(calls.events.map(({ event }) => event)).toEqual([
      'start',
      'end',
      'error',
      'asyncStart',
      'asyncEnd',
    ]);
    expect(calls.ended[0]).toMatchObject({ outcome: 'not-applied', error, attempts: 1 });
    expect((await failureOf(streamsTheFuture())).stack).toMatch(/streamsTheFuture/);
    const aborted = await failureOf(etcd.get('a', { signal: AbortSignal.abort() }));
    expect(calls.ended.at(-1)).toMatchObject({ outcome: 'not-sent', attempts: 0, error: aborted });
  });

  it('carries bound stores to the interceptors, and adds up the attempts that one makes', async () => {
    const span = new AsyncLocalStorage<object>();
    const seen: unknown[] = [];
    const twice: Interceptor = (next) => ({
      async unary(method, request, options) {
        seen.push(span.getStore(), ...Object.keys(options ?? {}));
        await next.unary(method, request, options);
        return await next.unary(method, request, options);
      },
    });
    await using etcd = clientIn(server, { interceptors: [twice], batching: false });
    const { start } = diagnosticsChannel.tracingChannel(CALL_CHANNEL);
    start.bindStore(span, (call) => call as object);
    try {
      using calls = recordCalls();
      await etcd.get('a');
      expect(seen).toEqual([calls.ended[0]]);
      expect(calls.ended).toMatchObject([{ operation: 'get', attempts: 2, batchSize: 1 }]);
    } finally {
      start.unbindStore(span);
    }
  });
});

const FIELDS = [
  'attempts',
  'batchSize',
  'durationMs',
  'endpoint',
  'error',
  'method',
  'operation',
  'outcome',
];
