import { expect, it } from 'vitest';
import type { EtcdClient } from '../../src/index.js';
import { enableAuth, jwtFlags, simpleTokenFlags } from '../support/auth.js';
import { clientOf, failureOf } from '../support/client.js';
import type { Cluster } from '../support/cluster.js';
import { allConnected } from '../support/connected.js';
import { describeEtcd, describeEveryEtcd } from '../support/describe-etcd.js';
import type { EtcdServer } from '../support/etcd.js';
import { startProxy } from '../support/fault-proxy.js';
import { until } from '../support/wait.js';

/** More than a connection holds back while nobody takes it: an iteration is never all there already. */
const KEYS = 12_000;
const VALUE = 'v'.repeat(1_000);
/** Operations of one transaction at most. */
const BATCH = 120;
/** Records after which something happens: some pages, and far from all. */
const SOME = 300;

async function fill(client: EtcdClient, prefix: string): Promise<void> {
  const commits = Array.from({ length: KEYS / BATCH }, (_, batch) => {
    const puts = Array.from({ length: BATCH }, (__, i) =>
      client.op.put(`${prefix}${String(batch * BATCH + i).padStart(6, '0')}`, VALUE),
    );
    return client
      .txn()
      .then(...puts)
      .commit({ timeoutMs: 20_000 });
  });
  await Promise.all(commits);
}

/** Iterates all keys, does something after some of them, and answers their numbers. */
async function numbers(
  client: EtcdClient,
  prefix: string,
  afterSome: () => Promise<unknown>,
): Promise<readonly number[]> {
  const seen: number[] = [];
  for await (const { key } of client.prefix(prefix)) {
    seen.push(Number(key.slice(prefix.length)));
    if (seen.length === SOME) await afterSome();
  }
  return seen;
}

const ALL = Array.from({ length: KEYS }, (_, number) => number);

/** The member with the most calls of these kinds under way or done. */
async function mostAsked(cluster: Cluster): Promise<EtcdServer> {
  const counts = await Promise.all(
    cluster.members.map(async (member) => {
      const started = (method: string) =>
        member.metric('grpc_server_started_total', { grpc_method: method });
      return { member, count: (await started('RangeStream')) * 1_000 + (await started('Range')) };
    }),
  );
  const [first] = counts.sort((one, other) => other.count - one.count);
  if (first === undefined) throw new Error('the cluster has no members');
  return first.member;
}

describeEtcd('an iteration whose member fails', (etcd) => {
  it.each([
    ['is killed', (member: EtcdServer) => member.kill()],
    ['stops in order', (member: EtcdServer) => member.shutdown()],
    ['hangs', async (member: EtcdServer) => member.pause()],
  ] as const)('goes on at another one when the member %s', async (_what, fail) => {
    await using cluster = await etcd.cluster();
    await using writer = clientOf(cluster.members[0] as EtcdServer);
    await fill(writer, 'k/');
    await using client = clientOf({ endpoint: '' }, { endpoints: cluster.endpoints });
    await allConnected(client);
    const seen = await numbers(client, 'k/', async () => {
      await fail(await mostAsked(cluster));
    });
    expect(seen).toEqual(ALL);
  });
});

describeEveryEtcd('an iteration', (etcd) => {
  it('goes on at its revision when its connection breaks', async () => {
    await using server = await etcd.start();
    await using proxy = await startProxy({ target: server.endpoint });
    await using writer = clientOf(server);
    await fill(writer, 'k/');
    await using client = clientOf(proxy);
    await client.get('connect');
    const seen = await numbers(client, 'k/', async () => {
      proxy.resetAll();
      await writer.put(`k/${String(KEYS).padStart(6, '0')}`, 'later');
    });
    expect(seen).toEqual(ALL);
  });

  it.each(['simple tokens', 'JSON web tokens'])(
    'goes on when users are changed meanwhile, with %s',
    async (tokens) => {
      const flags = tokens === 'simple tokens' ? simpleTokenFlags() : await jwtFlags();
      await using server = await etcd.start({ flags });
      await using writer = clientOf(server);
      await fill(writer, 'app/');
      const admin = await enableAuth(server);
      await admin.addUser('alice', {
        password: 'secret',
        permissions: [['--prefix', 'readwrite', 'app/']],
      });
      const auth = { username: 'alice', password: 'secret' };
      await using alice = clientOf(server, { auth });
      await alice.put('other/k', 'v').catch(() => {});
      expect(await numbers(alice, 'app/', () => admin.bumpRevision())).toEqual(ALL);
      // As the first call of a client, it does not know yet what the server can do.
      await using fresh = clientOf(server, { auth });
      expect(await numbers(fresh, 'app/', () => admin.bumpRevision())).toEqual(ALL);
    },
  );

  it('ends with PermissionDeniedError when the right to read is revoked meanwhile', async () => {
    await using server = await etcd.start({ flags: simpleTokenFlags() });
    await using writer = clientOf(server);
    await fill(writer, 'app/');
    const admin = await enableAuth(server);
    const permission = ['--prefix', 'read', 'app/'];
    await admin.addUser('alice', { password: 'secret', permissions: [permission] });
    await using alice = clientOf(server, { auth: { username: 'alice', password: 'secret' } });
    const taken = numbers(alice, 'app/', () =>
      admin.ctl('role', 'revoke-permission', 'alice', '--prefix', 'app/'),
    );
    expect(await failureOf(taken)).toMatchObject({ code: 'PERMISSION_DENIED' });
  });
});

describeEtcd('an iteration at a learner', (etcd) => {
  it('reads what the learner has, page by page', async () => {
    await using cluster = await etcd.cluster({ size: 1 });
    await using writer = clientOf(cluster.members[0] as EtcdServer);
    await fill(writer, 'k/');
    const learner = await cluster.addMember({ learner: true });
    await using client = clientOf(learner);
    const { revision } = (await writer.put('last', 'v')).header;
    const last = client.range('last').atRevision(revision).serializable();
    await until(() => last.first().catch(() => undefined), { what: 'the learner to catch up' });
    let seen = 0;
    for await (const _ of client.prefix('k/').serializable()) seen++;
    expect(seen).toBe(KEYS);
    expect(await failureOf(client.prefix('k/').iterate().next())).toMatchObject({
      code: 'NOT_SUPPORTED_FOR_LEARNER',
    });
  });
});
