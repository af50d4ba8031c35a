import { expect, it } from 'vitest';
import { Election, type Leadership, Session } from '../../src/concurrency/index.js';
import { codecs, InvalidArgumentError, NotLeaderError } from '../../src/index.js';
import { failureOf } from '../support/client.js';
import { describeEtcd } from '../support/describe-etcd.js';
import { abortOf, LockStage } from '../support/locks.js';

const NAME = 'leader';

describeEtcd('an election', (etcd) => {
  const openStage = async (): Promise<LockStage> => new LockStage(await etcd.server());

  it('is won by the first candidate, who proclaims and resigns', async () => {
    await using stage = await openStage();
    const session = await stage.session();
    const election = new Election(session, NAME);
    expect(await election.leader()).toBeUndefined();
    const leadership = await election.campaign('node-1');
    expect(leadership.key).toBe(`${NAME}/${session.lease.id.toString(16)}`);
    expect(await election.leader()).toMatchObject({
      key: leadership.key,
      value: 'node-1',
      createRevision: leadership.fencingToken,
      lease: session.lease.id,
    });
    await leadership.proclaim('node-1 v2');
    expect(await election.leader()).toMatchObject({ value: 'node-1 v2', lease: session.lease.id });
    expect(leadership.signal.aborted).toBe(false);
    await leadership.resign();
    expect(leadership.signal.reason).toMatchObject({ code: 'RELEASED' });
    expect(await election.leader()).toBeUndefined();
    await leadership.resign();
  });

  it('goes to the candidate that has waited longest', async () => {
    await using stage = await openStage();
    const first = await new Election(await stage.session(), NAME).campaign('a');
    const campaigns: Promise<Leadership>[] = [];
    for (const [index, proposal] of ['b', 'c'].entries()) {
      campaigns.push(new Election(await stage.session(), NAME).campaign(proposal));
      await stage.queued(index + 2, NAME);
    }
    const [second, third] = campaigns;
    await first.resign();
    const next = await second;
    const election = new Election(await stage.session(), NAME);
    expect((await election.leader())?.value).toBe('b');
    await next?.resign();
    await third;
    expect((await election.leader())?.value).toBe('c');
  });

  it('lets only the leader proclaim', async () => {
    await using stage = await openStage();
    const leadership = await new Election(await stage.session(), NAME).campaign('a');
    await stage.client.delete(leadership.key);
    expect(await failureOf(leadership.proclaim('b'))).toBeInstanceOf(NotLeaderError);
    expect(await abortOf(leadership.signal)).toBeInstanceOf(NotLeaderError);
    expect(await stage.queue(NAME)).toEqual([]);
    await leadership.resign();
    expect(await failureOf(leadership.proclaim('c'))).toBeInstanceOf(NotLeaderError);
  });

  it('has one candidacy for each session', async () => {
    await using stage = await openStage();
    const session = await stage.session();
    const first = await new Election(session, NAME).campaign('a');
    const again = new Election(session, NAME).campaign('b');
    expect(
      await failureOf(new Election(session, NAME).campaign('c', { timeoutMs: 30 })),
    ).toMatchObject({ code: 'TIMEOUT' });
    await first.resign();
    const second = await again;
    expect(second.fencingToken > first.fencingToken).toBe(true);
    expect((await new Election(session, NAME).leader())?.value).toBe('b');
  });

  it('withdraws an aborted candidacy', async () => {
    await using stage = await openStage();
    const leadership = await new Election(await stage.session(), NAME).campaign('a');
    const impatient = new AbortController();
    const campaign = failureOf(
      new Election(await stage.session(), NAME).campaign('b', { signal: impatient.signal }),
    );
    await stage.queued(2, NAME);
    impatient.abort();
    expect(await campaign).toMatchObject({ code: 'ABORTED' });
    await stage.queued(1, NAME);
    expect(await stage.queue(NAME)).toEqual([leadership.key]);
  });

  it('is resumed after a restart, with a session on the same lease', async () => {
    await using stage = await openStage();
    const session = await stage.session();
    const { key, fencingToken } = await new Election(session, NAME).campaign('before the restart');
    session.orphan();
    const restarted = await Session.create(stage.client, { lease: session.lease.id });
    const election = new Election(restarted, NAME);
    const leadership = await election.resume(key, fencingToken);
    expect(leadership).toMatchObject({ key, fencingToken });
    await leadership.proclaim('after');
    expect((await election.leader())?.value).toBe('after');
    await leadership.resign();
    expect(await failureOf(election.resume(key, fencingToken))).toBeInstanceOf(NotLeaderError);
    expect(await failureOf(election.resume('leader/1', 1))).toBeInstanceOf(InvalidArgumentError);
  });

  it('has proposals of any type', async () => {
    await using stage = await openStage();
    const codec = codecs.json<{ address: string; weight: number }>();
    const election = new Election(await stage.session(), NAME, { codec });
    const leadership = await election.campaign({ address: '10.0.0.1', weight: 1 });
    await leadership.proclaim({ address: '10.0.0.1', weight: 2 });
    const weight: number | undefined = (await election.leader())?.value.weight;
    expect(weight).toBe(2);
  });

  it('has a condition that holds for transactions as long as the candidate leads', async () => {
    await using stage = await openStage();
    const { client } = stage;
    const leadership = await new Election(await stage.session(), NAME).campaign('a');
    const guarded = () =>
      client.txn().if(leadership.ownership()).then(client.op.put('guarded', '1')).commit();
    expect((await guarded()).succeeded).toBe(true);
    await leadership.resign();
    expect((await guarded()).succeeded).toBe(false);
  });
});

