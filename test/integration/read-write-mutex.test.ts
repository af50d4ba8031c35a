import { expect, it } from 'vitest';
import { ReadWriteMutex, Session } from '../../src/concurrency/index.js';
import { InvalidArgumentError, SessionLostError } from '../../src/index.js';
import { clientOf, failureOf, thrownBy } from '../support/client.js';
import { describeEtcd } from '../support/describe-etcd.js';
import { abortOf, EXPLAINED_MS, LockStage } from '../support/locks.js';

const NAME = 'doc';

describeEtcd('a read-write mutex', (etcd) => {
  const openStage = async (): Promise<LockStage> => new LockStage(await etcd.server());
  const handle = async (stage: LockStage) => new ReadWriteMutex(await stage.session(), NAME);

  it('is held by readers together, or by one writer alone, first come, first served', async () => {
    await using stage = await openStage();
    const [one, two, three] = [await handle(stage), await handle(stage), await handle(stage)];
    const [first, second] = await Promise.all([one.acquireRead(), two.acquireRead()]);
    const order: string[] = [];
    const writing = three.acquireWrite().then((lock) => {
      order.push('writer');
      return lock;
    });
    await stage.queued(3, NAME);
    // A reader that comes after a waiting writer does not pass it.
    const reading = one.acquireRead().then((lock) => {
      order.push('reader');
      return lock;
    });
    await stage.queued(4, NAME);
    await first.release();
    expect(await two.tryAcquireRead()).toBeUndefined();
    expect(order).toEqual([]);
    await second.release();
    const writer = await writing;
    expect(await stage.queue(NAME)).toEqual([writer.key, expect.stringMatching(/^doc\/read\//)]);
    expect(writer.key).toMatch(/^doc\/write\//);
    expect(await one.tryAcquireWrite()).toBeUndefined();
    await writer.release();
    const reader = await reading;
    expect(order).toEqual(['writer', 'reader']);
    expect(reader.fencingToken > writer.fencingToken).toBe(true);
    await reader.release();
    expect(await stage.queue(NAME)).toEqual([]);
  });

  it('gives one session many locks, which wait for each other like locks of several sessions', async () => {
    await using stage = await openStage();
    const document = await handle(stage);
    const readers = await Promise.all(Array.from({ length: 3 }, () => document.acquireRead()));
    expect(new Set(readers.map(({ key }) => key)).size).toBe(3);
    const [oldest] = await stage.queue(NAME);
    expect(await failureOf(document.acquireWrite({ timeoutMs: EXPLAINED_MS }))).toMatchObject({
      code: 'TIMEOUT',
      message: expect.stringContaining(`the key ${oldest}`),
    });
    await stage.queued(3, NAME);
    await Promise.all(readers.map((lock) => lock.release()));
    const writer = await document.tryAcquireWrite();
    expect(await stage.queue(NAME)).toEqual([writer?.key]);
  });

  it('costs no write when it is tried and busy', async () => {
    await using server = await etcd.start();
    await using stage = new LockStage(server);
    const [one, two] = [await handle(stage), await handle(stage)];
    const writer = await one.acquireWrite();
    for (let round = 0; round < 5; round += 1) {
      expect(await two.tryAcquireRead()).toBeUndefined();
      expect(await two.tryAcquireWrite()).toBeUndefined();
    }
    expect((await stage.client.all().all()).header.revision).toBe(writer.fencingToken);
  });

  it('leaves nothing behind when a waiter gives up', async () => {
    await using stage = await openStage();
    const [one, two] = [await handle(stage), await handle(stage)];
    const writer = await one.acquireWrite();
    const giveUp = new AbortController();
    const waiting = failureOf(two.acquireRead({ signal: giveUp.signal }));
    await stage.queued(2, NAME);
    giveUp.abort('enough');
    expect(await waiting).toMatchObject({ code: 'ABORTED', cause: 'enough' });
    await stage.queued(1, NAME);
    expect(await stage.queue(NAME)).toEqual([writer.key]);
  });

  it('rejects a waiter whose lease is gone, and gives the lock to the next one', async () => {
    await using stage = await openStage();
    // Of another client, so that the one of the sessions has to find out.
    await using other = clientOf(await etcd.server());
    const [holder, next] = [await handle(stage), await handle(stage)];
    const held = await holder.acquireWrite();
    // Told by the next renewal, while the lock is still held.
    const soon = await stage.session(6);
    const told = failureOf(new ReadWriteMutex(soon, NAME).acquireRead({ timeoutMs: 50_000 }));
    await stage.queued(2, NAME);
    await other.lease.attach(soon.lease.id).revoke();
    expect(await told).toBeInstanceOf(SessionLostError);
    expect(await stage.queue(NAME)).toEqual([held.key]);

    // Told at its turn, when that comes before the next renewal.
    const session = await stage.session(60);
    const robbed = failureOf(new ReadWriteMutex(session, NAME).acquireWrite());
    await stage.queued(2, NAME);
    const reading = next.acquireRead();
    await stage.queued(3, NAME);
    await other.lease.attach(session.lease.id).revoke();
    await stage.queued(2, NAME);
    await held.release();
    expect(await robbed).toBeInstanceOf(SessionLostError);
    expect(session.signal.reason).toBeInstanceOf(SessionLostError);
    const reader = await reading;
    expect(await stage.queue(NAME)).toEqual([reader.key]);
  });

  it('aborts its signal when it is lost, and guards writes by its ownership', async () => {
    await using stage = await openStage();
    const session = await stage.session();
    const document = new ReadWriteMutex(session, NAME);
    const { client } = stage;
    const lost = failureOf(
      document.withWriteLock(async (signal, lock) => {
        const write = client.txn().if(lock.ownership()).then(client.op.put('text', 'mine'));
        expect((await write.commit()).succeeded).toBe(true);
        await client.delete(lock.key);
        expect(await abortOf(signal)).toMatchObject({ code: 'LOCK_LOST' });
        expect((await write.commit()).succeeded).toBe(false);
      }),
    );
    expect(await lost).toMatchObject({ code: 'LOCK_LOST' });
    const reader = await document.acquireRead();
    await session.close();
    expect(reader.signal.reason).toMatchObject({ code: 'SESSION_CLOSED' });
    expect(await failureOf(document.acquireRead())).toMatchObject({ code: 'SESSION_CLOSED' });
  });

  it('deletes its own key alone, and not one that another has put in its place', async () => {
    await using stage = await openStage();
    const lock = await (await handle(stage)).acquireWrite();
    await stage.client.delete(lock.key);
    await stage.client.put(lock.key, 'of another');
    await lock.release();
    expect((await stage.client.get(lock.key))?.value).toBe('of another');
  });

  it('refuses wrong arguments', async () => {
    await using stage = await openStage();
    await using session = await Session.create(stage.client);
    expect(thrownBy(() => new ReadWriteMutex(stage.client as never, NAME))).toMatchObject({
      argument: 'session',
    });
    expect(thrownBy(() => new ReadWriteMutex(session, ''))).toMatchObject({ argument: 'name' });
    const document = new ReadWriteMutex(session, NAME);
    const wrong = [
      document.acquireRead({ timeoutMs: -1 }),
      document.acquireWrite({ timeout: 5 } as never),
      document.tryAcquireRead({ signal: 'no' as never }),
      document.withReadLock(undefined as never),
      document.withWriteLock(() => {}, { onLost: 'ask' as never }),
    ];
    for (const call of wrong) expect(await failureOf(call)).toBeInstanceOf(InvalidArgumentError);
    expect(await stage.queue(NAME)).toEqual([]);
  });
});
