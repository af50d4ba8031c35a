import { expect, it } from 'vitest';
import { EtcdClient, EtcdError } from '../../src/index.js';
import { freePorts } from '../../src/testing/server/free-ports.js';
import { clientOf, failureOf } from '../support/client.js';
import { describeEtcd, describeEveryEtcd } from '../support/describe-etcd.js';
import { atLeast } from '../support/versions.js';
import { until } from '../support/wait.js';

/**
 * Repeats a change of members that the cluster is not ready for: after a member has started it takes
 * some seconds to settle, and a learner to catch up.
 */
async function whenSettled<T>(change: () => Promise<T>): Promise<T> {
  const [result] = await until(
    () =>
      change().then(
        (value) => [Promise.resolve(value)] as const,
        (error: unknown) => {
          if (error instanceof EtcdError && error.retryable) throw error;
          return [Promise.reject<T>(error)] as const;
        },
      ),
    { timeoutMs: 15_000, intervalMs: 100, what: 'the cluster to settle' },
  );
  return result;
}

async function freePeerUrl(): Promise<string> {
  const [port] = await freePorts(1);
  return `http://127.0.0.1:${port}`;
}

describeEtcd('the members of a cluster', (etcd) => {
  it('are listed, with their ids as bigints', async () => {
    const server = await etcd.server();
    await using client = clientOf(server);
    const [member, ...others] = await client.cluster.members();
    expect(others).toEqual([]);
    const { header } = await client.maintenance.status();
    expect(member).toEqual({
      id: header.memberId,
      name: server.name,
      peerUrls: [server.peerUrl],
      clientUrls: [server.endpoint],
      isLearner: false,
    });
    expect(await client.cluster.members({ serializable: true })).toEqual([member]);
  });

  it('change: a learner is added, promoted and removed, and the leadership moves', async () => {
    await using cluster = await etcd.cluster();
    await using client = new EtcdClient({ endpoints: cluster.endpoints });
    const before = await client.cluster.members();
    expect(before.map(({ isLearner }) => isLearner)).toEqual([false, false, false]);

    const { leader } = await client.maintenance.status();
    const next = before.find(({ id }) => id !== leader);
    if (next === undefined) throw new Error('somebody else must be there');
    await moveLeadership(client, next.id);

    const peerUrl = await freePeerUrl();
    const learner = await whenSettled(() => client.cluster.addLearner(peerUrl));
    expect(learner).toMatchObject({ name: '', peerUrls: [peerUrl], clientUrls: [] });
    expect(learner.isLearner).toBe(true);
    const early = await until(async () => {
      const error = await failureOf(client.cluster.promote(learner.id));
      // The new leader may have to settle first.
      return error.code === 'LEARNER_NOT_READY' && error;
    });
    expect(early.retryable).toBe(true);
    const elsewhere = await freePeerUrl();
    const updated = await whenSettled(() => client.cluster.update(learner.id, elsewhere));
    expect(updated.find(({ id }) => id === learner.id)?.peerUrls).toEqual([elsewhere]);
    expect(await whenSettled(() => client.cluster.remove(learner.id))).toEqual(before);

    // The same again, with a server behind it.
    const server = await cluster.addMember({ learner: true });
    const started = await until(async () =>
      (await client.cluster.members()).find(({ name }) => name === server.name),
    );
    expect(started.isLearner).toBe(true);
    await using atLearner = clientOf(server);
    expect(await atLearner.health()).toMatchObject([
      { healthy: false, error: { code: 'NOT_SUPPORTED_FOR_LEARNER' } },
    ]);
    expect((await atLearner.maintenance.status(server.endpoint)).isLearner).toBe(true);
    const promoted = await whenSettled(() => client.cluster.promote(started.id));
    expect(promoted.find(({ id }) => id === started.id)?.isLearner).toBe(false);
    const twice = await failureOf(client.cluster.promote(started.id));
    expect(twice.code).toBe('NOT_A_LEARNER');
    const left = await whenSettled(() => client.cluster.remove(started.id));
    expect(left.map(({ id }) => id).sort()).toEqual(before.map(({ id }) => id).sort());
    const gone = await failureOf(whenSettled(() => client.cluster.remove(started.id)));
    expect(gone.code).toBe('MEMBER_NOT_FOUND');
  }, 90_000);

  it('hand the leadership over when none of the endpoints is the leader', async () => {
    await using cluster = await etcd.cluster();
    const [follower] = await cluster.followers();
    if (follower === undefined) throw new Error('a cluster of three has followers');
    await using client = clientOf(follower);
    const { header, leader } = await client.maintenance.status();
    expect(leader).not.toBe(header.memberId);
    await moveLeadership(client, header.memberId);
    const nobody = await failureOf(client.maintenance.moveLeader(12345n));
    expect(nobody).toMatchObject({ code: 'BAD_LEADER_TRANSFEREE', outcome: 'not-applied' });
  });

  it('accept another voter, and are told apart by their peer URLs', async () => {
    await using server = await etcd.start();
    await using client = clientOf(server);
    const taken = await failureOf(whenSettled(() => client.cluster.addLearner(server.peerUrl)));
    expect(taken).toMatchObject({ code: 'PEER_URL_EXISTS', outcome: 'not-applied' });
    const peerUrls = [await freePeerUrl()];
    const added = await whenSettled(() => client.cluster.add(peerUrls));
    expect(added).toMatchObject({ name: '', peerUrls, clientUrls: [], isLearner: false });
    // One of two is no majority; what the member knows by itself it still tells.
    const members = await client.cluster.members({ serializable: true });
    expect(members.map(({ id }) => id)).toContain(added.id);
  });
});

/** Older servers forget, when its peer URLs change, that a member is a learner: they list it as a voter. */
function keepsLearners(version: string): boolean {
  if (atLeast(version, '3.7.0')) return true;
  return atLeast(version, version.startsWith('3.6.') ? '3.6.12' : '3.5.31');
}

describeEveryEtcd('a learner whose peer URLs are changed', (etcd) => {
  it('is still a learner afterwards, except on servers that forget it', async () => {
    await using server = await etcd.start();
    await using client = clientOf(server);
    const learner = await whenSettled(async () => client.cluster.addLearner(await freePeerUrl()));
    const peerUrl = await freePeerUrl();
    const updated = await whenSettled(() => client.cluster.update(learner.id, peerUrl));
    const changed = updated.find(({ id }) => id === learner.id);
    expect(changed).toMatchObject({
      peerUrls: [peerUrl],
      isLearner: keepsLearners(etcd.version),
    });
    expect(await whenSettled(() => client.cluster.remove(learner.id))).toHaveLength(1);
  });
});

/** Makes a member the leader in the eyes of all; again when an election has come between. */
async function moveLeadership(client: EtcdClient, id: bigint): Promise<void> {
  const { maintenance, endpoints } = client;
  await maintenance.moveLeader(id);
  const leads = async (endpoint: string) => (await maintenance.status(endpoint)).leader === id;
  for (const endpoint of endpoints) {
    await until(
      async () => {
        if (await leads(endpoint)) return true;
        await maintenance.moveLeader(id);
        return false;
      },
      { what: `${endpoint} to see the new leader` },
    );
  }
}