describeEtcd('an observer of an election', (etcd) => {
  it('sees the leader, what it proclaims, and the next leader', async () => {
    await using stage = new LockStage(await etcd.server());
    const election = new Election(await stage.session(), NAME);
    const leaders = election.observe();
    const next = async () => (await leaders.next()).value?.value;
    expect(await next()).toBeUndefined();
    const first = await election.campaign('a');
    expect(await next()).toBe('a');
    await first.proclaim('a2');
    expect(await next()).toBe('a2');
    const second = new Election(await stage.session(), NAME).campaign('b');
    await stage.queued(2, NAME);
    await first.resign();
    expect(await next()).toBe('b');
    await (await second).resign();
    expect(await next()).toBeUndefined();
    await leaders.return();
  });

  it('begins with the current leader', async () => {
    await using stage = new LockStage(await etcd.server());
    const election = new Election(await stage.session(), NAME);
    await election.campaign('a');
    for await (const leader of election.observe()) {
      expect(leader?.value).toBe('a');
      break;
    }
  });

  it('reports no leader who was first only in the middle of one revision', async () => {
    await using stage = new LockStage(await etcd.server());
    const election = new Election(await stage.session(), NAME);
    const leaders = election.observe();
    const next = async () => (await leaders.next()).value?.value;
    expect(await next()).toBeUndefined();
    await election.campaign('a');
    expect(await next()).toBe('a');
    const second = failureOf(new Election(await stage.session(), NAME).campaign('b'));
    await stage.queued(2, NAME);
    await stage.client.prefix(`${NAME}/`).delete();
    await second;
    expect(await next()).toBeUndefined();
    await leaders.return();
  });

  it('ends with its signal', async () => {
    await using stage = new LockStage(await etcd.server());
    const election = new Election(await stage.session(), NAME);
    const enough = new AbortController();
    const seen: unknown[] = [];
    for await (const leader of election.observe({ signal: enough.signal })) {
      seen.push(leader);
      enough.abort();
    }
    expect(seen).toEqual([undefined]);
  });

  it('can be left at once, even while it waits', async () => {
    await using stage = new LockStage(await etcd.server());
    const election = new Election(await stage.session(), NAME);
    const leaders = election.observe();
    expect(await leaders.next()).toEqual({ done: false, value: undefined });
    const waiting = leaders.next();
    await leaders.return();
    expect(await waiting).toEqual({ done: true, value: undefined });
  });
});
