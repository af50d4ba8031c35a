import { expect, it } from 'vitest';
import { Election, type Holding, Mutex, Session } from '../../src/concurrency/index.js';
import { InvalidArgumentError, KeyExistsError } from '../../src/index.js';
import { failureOf, thrownBy } from '../support/client.js';
import { describeEtcd } from '../support/describe-etcd.js';
import { LOCK, LockStage } from '../support/locks.js';

/** Long enough for the answers of a busy machine: the wait itself would last for ever. */
const timeoutMs = 1_500;

describeEtcd('a wait for a lock that ends without it', (etcd) => {
  const openStage = async (): Promise<LockStage> => new LockStage(await etcd.server());

  it('says who holds it: the key, its lease, and since when', async () => {
    await using stage = await openStage();
    const held = await (await stage.mutex()).acquire();
    const { message } = await failureOf((await stage.mutex()).acquire({ timeoutMs }));
    const { lease } = (await stage.client.get(held.key)) ?? {};
    expect(message).toBe(
      `the lock ${LOCK} was not acquired within ${timeoutMs} ms: the key ${held.key} (lease ${lease}, 0x${lease?.toString(16)}) holds it since revision ${held.fencingToken}`,
    );
  });

  it('names the holder, and not the one right before it in the queue', async () => {
    await using stage = await openStage();
    const held = await (await stage.mutex()).acquire();
    const others = new AbortController();
    const waiting = failureOf((await stage.mutex()).acquire({ signal: others.signal }));
    await stage.queued(2);
    const { message } = await failureOf((await stage.mutex()).acquire({ timeoutMs }));
    expect(message).toContain(`the key ${held.key} (lease`);
    others.abort();
    await waiting;
  });

  it('says that this very session holds it', async () => {
    await using stage = await openStage();
    const mutex = await stage.mutex();
    const failure = mutex.withLock((_, lock) =>
      mutex.withLock(() => {}, { timeoutMs: 50 }).catch(({ message }) => ({ message, lock })),
    );
    const { message, lock } = (await failure) as { message: string; lock: Holding };
    expect(message).toBe(
      `the lock ${LOCK} was not acquired within 50 ms: this very session holds it, by the key ${lock.key} since revision ${lock.fencingToken}: a lock is not reentrant`,
    );
  });

  it('says that another session has the same lease', async () => {
    await using stage = await openStage();
    const session = await stage.session();
    const twin = await Session.create(stage.client, { lease: session.lease });
    await new Mutex(session, LOCK).acquire();
    const { message } = await failureOf(new Mutex(twin, LOCK).acquire({ timeoutMs }));
    expect(message).toContain('another session has adopted this lease');
  });

  it('says who leads an election, and with which proposal', async () => {
    await using stage = await openStage();
    const leadership = await new Election(await stage.session(), LOCK).campaign('node-1');
    const second = new Election(await stage.session(), LOCK);
    const { message } = await failureOf(second.campaign('node-2', { timeoutMs }));
    expect(message).toMatch(`the election ${LOCK} was not won within ${timeoutMs} ms: the key`);
    expect(message).toContain(leadership.key);
    expect(message).toContain('"node-1"');
    await leadership.proclaim('x'.repeat(101));
    const { message: later } = await failureOf(second.campaign('node-2', { timeoutMs }));
    expect(later).toContain('of 101 bytes');
  });

  it.each([50, 300])('leaves no key, and says why, for twenty waits of %i ms', async (limitMs) => {
    await using stage = await openStage();
    const sessions = await Promise.all(Array.from({ length: 20 }, () => stage.session()));
    const held = await new Mutex(await stage.session(), LOCK).acquire();
    const failures = await Promise.all(
      sessions.map((session) =>
        failureOf(new Mutex(session, LOCK).withLock(() => {}, { timeoutMs: limitMs })),
      ),
    );
    for (const failure of failures) {
      expect(failure).toMatchObject({ name: 'TimeoutError', code: 'TIMEOUT' });
      expect(failure.message).toMatch(/the key lk\/|no server has answered|the last attempt/);
    }
    await Promise.all(sessions.map((session) => session.close()));
    expect(await stage.queue()).toEqual([held.key]);
  });

  it('says why no server answers', async () => {
    await using server = await etcd.start();
    const stage = new LockStage(server);
    const mutex = await stage.mutex();
    await server.kill();
    const error = await failureOf(mutex.acquire({ timeoutMs }));
    expect(error.code).toBe('TIMEOUT');
    expect(error.message).toContain(server.endpoint);
    expect(error.cause).toBeDefined();
    await server.start();
    await stage[Symbol.asyncDispose]();
  });
});

