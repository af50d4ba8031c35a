import { expect, it } from 'vitest';
import { Election, Mutex, Session } from '../../src/concurrency/index.js';
import { ServiceRegistry } from '../../src/discovery/index.js';
import { EtcdClient } from '../../src/index.js';
import { clientIn, clientOf, failureOf } from '../support/client.js';
import { describeEtcd } from '../support/describe-etcd.js';

const FUTURE = 10n ** 9n;

/** The client as a user has it, with sessions of which one has the lock and the lead. */
interface Stage {
  readonly etcd: EtcdClient;
  readonly session: Session;
  readonly nobody: EtcdClient;
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
    await new Mutex(other, 'taken').acquire();
    await new Election(other, 'led').campaign('other');
    const { header } = await client.put('a', 'x');
    await client.put('a', 'y');
    await client.compact(header.revision + 1n).catch(() => {});
    const stage = { etcd: client, session, nobody, revision: 1n };
    const error = await failureOf(CALLS[name]!(stage));
    expect(error).toBeInstanceOf(Error);
    expect((error as Error).stack).toMatch(new RegExp(`at (?:async )?(?:\\w+\\.)?${name} `));
  });
});
