import { describe, expect, it } from 'vitest';
import { MemoryEtcd, type MemoryMember } from '../../../../src/testing/index.js';
import { failureOf } from '../../../support/client.js';

/** An election takes one to two seconds; then clients have to find the new leader. */
const FAILOVER_MS = 5_000;
/** The time after which a member gives up a request that its leader never answered. */
const REQUEST_TIMEOUT_MS = 7_000;

const leaderOf = (memory: MemoryEtcd): MemoryMember => {
  const leader = memory.members.find(({ isLeader }) => isLeader);
  if (leader === undefined) throw new Error('nobody leads');
  return leader;
};

describe('several members in memory', () => {
  it('elect another leader when theirs stops, and lose nothing', async () => {
    await using memory = new MemoryEtcd({ members: 3 });
    const etcd = memory.client();
    await etcd.put('k', 'before');
    const old = memory.members.find(({ isLeader }) => isLeader);
    old?.stop();
    expect(memory.members.some(({ isLeader }) => isLeader)).toBe(false);
    const put = etcd.put('k', 'after', { idempotent: true, timeoutMs: 20_000 });
    // Its member still takes the old one for the leader, so the first attempt is lost.
    await memory.advance(REQUEST_TIMEOUT_MS + FAILOVER_MS);
    await put;
    expect(memory.members.filter(({ isLeader }) => isLeader)).toHaveLength(1);
    // The old one comes back as a follower, as new as the others.
    old?.start();
    await memory.advance(FAILOVER_MS);
    const there = memory.client({ endpoints: old?.endpoint ?? '' });
    expect((await there.get('k', { serializable: true }))?.value).toBe('after');
    expect(old?.isLeader).toBe(false);
  });

  it('lose a put whose leader is lost, and its caller cannot know', async () => {
    await using memory = new MemoryEtcd({ members: 3 });
    const leader = leaderOf(memory);
    const there = memory.client({ endpoints: leader.endpoint });
    await there.put('k', 'before');
    // The leader takes it into its log, and can tell nobody.
    leader.isolate();
    const failure = failureOf(there.put('k', 'lost', { timeoutMs: 20_000 }));
    await memory.advance(FAILOVER_MS);
    expect(leaderOf(memory)).not.toBe(leader);
    leader.rejoin();
    await memory.advance(REQUEST_TIMEOUT_MS);
    expect(await failure).toMatchObject({ outcome: 'unknown' });
    expect((await failure).message).toContain('previous leader failure');
    for (const { endpoint } of memory.members) {
      const read = await memory.client({ endpoints: endpoint }).get('k', { serializable: true });
      expect(read?.value).toBe('before');
    }
  });

  it('keep a put whose leader is back before another one is elected', async () => {
    await using memory = new MemoryEtcd({ members: 3 });
    const leader = leaderOf(memory);
    const there = memory.client({ endpoints: leader.endpoint });
    await there.get('k');
    const { raftTerm } = await there.maintenance.status();
    leader.isolate();
    const put = there.put('k', 'v');
    await memory.advance(500);
    leader.rejoin();
    await put;
    expect(leader.isLeader).toBe(true);
    expect((await there.maintenance.status()).raftTerm).toBe(raftTerm);
    expect((await memory.client().get('k'))?.value).toBe('v');
  });

  it('lose a put on its way to a leader that has just gone', async () => {
    await using memory = new MemoryEtcd({ members: 3 });
    const leader = leaderOf(memory);
    const follower = memory.members.find((member) => member !== leader);
    const there = memory.client({ endpoints: follower?.endpoint ?? '' });
    await there.get('k');
    leader.stop();
    const failure = failureOf(there.put('k', 'lost', { timeoutMs: 20_000 }));
    await memory.advance(REQUEST_TIMEOUT_MS);
    expect(await failure).toMatchObject({ outcome: 'unknown' });
    expect(await there.get('k')).toBeUndefined();
  });

  it('elect another leader when theirs stands still, which catches up when it goes on', async () => {
    await using memory = new MemoryEtcd({ members: 3 });
    const etcd = memory.client();
    const leader = leaderOf(memory);
    const there = memory.client({ endpoints: leader.endpoint });
    await there.put('k', 'before');
    leader.pause();
    let read: string | undefined;
    const reading = there.get('k', { serializable: true, timeoutMs: 60_000 }).then((kv) => {
      read = kv?.value;
    });
    const put = etcd.put('k', 'after', { idempotent: true, timeoutMs: 30_000 });
    await memory.advance(20_000);
    await put;
    expect(leaderOf(memory)).not.toBe(leader);
    expect(read).toBeUndefined();
    leader.resume();
    await memory.advance(FAILOVER_MS);
    await reading;
    expect(read).toBe('after');
  });

  it('serve at once when the only member is stopped and started', async () => {
    await using memory = new MemoryEtcd();
    const etcd = memory.client();
    await etcd.put('k', 'v');
    memory.members[0].stop();
    memory.members[0].start();
    expect((await etcd.get('k'))?.value).toBe('v');
    expect(memory.now).toBe(0);
  });

  it('run again when one that stands still is stopped and started', async () => {
    await using memory = new MemoryEtcd();
    const etcd = memory.client();
    await etcd.put('k', 'v');
    const [member] = memory.members;
    member.pause();
    member.stop();
    // Nothing is left of what stood still, and what is stopped cannot stand still.
    member.pause();
    member.start();
    expect((await etcd.get('k'))?.value).toBe('v');
  });

  it('answer nothing linearizable without a majority, and still answer serializable reads', async () => {
    await using memory = new MemoryEtcd({ members: 3 });
    const [first, second, third] = memory.members;
    const etcd = memory.client({ endpoints: first?.endpoint ?? '' });
    await etcd.put('k', 'v');
    second?.stop();
    third?.stop();
    const failure = failureOf(etcd.put('k', 'w', { timeoutMs: 3_000 }));
    await memory.advance(3_000);
    expect(await failure).toMatchObject({ outcome: 'unknown' });
    expect((await etcd.get('k', { serializable: true }))?.value).toBe('v');
  });

  it('give old answers from a member that lags, to serializable reads alone', async () => {
    await using memory = new MemoryEtcd({ members: 3 });
    const follower = memory.members.find(({ isLeader }) => !isLeader);
    const there = memory.client({ endpoints: follower?.endpoint ?? '', batching: false });
    const others = memory.members.filter((member) => member !== follower);
    const etcd = memory.client({ endpoints: others.map(({ endpoint }) => endpoint) });
    await etcd.put('k', 'old');
    follower?.lag();
    await etcd.put('k', 'new');
    expect((await there.get('k', { serializable: true }))?.value).toBe('old');
    let read: string | undefined;
    const linearizable = there.get('k').then((kv) => {
      read = kv?.value;
    });
    await memory.idle();
    expect(read).toBeUndefined();
    follower?.rejoin();
    await linearizable;
    expect(read).toBe('new');
  });

  it('end watches on a member that sees no leader, which go on elsewhere', async () => {
    await using memory = new MemoryEtcd({ members: 3 });
    const etcd = memory.client();
    const seen: string[] = [];
    await using watcher = etcd.prefix('').watch();
    watcher.on('put', (kv) => seen.push(kv.value));
    await watcher.ready;
    for (const member of memory.members) {
      member.isolate();
      await memory.advance(FAILOVER_MS * 2);
      const others = memory.members.filter((each) => each !== member);
      const writer = memory.client({ endpoints: others.map(({ endpoint }) => endpoint) });
      const put = writer.put('k', member.name, { timeoutMs: 20_000 });
      await memory.advance(FAILOVER_MS);
      await put;
      member.rejoin();
      await memory.advance(FAILOVER_MS * 2);
    }
    expect(seen).toEqual(memory.members.map(({ name }) => name));
  });

  it('keep leases through a change of leaders, each with its whole time', async () => {
    await using memory = new MemoryEtcd({ members: 3 });
    const etcd = memory.client();
    const lease = await etcd.lease.grant(60);
    await etcd.put('k', 'v', { lease });
    await memory.advance(50_000);
    const old = memory.members.find(({ isLeader }) => isLeader);
    old?.stop();
    await memory.advance(30_000);
    expect(await etcd.get('k')).toBeDefined();
    await memory.advance(40_000);
    expect(await etcd.get('k')).toBeUndefined();
  });

  it('take in a learner, promote it, and let a member go', async () => {
    await using memory = new MemoryEtcd();
    const etcd = memory.client();
    await etcd.put('k', 'v');
    const added = await etcd.cluster.addLearner(['http://m1.memory:2380']);
    expect(added).toMatchObject({ isLearner: true, name: '' });
    expect(await failureOf(etcd.cluster.promote(added.id))).toMatchObject({
      code: 'LEARNER_NOT_READY',
    });
    const learner = memory.members[1];
    learner?.start();
    const there = memory.client({ endpoints: learner?.endpoint ?? '', batching: false });
    expect((await there.get('k', { serializable: true }))?.value).toBe('v');
    await etcd.cluster.promote(added.id);
    expect((await there.get('k'))?.value).toBe('v');
    await etcd.cluster.remove(added.id);
    expect(await etcd.cluster.members()).toHaveLength(1);
  });

  it('hand leadership over on request', async () => {
    await using memory = new MemoryEtcd({ members: 3 });
    const etcd = memory.client();
    const follower = memory.members.find(({ isLeader }) => !isLeader);
    await etcd.maintenance.moveLeader(follower?.id ?? 0n);
    expect(follower?.isLeader).toBe(true);
    expect((await etcd.maintenance.status(follower?.endpoint)).leader).toBe(follower?.id);
  });
});