describeEtcd('a lock that a session would wait for itself to release', (etcd) => {
  const openStage = async (): Promise<LockStage> => new LockStage(await etcd.server());

  it('is refused when a name below it is in use, and only then', async () => {
    await using stage = await openStage();
    const session = await stage.session();
    const inner = await new Mutex(session, 'jobs/1').acquire();
    const failure = await failureOf(new Mutex(session, 'jobs').acquire());
    expect(failure).toBeInstanceOf(InvalidArgumentError);
    expect(failure.message).toContain(inner.key);
    expect(await failureOf(new Election(session, 'jobs').campaign('me'))).toMatchObject({
      argument: 'name',
    });
    expect(await new Mutex(session, 'jobs').tryAcquire()).toBeUndefined();
    expect(await stage.queue('jobs')).toEqual([inner.key]);
    await inner.release();
    const outer = await new Mutex(session, 'jobs').acquire();
    // The other way round nobody waits: this key is behind the one that is held.
    await (await new Mutex(session, 'jobs/1').acquire()).release();
    await new Mutex(session, 'jobs-too').acquire();
    await outer.release();
  });

  it('is refused when an earlier session of an adopted lease still holds it', async () => {
    await using stage = await openStage();
    const session = await stage.session();
    const left = await new Mutex(session, LOCK).acquire();
    session.orphan();
    const restarted = await Session.create(stage.client, { lease: session.lease.id });
    const mutex = new Mutex(restarted, LOCK);
    const failure = await failureOf(mutex.acquire());
    expect(failure).toBeInstanceOf(KeyExistsError);
    expect(failure.message).toContain(`resume('${left.key}', ${left.fencingToken}n)`);
    expect(await mutex.tryAcquire()).toBeUndefined();
    expect(await stage.queue()).toEqual([left.key]);
    const lock = await mutex.resume(left.key, left.fencingToken);
    await lock.release();
    await (await mutex.acquire()).release();
    await restarted.close();
  });

  it('is not resumed without a token', async () => {
    await using stage = await openStage();
    const mutex = await stage.mutex();
    const lock = await mutex.acquire();
    const error = await failureOf(mutex.resume(lock.key, undefined as never));
    expect(error).toMatchObject({ argument: 'fencingToken', outcome: 'not-sent' });
    expect(error.message).toContain('fencingToken: got undefined');
  });
});

describeEtcd('locks and elections', (etcd) => {
  it('refuse a client in the place of a session at construction', async () => {
    await using stage = new LockStage(await etcd.server());
    const { client } = stage;
    const session = Session.create(client);
    for (const make of [Mutex, Election]) {
      for (const wrong of [client, undefined, session]) {
        const error = thrownBy(() => new make(wrong as never, LOCK));
        expect(error).toMatchObject({ argument: 'session' });
        expect(error.message).toMatch(/Session\.create/);
      }
    }
    const error = await failureOf(Session.create(undefined as never));
    expect(error).toMatchObject({ argument: 'etcd' });
    await (await session).close();
  });

  it('have signals that take any number of listeners', async () => {
    await using stage = new LockStage(await etcd.server());
    const session = await stage.session();
    const warnings: Error[] = [];
    const warned = (warning: Error): void => void warnings.push(warning);
    process.on('warning', warned);
    await new Mutex(session, LOCK).withLock((signal, lock) => {
      for (const each of [signal, lock.signal, session.signal]) {
        for (let index = 0; index < 11; index += 1) each.addEventListener('abort', () => {});
      }
    });
    await new Promise((resolve) => setImmediate(resolve));
    process.off('warning', warned);
    expect(warnings).toEqual([]);
  });

  it('share one type for code that works with both', async () => {
    await using stage = new LockStage(await etcd.server());
    const lock = await new Mutex(await stage.session(), LOCK).acquire();
    const leadership = await new Election(await stage.session(), 'leader').campaign('me');
    const both: readonly Holding[] = [lock, leadership];
    for (const holding of both) {
      const { key, fencingToken, state } = holding;
      expect(state).toEqual({ kind: 'held', revision: fencingToken });
      const { succeeded } = await stage.client.txn().if(holding.ownership()).commit();
      expect(succeeded).toBe(true);
      await holding.release();
      expect(await stage.client.get(key)).toBeUndefined();
      expect(holding).toMatchObject({ key, fencingToken });
    }
  });
});
