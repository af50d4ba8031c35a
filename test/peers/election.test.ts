import { expect, it } from 'vitest';
import { Election, Session } from '../../src/concurrency/index.js';
import { clientOf, failureOf } from '../support/client.js';
import { describeGoPeer, goPeer } from '../support/go-peer.js';
import { startLockWorker } from '../support/lock-workers.js';
import { LOCK as NAME, untilQueued } from '../support/locks.js';

const inGo = { session: 'go', name: NAME };

describeGoPeer('an election shared with the Go client', (etcd) => {
  it('is won, proclaimed, observed and handed over both ways', async () => {
    await using server = await etcd.start();
    await using client = clientOf(server);
    await using session = await Session.create(client);
    await using go = goPeer(server);
    await go.call('session.open', { session: 'go' });
    const election = new Election(session, NAME);
    await expect(go.call('election.leader', inGo)).rejects.toThrow('election: no leader');
    await using seenInGo = go.events('election.observe', inGo);
    const seenHere = election.observe();
    const nextHere = async () => (await seenHere.next()).value?.value;
    expect(await nextHere()).toBeUndefined();

    const leadership = await election.campaign('here 1');
    expect(await seenInGo.next()).toEqual({
      key: leadership.key,
      value: 'here 1',
      revision: String(leadership.fencingToken),
    });
    expect(await nextHere()).toBe('here 1');
    await leadership.proclaim('here 2');
    expect((await seenInGo.next()).value).toBe('here 2');
    expect(await nextHere()).toBe('here 2');

    const campaign = go.call('election.campaign', { ...inGo, value: 'Go 1' });
    await untilQueued(client, 2);
    await leadership.resign();
    const won = await campaign;
    expect(await election.leader()).toMatchObject({ key: won.key, value: 'Go 1' });
    expect((await seenInGo.next()).value).toBe('Go 1');
    expect(await nextHere()).toBe('Go 1');
    await go.call('election.proclaim', { ...inGo, value: 'Go 2' });
    expect((await seenInGo.next()).value).toBe('Go 2');
    expect(await nextHere()).toBe('Go 2');

    const back = election.campaign('here 3');
    await untilQueued(client, 2);
    await go.call('election.resign', inGo);
    await back;
    expect((await seenInGo.next()).value).toBe('here 3');
    expect(await nextHere()).toBe('here 3');
    await seenHere.return();
  });

  it('is won by the other side when the leader is killed', async () => {
    await using server = await etcd.start();
    await using client = clientOf(server);
    await using session = await Session.create(client);
    await using go = goPeer(server);
    await go.call('session.open', { session: 'go', ttl: 2 });
    await go.call('election.campaign', { ...inGo, value: 'Go' });
    const campaign = new Election(session, NAME).campaign('here');
    await untilQueued(client, 2);
    await go.kill();
    await (await campaign).resign();

    await using leader = startLockWorker('lead', server.endpoint, 'worker', '2');
    await untilQueued(client, 1);
    await using heir = goPeer(server);
    await heir.call('session.open', { session: 'go' });
    const won = heir.call('election.campaign', { ...inGo, value: 'Go again' });
    await untilQueued(client, 2);
    await leader.kill();
    await won;
    expect((await new Election(session, NAME).leader())?.value).toBe('Go again');
  });

  it('is resumed by the other side on the same lease', async () => {
    await using server = await etcd.start();
    await using client = clientOf(server);
    await using go = goPeer(server);
    const first = await Session.create(client, { ttlSeconds: 30 });
    const leadership = await new Election(first, NAME).campaign('here');
    first.orphan();
    await go.call('session.open', { session: 'go', lease: String(first.lease.id) });
    const { key, fencingToken } = leadership;
    await go.call('election.resume', { ...inGo, key, revision: String(fencingToken) });
    await go.call('election.proclaim', { ...inGo, value: 'Go' });
    await go.call('session.orphan', { session: 'go' });

    await using session = await Session.create(client, { lease: first.lease.id });
    const election = new Election(session, NAME);
    const resumed = await election.resume(key, fencingToken);
    await resumed.proclaim('here again');
    expect((await election.leader())?.value).toBe('here again');
    await resumed.resign();
    await expect(go.call('election.proclaim', { ...inGo, value: 'too late' })).rejects.toThrow(
      'election: not leader',
    );
    expect((await failureOf(election.resume(key, fencingToken))).code).toBe('NOT_LEADER');
  });
});
