import { expect, it } from 'vitest';
import { Election, Mutex, Session } from '../../src/concurrency/index.js';
import {
  EtcdError,
  InvalidArgumentError,
  LeaseNotFoundError,
  SessionLostError,
} from '../../src/index.js';
import { clientIn, failureOf } from '../support/client.js';
import { describeEtcd } from '../support/describe-etcd.js';
import { abortOf, LOCK, LockStage } from '../support/locks.js';
import { until } from '../support/wait.js';

describeEtcd('a session', (etcd) => {
  const openStage = async (): Promise<LockStage> => new LockStage(await etcd.server());

  it('has a lease of 60 s by default, or of the given time to live', async () => {
    await using client = clientIn(await etcd.server());
    await using usual = await Session.create(client);
    await using short = await Session.create(client, { ttlSeconds: 15 });
    expect(usual.lease).toMatchObject({ ttlSeconds: 60, alive: true });
    expect(short.lease.ttlSeconds).toBe(15);
    expect(usual.signal.aborted).toBe(false);
  });

  it('goes on beyond its TTL', async () => {
    await using client = clientIn(await etcd.server());
    await using session = await Session.create(client, { ttlSeconds: 4 });
    for (let renewals = 0; renewals < 4; renewals += 1) {
      await new Promise((resolve) => session.lease.once('renewed', resolve));
    }
    expect(session.signal.aborted).toBe(false);
    expect(session.lease.alive).toBe(true);
  });

  it('revokes its lease when it is closed, and ends its locks and waits at once', async () => {
    await using stage = await openStage();
    const [session, other] = [await stage.session(), await stage.session()];
    const lock = await new Mutex(session, LOCK).acquire();
    const busy = await new Mutex(other, 'busy').acquire();
    const waiting = failureOf(new Mutex(session, 'busy').acquire());
    const queued = failureOf(new Mutex(session, LOCK).acquire());
    await stage.queued(2, 'busy');
    const closing = session.close();
    expect(session.signal.reason).toMatchObject({ code: 'SESSION_CLOSED' });
    expect(lock.signal.reason).toBe(session.signal.reason);
    expect(await waiting).toMatchObject({ code: 'SESSION_CLOSED' });
    expect(await queued).toMatchObject({ code: 'SESSION_CLOSED' });
    await closing;
    expect(await stage.queue()).toEqual([]);
    expect(await stage.queue('busy')).toEqual([busy.key]);
    await session.close();
    await session[Symbol.asyncDispose]();
    await lock.release();
    expect(await failureOf(new Mutex(session, LOCK).acquire())).toMatchObject({
      code: 'SESSION_CLOSED',
    });
  });

  it('is closed at the end of its block', async () => {
    await using client = clientIn(await etcd.server());
    let id = 0n;
    {
      await using session = await Session.create(client);
      id = session.lease.id;
    }
    expect(await failureOf(client.lease.attach(id).timeToLive())).toBeInstanceOf(
      LeaseNotFoundError,
    );
  });

  it('leaves its lease and its keys when it is orphaned', async () => {
    await using stage = await openStage();
    const session = await stage.session();
    const lock = await new Mutex(session, LOCK).acquire();
    session.orphan();
    await session.close();
    expect(await stage.queue()).toEqual([lock.key]);
    expect(lock.signal.aborted).toBe(false);
    expect(await failureOf(new Mutex(session, 'other').acquire())).toMatchObject({
      code: 'SESSION_CLOSED',
    });
    await stage.client.lease.attach(session.lease.id).revoke();
  });

  it('adopts a lease by its handle or its id, and renews it first', async () => {
    await using client = clientIn(await etcd.server());
    const lease = await client.lease.grant(30);
    await using byHandle = await Session.create(client, { lease });
    expect(byHandle.lease).toBe(lease);
    await using byId = await Session.create(client, { lease: lease.id });
    expect(byId.lease).toMatchObject({ id: lease.id, ttlSeconds: 30 });
  });

  it('does not begin on a lease that is gone', async () => {
    await using client = clientIn(await etcd.server());
    const lease = await client.lease.grant(30);
    const { id } = lease;
    await lease.revoke();
    expect(await failureOf(Session.create(client, { lease: id }))).toBeInstanceOf(
      LeaseNotFoundError,
    );
  });

  it('ends a wait at once when its lease is gone', async () => {
    await using stage = await openStage();
    const other = await stage.session();
    const holder = await new Mutex(other, LOCK).acquire();
    const leader = await new Election(other, 'leader').campaign('other');
    const session = await stage.session(6);
    const waiting = failureOf(new Mutex(session, LOCK).acquire());
    const campaign = failureOf(new Election(session, 'leader').campaign('me'));
    await stage.queued(2);
    await stage.queued(2, 'leader');
    await stage.client.lease.attach(session.lease.id).revoke();
    expect(await waiting).toBeInstanceOf(SessionLostError);
    expect(await campaign).toBeInstanceOf(SessionLostError);
    expect(await stage.queue()).toEqual([holder.key]);
    expect(await stage.queue('leader')).toEqual([leader.key]);
  });

  it('aborts the signals of its locks when its lease is gone', async () => {
    await using stage = await openStage();
    const session = await stage.session(6);
    const lock = await new Mutex(session, LOCK).acquire();
    await stage.client.lease.attach(session.lease.id).revoke();
    expect(await abortOf(lock.signal)).toBeInstanceOf(EtcdError);
    expect(await abortOf(session.signal)).toBeInstanceOf(SessionLostError);
    expect(await failureOf(new Mutex(session, LOCK).acquire())).toBeInstanceOf(SessionLostError);
  });

  it('ends with its client, and all its locks and waits, at once', async () => {
    await using stage = await openStage();
    const client = clientIn(await etcd.server());
    const session = await Session.create(client);
    const lock = await new Mutex(session, LOCK).acquire();
    const held = await new Mutex(await stage.session(), 'busy').acquire();
    const waiting = failureOf(new Mutex(session, LOCK).acquire());
    const closing = client.close();
    expect(lock.signal.reason).toMatchObject({ code: 'CLIENT_CLOSED' });
    expect(session.signal.reason).toMatchObject({ code: 'CLIENT_CLOSED' });
    expect(await waiting).toMatchObject({ code: 'CLIENT_CLOSED' });
    await closing;
    await lock.release();
    await session.close();
    await held.release();
  });

  it('forgets the names it does not use', async () => {
    await using stage = await openStage();
    const session = await stage.session();
    for (let index = 0; index < 20; index += 1) {
      const lock = await new Mutex(session, `name-${index}`).acquire();
      await lock.release();
    }
    await until(async () => (await stage.client.all().count()) === 0);
  });

  it('refuses options that are wrong', async () => {
    await using client = clientIn(await etcd.server());
    const lease = await client.lease.grant(30);
    const wrong = [{ ttlSeconds: 0 }, { ttlSeconds: 1.5 }, { lease, ttlSeconds: 5 }, { ttl: 5 }];
    for (const options of wrong) {
      expect(await failureOf(Session.create(client, options))).toBeInstanceOf(InvalidArgumentError);
    }
    const granting = client.lease.grant(5);
    for (const none of [null, '', true, Symbol('lease'), {}, granting]) {
      const refused = await failureOf(Session.create(client, { lease: none as never }));
      expect(String(refused)).toMatch(/lease: got .*; a lease, or the id of one as a bigint/);
    }
    await (await granting).revoke();
    await lease.revoke();
  });

  it('stays open when its close was given an unknown option', async () => {
    await using client = clientIn(await etcd.server());
    await using session = await Session.create(client);
    const refused = await failureOf(session.close({ timeout: 5 } as never));
    expect(refused).toMatchObject({ code: 'INVALID_ARGUMENT', argument: 'options.timeout' });
    expect(session.signal.aborted).toBe(false);
    await (await new Mutex(session, LOCK).acquire()).release();
  });
});
