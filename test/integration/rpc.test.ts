import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type EtcdClient, EtcdError, type Interceptor } from '../../src/index.js';
import { type RangeStreamResponse, type Rpc, services } from '../../src/rpc/index.js';
import { simpleTokenFlags } from '../support/auth.js';
import { clientOf, failureOf } from '../support/client.js';
import { describeEveryEtcd } from '../support/describe-etcd.js';
import type { EtcdServer } from '../support/etcd.js';
import { startRangeStreamServer } from '../support/range-stream-server.js';
import { atLeast } from '../support/versions.js';

const utf8 = (text: string): Uint8Array => new Uint8Array(Buffer.from(text));
const text = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString();

/** What etcd 3.4 does not have; no released version here has `kv.rangeStream`. */
const SINCE_35 = ['auth.authStatus', 'maintenance.downgrade'];

/** What is said of a call that the server does not know. */
const UNIMPLEMENTED = { code: 'UNIMPLEMENTED', outcome: 'not-applied', retryable: false };

/** The stubs, and the names of those that were called. */
function recorded(rpc: Rpc): { readonly rpc: Rpc; readonly called: Set<string> } {
  const called = new Set<string>();
  const groups = Object.entries(rpc).map(([service, stubs]) => [
    service,
    Object.fromEntries(
      Object.entries(stubs as Record<string, (...args: never[]) => unknown>).map(([name, stub]) => [
        name,
        (...args: never[]) => {
          called.add(`${service}.${name}`);
          return stub(...args);
        },
      ]),
    ),
  ]);
  return { rpc: Object.fromEntries(groups) as Rpc, called };
}

/** The first answer that fits. */
async function find<T>(answers: AsyncIterable<T>, fits: (answer: T) => boolean): Promise<T> {
  for await (const answer of answers) if (fits(answer)) return answer;
  throw new Error('the stream ended before');
}

describeEveryEtcd('a call that waits for its codec', (etcd) => {
  it.each([
    ['alone', []],
    ['behind interceptors', [((next) => next) satisfies Interceptor]],
  ])(
    '%s sends the request as it was given, even if it changes meanwhile',
    async (_how, interceptors) => {
      await using server = await etcd.start();
      // A library in which proto-loader was not loaded before.
      vi.resetModules();
      const { EtcdClient: FreshClient } = await import('../../src/client.js');
      await using fresh = new FreshClient({ endpoints: server.endpoint, interceptors });
      await fresh.get('connected');
      const request = { name: 'given', password: 'secret' };
      const added = fresh.rpc.auth.userAdd(request);
      request.name = 'changed';
      await added;
      expect((await fresh.rpc.auth.userList({})).users).toEqual(['given']);
    },
  );
});

