import { AsyncLocalStorage } from 'node:async_hooks';
import diagnosticsChannel from 'node:diagnostics_channel';
import { beforeAll, expect, it } from 'vitest';
import { Cache } from '../../src/cache/index.js';
import { Election, Mutex, Semaphore, Session, stm } from '../../src/concurrency/index.js';
import { CALL_CHANNEL } from '../../src/diagnostics/index.js';
import { ServiceRegistry } from '../../src/discovery/index.js';
import type { Interceptor } from '../../src/index.js';
import { Queue, WorkQueue } from '../../src/queue/index.js';
import { clientIn, failureOf } from '../support/client.js';
import { describeEtcd } from '../support/describe-etcd.js';
import type { EtcdServer } from '../support/etcd.js';
import { leaveLogsAlone } from '../support/log-hooks.js';
import { recordCalls } from '../support/recorded-diagnostics.js';

leaveLogsAlone();

const CALLERS = 12;
const names = Array.from({ length: CALLERS }, (_, i) => `k${i}`);

describeEtcd('the trace of a call', (context) => {
  let server: EtcdServer;
  beforeAll(async () => {
    server = await context.server();
  });

  it('is published in the context of its caller, also when twelve gets share one request', async () => {
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
      'cluster.members Cluster.MemberList',
    ]);
    expect(await said(() => etcd.auth.users.list())).toEqual(['auth.users.list Auth.UserList']);
    expect(await said(() => etcd.lease.list())).toEqual(['lease.list Lease.LeaseLeases']);
    expect(await said(() => etcd.health())).toEqual([
      'health KV.Range',
      'health Maintenance.Alarm',
    ]);
    expect(await said(() => etcd.maintenance.disarm())).toEqual([
      'maintenance.disarm Maintenance.Alarm',
    ]);
    expect(await said(() => etcd.rpc.cluster.memberList({}))).toEqual([
      'cluster.memberList Cluster.MemberList',
    ]);
    expect(await said(() => etcd.syncEndpoints())).toEqual(['syncEndpoints Cluster.MemberList']);
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
    const follow = async () => {
      for await (const _ of etcd.all().follow()) break;
    };
    expect(new Set(await said(follow))).toEqual(new Set(['follow KV.Range']));
    await using session = await Session.create(etcd);
    expect(calls.ended.at(-1)).toMatchObject({ operation: 'create', method: 'Lease.LeaseGrant' });
    const mutex = new Mutex(session, 'lock');
    const locked = await said(() => mutex.withLock(() => etcd.get('a')));
    expect(locked[0]).toBe('acquire KV.Txn');
    expect(locked).toContain('get KV.Range');
    expect(locked).toContain('release KV.Txn');
  });

  it('names the method of a recipe, but not for calls in functions of the user', async () => {
    await using etcd = clientIn(server);
    await using session = await Session.create(etcd);
    using calls = recordCalls();
    const operations = async (act: () => Promise<unknown>): Promise<readonly string[]> => {
      const before = calls.ended.length;
      await act();
      return [...new Set(calls.ended.slice(before).map(({ operation }) => operation))].sort();
    };
    const counted = () =>
      stm(etcd, async (tx) => {
        await etcd.get('own');
        tx.put('count', String(Number((await tx.get('count'))?.value ?? 0) + 1));
      });
    expect(await operations(counted)).toEqual(['get', 'stm']);
    const queue = new Queue(etcd.namespace('jobs/'));
    expect(await operations(() => queue.enqueue('one'))).toEqual(['enqueue']);
    expect(await operations(() => queue.size())).toEqual(['size']);
    expect(await operations(() => queue.dequeue())).toEqual(['dequeue']);
    expect(await operations(() => queue.tryDequeue())).toEqual(['tryDequeue']);
    const work = new WorkQueue(session, etcd.namespace('work/'));
    expect(await operations(() => work.enqueue('one'))).toEqual(['enqueue']);
    const worked = async () => {
      for await (const job of work.jobs()) {
        await etcd.get('own');
        await job.done();
        break;
      }
    };
    expect(await operations(worked)).toEqual(['done', 'get', 'jobs']);
    const cached = async () => {
      await using cache = await Cache.open(etcd.prefix('config/'));
      await etcd.put('config/a', '1');
      await cache.sync();
    };
    expect(await operations(cached)).toEqual(['open', 'put', 'sync']);
    const semaphore = new Semaphore(session, 'few', 2);
    expect(await operations(() => semaphore.withPermit(() => etcd.get('own')))).toEqual([
      'acquire',
      'get',
      'release',
    ]);
    const election = new Election(session, 'lead');
    const led = async () => {
      const leadership = await election.campaign('me');
      await leadership.proclaim('again');
      await election.leader();
      await leadership.resign();
    };
    expect(await operations(led)).toEqual(['campaign', 'leader', 'proclaim', 'resign']);
    const registry = new ServiceRegistry(etcd, 'services');
    const registered = async () => {
      const registration = await registry.register('1', { address: 'host:1' });
      await registry.list();
      await registration.close();
    };
    expect(await operations(registered)).toEqual(['close', 'list', 'register']);
  });

  it('keeps the line of the caller for a client that is closed', async () => {
    const etcd = clientIn(server);
    await etcd.close();
    using _calls = recordCalls();
    async function asksForHealth(): Promise<void> {
      await etcd.health();
    }
    async function asksForMembers(): Promise<void> {
      await etcd.cluster.members();
    }
    expect((await failureOf(asksForHealth())).stack).toMatch(/asksForHealth/);
    expect((await failureOf(asksForMembers())).stack).toMatch(/asksForMembers/);
  });

  it('has the error, and the error still shows the line of its caller', async () => {
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

  it('passes bound stores to the interceptors, and counts all attempts that an interceptor makes', async () => {
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
