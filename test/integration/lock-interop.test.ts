import { expect, it } from 'vitest';
import { Election, Mutex, Session } from '../../src/concurrency/index.js';
import { EtcdClient } from '../../src/index.js';
import { describeEtcd } from '../support/describe-etcd.js';
import { LockStage, queueOf, untilQueued } from '../support/locks.js';

/** One line of `etcdctl lock` and `elect`: the key, then for an election the proposal. */
const lines = (text: string): string[] => text.split('\n').filter((line) => line !== '');

describeEtcd('a lock shared with etcdctl', (etcd) => {
  it('is waited for while etcdctl holds it', async () => {
    await using server = await etcd.start();
    await using client = new EtcdClient({ endpoints: server.endpoint });
    await using session = await Session.create(client);
    const mutex = new Mutex(session, 'shared');
    await using ctl = server.spawnCtl('lock', 'shared');
    const [theirs = ''] = lines(await ctl.waitForOutput(/\n/));
    expect(await queueOf(client, 'shared')).toEqual([theirs]);
    expect(await mutex.tryAcquire()).toBeUndefined();
    const waiting = mutex.acquire();
    await untilQueued(client, 2, 'shared');
    await ctl.end();
    const lock = await waiting;
    expect(await queueOf(client, 'shared')).toEqual([lock.key]);
  });

  it('keeps etcdctl waiting while it is held here', async () => {
    await using server = await etcd.start();
    await using client = new EtcdClient({ endpoints: server.endpoint });
    await using session = await Session.create(client);
    const lock = await new Mutex(session, 'shared').acquire();
    await using ctl = server.spawnCtl('lock', 'shared');
    await untilQueued(client, 2, 'shared');
    expect(ctl.stdout).toBe('');
    const [, theirs] = await queueOf(client, 'shared');
    await lock.release();
    expect(lines(await ctl.waitForOutput(/\n/))).toEqual([theirs]);
    expect(await queueOf(client, 'shared')).toEqual([theirs]);
  });

  it('has one queue for both, in the order of arrival', async () => {
    await using server = await etcd.start();
    await using stage = new LockStage(server);
    await using client = new EtcdClient({ endpoints: server.endpoint });
    await using first = await Session.create(client);
    await using third = await Session.create(client);
    const held = await new Mutex(first, 'shared').acquire();
    await using ctl = server.spawnCtl('lock', 'shared');
    await untilQueued(client, 2, 'shared');
    const waiting = new Mutex(third, 'shared').acquire();
    await untilQueued(client, 3, 'shared');
    await held.release();
    await ctl.waitForOutput(/\n/);
    expect(await queueOf(client, 'shared')).toHaveLength(2);
    await ctl.end();
    expect(await queueOf(client, 'shared')).toEqual([(await waiting).key]);
    expect(await stage.queue('shared')).toEqual([]);
  });
});

describeEtcd('an election shared with etcdctl', (etcd) => {
  it('is followed when etcdctl leads, and won after it', async () => {
    await using server = await etcd.start();
    await using client = new EtcdClient({ endpoints: server.endpoint });
    await using session = await Session.create(client);
    const election = new Election(session, 'shared');
    const leaders = election.observe();
    const next = async () => (await leaders.next()).value?.value;
    expect(await next()).toBeUndefined();
    await using ctl = server.spawnCtl('elect', 'shared', 'from-ctl');
    const [key = '', proposal] = lines(await ctl.waitForOutput(/\n.*\n/));
    expect(proposal).toBe('from-ctl');
    expect(await election.leader()).toMatchObject({ key, value: 'from-ctl' });
    expect(await next()).toBe('from-ctl');
    const campaign = election.campaign('from-here');
    await untilQueued(client, 2, 'shared');
    await ctl.end();
    await campaign;
    expect(await next()).toBe('from-here');
    await leaders.return();
  });

  it('is followed by etcdctl, and lost to it', async () => {
    await using server = await etcd.start();
    await using client = new EtcdClient({ endpoints: server.endpoint });
    await using session = await Session.create(client);
    const leadership = await new Election(session, 'shared').campaign('one');
    await using listener = server.spawnCtl('elect', '-l', 'shared');
    await listener.waitForOutput('one');
    await leadership.proclaim('two');
    await listener.waitForOutput('two');
    await using ctl = server.spawnCtl('elect', 'shared', 'from-ctl');
    await untilQueued(client, 2, 'shared');
    expect(ctl.stdout).toBe('');
    await leadership.resign();
    await ctl.waitForOutput('from-ctl');
    await listener.waitForOutput('from-ctl');
  });
});
