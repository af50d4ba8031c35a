import { expect, it } from 'vitest';
import {
  Election,
  type Leadership,
  type Lock,
  Mutex,
  Session,
} from '../../src/concurrency/index.js';
import { ServiceRegistry } from '../../src/discovery/index.js';
import { EtcdClient } from '../../src/index.js';
import { clientIn, clientOf, failureOf } from '../support/client.js';
import { describeEtcd } from '../support/describe-etcd.js';
import { leaveLogsAlone } from '../support/log-hooks.js';

// Traced calls have frames of their own: see diagnostics-calls.test.ts.
leaveLogsAlone();

const FUTURE = 10n ** 9n;

/** The client as a user has it, with sessions of which one has the lock and the lead. */
interface Stage {
  readonly etcd: EtcdClient;
  readonly session: Session;
  readonly nobody: EtcdClient;
  readonly closed: EtcdClient;
  readonly ended: Session;
  readonly lock: Lock;
  readonly leadership: Leadership;
  readonly revision: bigint;
}

/** Calls that fail, each in a function of a name that the stack must have. */
const CALLS: Readonly<Record<string, (stage: Stage) => Promise<unknown>>> = {
  async get({ etcd }) {
    await etcd.get('a', { revision: FUTURE });
  },
  async getsAtOnce({ etcd }) {
    await Promise.all([1, 2, 3].map(() => etcd.get('a', { revision: FUTURE })));
  },
  async put({ etcd }) {
    await etcd.put('a', 'x', { lease: 12_345n });
  },
  async touch({ etcd }) {
    await etcd.touch('missing', { lease: 12_345n });
  },
  async remove({ nobody }) {
    await nobody.delete('a');
  },
  async create({ etcd }) {
    await etcd.create('there', 'x');
  },
  async update({ etcd }) {
    await etcd.update('there', () => 'x', { lease: 12_345n });
  },
  async all({ etcd }) {
    await etcd.prefix('a').atRevision(FUTURE).all();
  },
  async first({ etcd }) {
    await etcd.prefix('a').atRevision(FUTURE).first();
  },
  async count({ etcd }) {
    await etcd.prefix('a').atRevision(FUTURE).count();
  },
  async toMap({ etcd }) {
    await etcd.prefix('a').atRevision(FUTURE).toMap();
  },
  async iterate({ etcd }) {
    for await (const kv of etcd.prefix('a').atRevision(FUTURE)) expect(kv).toBeUndefined();
  },
  async commit({ etcd }) {
    const { op } = etcd;
    await etcd
      .txn()
      .then(op.put('a', '1', { lease: 12_345n }))
      .commit();
  },
  async compact({ etcd }) {
    await etcd.compact(FUTURE);
  },
  async grant({ etcd }) {
    await etcd.lease.grant(9_000_000_001);
  },
  async keepAliveOnce({ etcd }) {
    await etcd.lease.attach(12_345n).keepAliveOnce();
  },
  async timeToLive({ etcd }) {
    await etcd.lease.attach(12_345n).timeToLive();
  },
  async lostLease({ etcd }) {
    const lease = await etcd.lease.grant(60);
    await lease.revoke();
    await lease.keepAliveOnce();
  },
  async watch({ etcd, revision }) {
    for await (const event of etcd.watch('a', { startRevision: revision })) expect(event).toBe(0);
  },
  async batches({ etcd, revision }) {
    const watcher = etcd.watch('a', { startRevision: revision });
    for await (const batch of watcher.batches()) expect(batch).toBe(0);
  },
  async ready({ nobody }) {
    const watcher = nobody.watch('a', { timeoutMs: 50 });
    await watcher.ready;
  },
  async watchTimedOut({ etcd }) {
    for await (const event of etcd.watch('none', { timeoutMs: 50 })) void event;
  },
  async watchOfClosed({ closed }) {
    for await (const event of closed.watch('a')) void event;
  },
  async follow({ etcd }) {
    for await (const change of etcd.prefix('a').follow({ timeoutMs: 50 })) void change;
  },
  async followOfClosed({ closed }) {
    for await (const change of closed.prefix('a').follow()) void change;
  },
  async observe({ ended }) {
    for await (const leader of new Election(ended, 'led').observe()) void leader;
  },
  async watchRegistry({ closed }) {
    for await (const map of new ServiceRegistry(closed, 'services').watch()) void map;
  },
  async requestProgress({ nobody }) {
    await using watcher = nobody.watch('a');
    await watcher.requestProgress({ timeoutMs: 50 });
  },
  async acquire({ session }) {
    await new Mutex(session, 'taken').acquire({ timeoutMs: 100 });
  },
  async withLock({ session }) {
    await new Mutex(session, 'taken').withLock(() => {}, { timeoutMs: 100 });
  },
  async acquireAborted({ session }) {
    await new Mutex(session, 'taken').acquire({ signal: AbortSignal.timeout(50) });
  },
  async campaign({ session }) {
    await new Election(session, 'led').campaign('me', { timeoutMs: 100 });
  },
  async release({ lock }) {
    await lock.release({ signal: AbortSignal.abort() });
  },
  async resign({ leadership }) {
    await leadership.resign({ signal: AbortSignal.abort() });
  },
  async proclaim({ leadership }) {
    await leadership.proclaim('again', { signal: AbortSignal.abort() });
  },
  async proclaimNoLeader({ leadership }) {
    await leadership.resign();
    await leadership.proclaim('again');
  },
  async tryAcquire({ session }) {
    const stop = new AbortController();
    // When the call is under way, and before any answer.
    queueMicrotask(() => stop.abort());
    await new Mutex(session, 'taken').tryAcquire({ signal: stop.signal });
  },
  async resume({ session }) {
    await new Mutex(session, 'new').resume(`new/${session.lease.id.toString(16)}`, 1n);
  },
  async close({ session }) {
    await session.close({ signal: AbortSignal.abort() });
  },
  async revoke({ etcd }) {
    const lease = await etcd.lease.grant(60);
    await lease.revoke({ signal: AbortSignal.abort() });
  },
  async keepAliveOnceAborted({ etcd }) {
    await etcd.lease.attach(12_345n).keepAliveOnce({ signal: AbortSignal.abort() });
  },
  async leaseList({ nobody }) {
    await nobody.lease.list();
  },
  async health({ closed }) {
    await closed.health();
  },
  async status({ nobody }) {
    await nobody.maintenance.status();
  },
  async rawDuplex({ nobody }) {
    for await (const answer of nobody.rpc.watch.watch({ timeoutMs: 100 })) void answer;
  },
  async send({ nobody }) {
    await nobody.rpc.watch.watch({ timeoutMs: 100 }).send({ createRequest: {} });
  },
  async session({ etcd }) {
    await Session.create(etcd, { lease: 12_345n });
  },
  async register({ nobody }) {
    await new ServiceRegistry(nobody, 'services').register('1', { address: 'host:1' });
  },
  async list({ nobody }) {
    await new ServiceRegistry(nobody, 'services').list();
  },
  async removeMember({ etcd }) {
    await etcd.cluster.remove(12_345n);
  },
  async addMember({ nobody }) {
    await nobody.cluster.add('http://127.0.0.1:2');
  },
  async hashKv({ etcd }) {
    await etcd.maintenance.hashKv(etcd.endpoints[0]!, { revision: FUTURE });
  },
  async alarms({ nobody }) {
    await nobody.maintenance.alarms();
  },
  async snapshot({ nobody }) {
    for await (const chunk of nobody.maintenance.snapshot({ timeoutMs: 100 })) void chunk;
  },
  async user({ etcd }) {
    await etcd.auth.users.get('nobody');
  },
  async role({ etcd }) {
    await etcd.auth.roles.delete('none');
  },
  async raw({ etcd }) {
    await etcd.rpc.kv.range({ key: new Uint8Array([97]), revision: FUTURE });
  },
  async rawStream({ nobody }) {
    for await (const answer of nobody.rpc.maintenance.snapshot({}, { timeoutMs: 100 })) void answer;
  },
  async connect() {
    await EtcdClient.connect({ endpoints: 'http://127.0.0.1:1' }, { timeoutMs: 100 });
  },
  async syncEndpoints({ nobody }) {
    await nobody.syncEndpoints();
  },
};

describeEtcd('the stack of an error', (etcd) => {
  it.each(Object.keys(CALLS))('has the line of the caller: %s', async (name) => {
    const server = await etcd.server();
    await using client = clientIn(server);
    await using nobody = clientOf({ endpoint: 'http://127.0.0.1:1' }, { timeoutMs: 100 });
    await using session = await Session.create(client, { ttlSeconds: 10 });
    await using other = await Session.create(client, { ttlSeconds: 10 });
    await client.put('there', 'x');
    const lock = await new Mutex(other, 'taken').acquire();
    const leadership = await new Election(other, 'led').campaign('other');
    const closed = clientIn(server);
    const ended = await Session.create(closed, { ttlSeconds: 10 });
    await closed.close();
    const { header } = await client.put('a', 'x');
    await client.put('a', 'y');
    await client.compact(header.revision + 1n).catch(() => {});
    const stage = {
      etcd: client,
      session,
      nobody,
      closed,
      ended,
      lock,
      leadership,
      revision: 1n,
    };
    const error = await failureOf(CALLS[name]!(stage));
    expect(error).toBeInstanceOf(Error);
    expect((error as Error).stack).toMatch(new RegExp(`at (?:async )?(?:\\w+\\.)?${name} `));
  });
});