describeEveryEtcd(
  'the raw stubs',
  (etcd) => {
    let server: EtcdServer;
    let client: EtcdClient;
    let rpc: Rpc;
    let called: Set<string>;

    beforeAll(async () => {
      server = await etcd.server();
      client = clientOf(server);
      ({ rpc, called } = recorded(client.rpc));
    });
    afterAll(() => client.close());

    const isMissing = (name: string): boolean => etcd.series === '3.4' && SINCE_35.includes(name);

    it('of keys and values', async () => {
      const put = await rpc.kv.put({ key: utf8('a'), value: utf8('1') });
      expect(put.prevKv).toBeUndefined();
      const { kvs, count, more } = await rpc.kv.range({ key: utf8('a'), rangeEnd: utf8('b') });
      expect({ count, more }).toEqual({ count: 1n, more: false });
      const [kv] = kvs;
      expect([kv?.key, kv?.value]).toEqual([utf8('a'), utf8('1')]);
      expect([kv?.version, kv?.lease]).toEqual([1n, 0n]);
      expect([kv?.createRevision, kv?.modRevision]).toEqual([
        put.header?.revision,
        put.header?.revision,
      ]);
      const txn = await rpc.kv.txn({
        compare: [{ key: utf8('a'), target: 'VALUE', result: 'EQUAL', value: utf8('1') }],
        success: [{ requestPut: { key: utf8('a'), value: utf8('2'), prevKv: true } }],
      });
      expect(txn.succeeded).toBe(true);
      expect(text(txn.responses[0]?.responsePut?.prevKv?.value)).toBe('1');
      expect((await rpc.kv.deleteRange({ key: utf8('a') })).deleted).toBe(1n);
      await rpc.kv.compact({ revision: put.header?.revision, physical: true });
      const streamed = find(rpc.kv.rangeStream({ key: utf8('a') }), () => true);
      if (atLeast(etcd.version, '3.7')) {
        expect((await streamed).rangeResponse).toMatchObject({ count: 0n, more: false });
      } else {
        expect(await failureOf(streamed)).toMatchObject(UNIMPLEMENTED);
      }
    });

    it('of watches, both ways on one call', async () => {
      await using watch = rpc.watch.watch();
      await watch.send({ createRequest: { key: utf8('watched'), watchId: 7n } });
      const answers = watch[Symbol.asyncIterator]();
      expect(await answers.next()).toMatchObject({ value: { created: true, watchId: 7n } });
      await rpc.kv.put({ key: utf8('watched'), value: utf8('now') });
      const { value } = await answers.next();
      expect(value.events).toMatchObject([{ type: 'PUT', kv: { value: utf8('now') } }]);
      await watch.send({ cancelRequest: { watchId: 7n } });
      expect(await answers.next()).toMatchObject({ value: { canceled: true } });
    });

    it('of leases', async () => {
      const { id, ttl } = await rpc.lease.leaseGrant({ ttl: 60n });
      expect(ttl).toBe(60n);
      await rpc.kv.put({ key: utf8('leased'), lease: id });
      const left = await rpc.lease.leaseTimeToLive({ id, keys: true });
      expect(left).toMatchObject({ grantedTtl: 60n, keys: [utf8('leased')] });
      expect((await rpc.lease.leaseLeases()).leases).toContainEqual({ id });
      await using alive = rpc.lease.leaseKeepAlive();
      await alive.send({ id });
      expect(await find(alive, () => true)).toMatchObject({ id, ttl: 60n });
      await rpc.lease.leaseRevoke({ id });
      expect((await failureOf(rpc.lease.leaseRevoke({ id }))).code).toBe('LEASE_NOT_FOUND');
    });

    it('of members', async () => {
      const { members } = await rpc.cluster.memberList({ linearizable: true });
      expect(members).toMatchObject([{ name: server.name, isLearner: false }]);
      const peerUrls = ['http://127.0.0.1:1'];
      const { member } = await rpc.cluster.memberAdd({ peerUrls, isLearner: true });
      expect(member).toMatchObject({ peerUrls, isLearner: true });
      const id = member?.id;
      const updated = await rpc.cluster.memberUpdate({ id, peerUrls: ['http://127.0.0.1:2'] });
      expect(updated.members.find((other) => other.id === id)?.peerUrls).toEqual([
        'http://127.0.0.1:2',
      ]);
      expect((await failureOf(rpc.cluster.memberPromote({ id }))).code).toBe('LEARNER_NOT_READY');
      expect((await rpc.cluster.memberRemove({ id })).members).toHaveLength(1);
    });

    it('of maintenance', async () => {
      const { maintenance } = rpc;
      const status = await maintenance.status({}, { endpoint: server.endpoint });
      expect(status).toMatchObject({ version: etcd.version, isLearner: false });
      expect(status.dbSize).toBeTypeOf('bigint');
      expect((await maintenance.alarm({ action: 'GET' })).alarms).toEqual([]);
      await maintenance.defragment();
      expect((await maintenance.hash()).hash).toBeTypeOf('number');
      expect((await maintenance.hashKv({})).hash).toBeTypeOf('number');
      const chunk = await find(maintenance.snapshot(), ({ blob }) => blob.length > 0);
      expect(chunk.remainingBytes).toBeTypeOf('bigint');
      // To itself: there is nobody else.
      await maintenance.moveLeader({ targetId: status.leader });
      const cancelled = maintenance.downgrade({ action: 'CANCEL' });
      if (atLeast(etcd.version, '3.6')) {
        // Cancelling none is no error any more.
        expect((await cancelled).version).toMatch(/^3\./);
        return;
      }
      const code = isMissing('maintenance.downgrade')
        ? 'UNIMPLEMENTED'
        : 'NO_DOWNGRADE_IN_PROGRESS';
      expect(await failureOf(cancelled)).toMatchObject({ code, outcome: 'not-applied' });
    });

    it('of the server’s own locks and elections', async () => {
      const { lock, election } = rpc;
      const { id } = await rpc.lease.leaseGrant({ ttl: 60n });
      const { key } = await lock.lock({ name: utf8('lk'), lease: id });
      expect(text(key)).toBe(`lk/${id.toString(16)}`);
      await lock.unlock({ key });

      const name = utf8('el');
      const none = await failureOf(election.leader({ name }));
      expect(none.code).toBe('NO_ELECTION_LEADER');
      const { leader } = await election.campaign({ name, lease: id, value: utf8('one') });
      if (leader === undefined) throw new Error('the winner is told its key');
      expect(text((await election.leader({ name })).kv?.value)).toBe('one');
      const observed = find(election.observe({ name }), ({ kv }) => text(kv?.value) === 'two');
      await election.proclaim({ leader, value: utf8('two') });
      expect(text((await observed).kv?.key)).toBe(text(leader.key));
      await election.resign({ leader });
      expect((await failureOf(election.leader({ name }))).code).toBe('NO_ELECTION_LEADER');
    });

    it('of users and roles, over a connection that signs in', async () => {
      const { auth } = rpc;
      if (isMissing('auth.authStatus')) {
        expect(await failureOf(auth.authStatus())).toMatchObject(UNIMPLEMENTED);
      } else {
        expect((await auth.authStatus()).enabled).toBe(false);
      }
      await auth.userAdd({ name: 'root', password: 'secret' });
      await auth.roleAdd({ name: 'root' });
      await auth.userGrantRole({ user: 'root', role: 'root' });
      await auth.roleAdd({ name: 'app' });
      const perm = { permType: 'READWRITE', key: utf8('a'), rangeEnd: utf8('b') } as const;
      await auth.roleGrantPermission({ name: 'app', perm });
      expect((await auth.roleGet({ role: 'app' })).perm).toEqual([perm]);
      await auth.userAdd({ name: 'alice', options: { noPassword: true } });
      await auth.userGrantRole({ user: 'alice', role: 'app' });
      expect((await auth.userGet({ name: 'alice' })).roles).toEqual(['app']);
      await auth.userChangePassword({ name: 'root', password: 'another' });
      await auth.authEnable();

      const { token } = await auth.authenticate({ name: 'root', password: 'another' });
      expect(token).not.toBe('');
      expect((await failureOf(auth.userList())).code).toBe('USER_NAME_EMPTY');
      await using root = clientOf(server, { auth: { username: 'root', password: 'another' } });
      expect([...(await root.rpc.auth.userList()).users].sort()).toEqual(['alice', 'root']);
      await root.rpc.auth.authDisable();

      await auth.authDisable();
      await auth.userRevokeRole({ name: 'alice', role: 'app' });
      await auth.roleRevokePermission({ role: 'app', key: perm.key, rangeEnd: perm.rangeEnd });
      await auth.roleDelete({ role: 'app' });
      await auth.userDelete({ name: 'alice' });
      expect((await auth.userList()).users).toEqual(['root']);
      expect((await auth.roleList()).roles).toEqual(['root']);
    });

    it('were all called', () => {
      const all = Object.entries(services).flatMap(([service, methods]) =>
        Object.keys(methods).map((name) => `${service}.${name}`),
      );
      expect(all).toHaveLength(49);
      expect(all.filter((name) => !called.has(name))).toEqual([]);
    });

    it('obey deadlines and signals, and are typed errors', async () => {
      const abort = new AbortController();
      await rpc.lock.lock({ name: utf8('held') });
      const waiting = failureOf(rpc.lock.lock({ name: utf8('held') }, { signal: abort.signal }));
      const late = await failureOf(rpc.lock.lock({ name: utf8('held') }, { timeoutMs: 300 }));
      expect(late).toMatchObject({ code: 'TIMEOUT', method: 'Lock.Lock' });
      abort.abort();
      expect(await waiting).toMatchObject({ code: 'ABORTED', outcome: 'unknown' });
      const refused = await failureOf(rpc.kv.put({ value: utf8('no key') }));
      expect(refused).toBeInstanceOf(EtcdError);
      expect(refused).toMatchObject({ code: 'KEY_REQUIRED', outcome: 'not-applied' });
    });
  },
  { flags: simpleTokenFlags() },
);

describe('the raw stub of RangeStream', () => {
  it('iterates the chunks of a server that has it', async () => {
    await using server = await startRangeStreamServer({ keys: 250, keysPerChunk: 100 });
    await using client = clientOf(server);
    const chunks: RangeStreamResponse[] = [];
    const request = { key: utf8('k/'), rangeEnd: utf8('k0') };
    for await (const chunk of client.rpc.kv.rangeStream(request)) chunks.push(chunk);
    expect(chunks.map(({ rangeResponse }) => rangeResponse?.kvs.length)).toEqual([100, 100, 50]);
    expect(chunks.at(-1)?.rangeResponse).toMatchObject({ count: 250n, more: false });
    expect(chunks[0]?.rangeResponse?.header).toBeUndefined();
  });
});
