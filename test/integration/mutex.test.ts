import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { type Lock, Mutex, Session } from '../../src/concurrency/index.js';
import { EtcdError, InvalidArgumentError } from '../../src/index.js';
import { failureOf } from '../support/client.js';
import { describeEtcd } from '../support/describe-etcd.js';
import { abortOf, LOCK, LockStage } from '../support/locks.js';
import { until } from '../support/wait.js';

describeEtcd('a mutex', (etcd) => {
  const openStage = async (): Promise<LockStage> => new LockStage(await etcd.server());

  it('is held under a key of the session, until it is released', async () => {
    await using stage = await openStage();
    const session = await stage.session();
    const lock = await new Mutex(session, LOCK).acquire();
    expect(lock.key).toBe(`${LOCK}/${session.lease.id.toString(16)}`);
    const kv = await stage.client.get(lock.key);
    expect(kv).toMatchObject({ value: '', lease: session.lease.id });
    expect(lock.fencingToken).toBe(kv?.createRevision);
    expect(lock.state).toEqual({ kind: 'held', revision: lock.fencingToken });
    expect(lock.signal.aborted).toBe(false);
    const released = lock.release();
    expect(lock.signal.reason).toMatchObject({ code: 'RELEASED' });
    expect(lock.state.kind).toBe('leaving');
    await released;
    expect(await stage.queue()).toEqual([]);
    expect(lock.state.kind).toBe('over');
  });

  it('goes from one session to the next, with a larger token', async () => {
    await using stage = await openStage();
    const [first, second] = [await stage.mutex(), await stage.mutex()];
    const held = await first.acquire();
    let isWaiting = true;
    const next = second.acquire().finally(() => {
      isWaiting = false;
    });
    await stage.queued(2);
    expect(isWaiting).toBe(true);
    await held.release();
    const lock = await next;
    expect(lock.fencingToken > held.fencingToken).toBe(true);
    expect(await stage.queue()).toEqual([lock.key]);
  });

  it('serves its waiters in the order of their keys', async () => {
    await using stage = await openStage();
    const order: number[] = [];
    const holder = await (await stage.mutex()).acquire();
    const turns: Promise<void>[] = [];
    for (let index = 0; index < 5; index += 1) {
      const mutex = await stage.mutex();
      turns.push(
        mutex.withLock(() => {
          order.push(index);
        }),
      );
      await stage.queued(index + 2);
    }
    await holder.release();
    await Promise.all(turns);
    expect(order).toEqual([0, 1, 2, 3, 4]);
  });

  it('makes locks of one session take turns, whichever object they come from', async () => {
    await using stage = await openStage();
    const session = await stage.session();
    const held = await new Mutex(session, LOCK).acquire();
    const other = new Mutex(session, LOCK);
    const next = other.acquire();
    expect(await other.tryAcquire()).toBeUndefined();
    expect(await failureOf(other.acquire({ timeoutMs: 20 }))).toMatchObject({
      code: 'TIMEOUT',
      outcome: 'not-sent',
    });
    expect(await stage.queue()).toEqual([held.key]);
    await held.release();
    const lock = await next;
    expect(lock.key).toBe(held.key);
    expect(lock.fencingToken > held.fencingToken).toBe(true);
    // The handle that is spent has no power over the new lock.
    await held.release();
    expect(await stage.queue()).toEqual([lock.key]);
    expect(lock.signal.aborted).toBe(false);
  });

  it('is tried without waiting, and leaves nothing behind when it is busy', async () => {
    await using stage = await openStage();
    const [first, second] = [await stage.mutex(), await stage.mutex()];
    const lock = await first.tryAcquire();
    expect(lock).toBeDefined();
    expect(await second.tryAcquire()).toBeUndefined();
    expect(await stage.queue()).toEqual([lock?.key]);
    await lock?.release();
    expect(await second.tryAcquire()).toBeDefined();
  });

  it('writes nothing when it is tried and busy', async () => {
    await using server = await etcd.start();
    await using stage = new LockStage(server);
    const [first, second] = [await stage.mutex(), await stage.mutex()];
    const lock = await first.acquire();
    for (let round = 0; round < 10; round += 1) expect(await second.tryAcquire()).toBeUndefined();
    const { header } = await stage.client.all().all();
    expect(header.revision).toBe(lock.fencingToken);
  });

  it('can be tried while a release of this session is in flight', async () => {
    await using stage = await openStage();
    const mutex = await stage.mutex();
    const held = await mutex.acquire();
    const releasing = held.release();
    const lock = await mutex.tryAcquire();
    expect(lock?.fencingToken).toBeGreaterThan(held.fencingToken);
    await releasing;
  });

  it('rejects at once on an abort, deletes its key and does not disturb the queue', async () => {
    await using server = await etcd.start();
    await using stage = new LockStage(server);
    const [first, second, third] = [await stage.mutex(), await stage.mutex(), await stage.mutex()];
    const held = await first.acquire();
    const impatient = new AbortController();
    const left = failureOf(second.acquire({ signal: impatient.signal }));
    await stage.queued(2);
    let isHeld = false;
    const waiting = third.acquire().finally(() => {
      isHeld = true;
    });
    await stage.queued(3);
    // The holder watches its own key, and each waiter the one before it.
    await until(async () => (await server.metric('etcd_debugging_mvcc_watcher_total')) === 3);
    impatient.abort(new Error('changed my mind'));
    const error = await left;
    expect(error).toMatchObject({ name: 'AbortError', code: 'ABORTED' });
    expect(error.cause).toMatchObject({ message: 'changed my mind' });
    await stage.queued(2);
    // Time enough for the third to see that the second has left: it is not its turn for that.
    for (let round = 0; round < 20; round += 1) await stage.client.get('anything');
    expect(isHeld).toBe(false);
    await held.release();
    const lock = await waiting;
    expect(await stage.queue()).toEqual([lock.key]);
  });

  it('rejects at once on a timeout and deletes its key', async () => {
    await using stage = await openStage();
    const [first, second] = [await stage.mutex(), await stage.mutex()];
    const held = await first.acquire();
    const error = await failureOf(second.acquire({ timeoutMs: 100 }));
    expect(error).toMatchObject({ code: 'TIMEOUT' });
    await stage.queued(1);
    expect(await stage.queue()).toEqual([held.key]);
  });

  it('sends nothing for a signal that has aborted already', async () => {
    await using stage = await openStage();
    const mutex = await stage.mutex();
    const before = await stage.client.get('nothing').then(() => stage.client.all().all());
    const error = await failureOf(mutex.acquire({ signal: AbortSignal.abort() }));
    expect(error).toMatchObject({ code: 'ABORTED', outcome: 'not-sent' });
    const after = await stage.client.all().all();
    expect(after.header.revision).toBe(before.header.revision);
  });

  it('aborts the signal of its holder when someone else deletes the key', async () => {
    await using stage = await openStage();
    const mutex = await stage.mutex();
    const lock = await mutex.acquire();
    await stage.client.delete(lock.key);
    expect(await abortOf(lock.signal)).toMatchObject({ code: 'LOCK_LOST' });
    await lock.release();
    const next = await mutex.acquire();
    await lock.release();
    expect(next.signal.aborted).toBe(false);
  });

  it('aborts the signal even if the deletion was compacted before it could be seen', async () => {
    await using server = await etcd.start();
    await using stage = new LockStage(server);
    const mutex = await stage.mutex();
    const lock = await mutex.acquire();
    // The watch on the key opens in the next turn of the event loop; by then this was sent.
    const { header } = await stage.client.delete(lock.key);
    await stage.client.put('later', '1');
    await stage.client.compact(header.revision + 1n, { physical: true });
    expect(await abortOf(lock.signal)).toMatchObject({ code: 'LOCK_LOST' });
  });

  it('rejects a wait whose key was deleted by someone else', async () => {
    await using stage = await openStage();
    const [first, second] = [await stage.mutex(), await stage.mutex()];
    const held = await first.acquire();
    const waiting = failureOf(second.acquire());
    await stage.queued(2);
    const [, waiter] = await stage.queue();
    await stage.client.delete(String(waiter));
    await held.release();
    expect(await waiting).toMatchObject({ code: 'LOCK_LOST' });
    expect(await stage.queue()).toEqual([]);
  });

  it('has a condition that holds for transactions as long as the lock is held', async () => {
    await using stage = await openStage();
    const { client } = stage;
    const mutex = await stage.mutex();
    const lock = await mutex.acquire();
    const guarded = () =>
      client.txn().if(lock.ownership()).then(client.op.put('guarded', '1')).commit();
    expect((await guarded()).succeeded).toBe(true);
    await lock.release();
    await mutex.acquire();
    expect((await guarded()).succeeded).toBe(false);
  });

  it('is resumed after a restart, by another session on the same lease', async () => {
    await using stage = await openStage();
    const session = await stage.session();
    const { key, fencingToken } = await new Mutex(session, LOCK).acquire();
    session.orphan();
    const restarted = await Session.create(stage.client, { lease: session.lease.id });
    const mutex = new Mutex(restarted, LOCK);
    const lock = await mutex.resume(key, fencingToken);
    expect(lock).toMatchObject({ key, fencingToken });
    // It is in use here now: waiting for itself would never end.
    expect(await failureOf(mutex.resume(key, fencingToken))).toBeInstanceOf(InvalidArgumentError);
    await lock.release();
    expect(await stage.queue()).toEqual([]);
    expect(await failureOf(mutex.resume(key, fencingToken))).toMatchObject({ code: 'LOCK_LOST' });
    expect(await failureOf(mutex.resume('lk/1', 1n))).toBeInstanceOf(InvalidArgumentError);
  });

  it('waits for another user of the same lease, who has the same key', async () => {
    await using stage = await openStage();
    const session = await stage.session();
    const twin = await Session.create(stage.client, { lease: session.lease.id });
    const held = await new Mutex(session, LOCK).acquire();
    const mutex = new Mutex(twin, LOCK);
    expect(await mutex.tryAcquire()).toBeUndefined();
    expect(await stage.queue()).toEqual([held.key]);
    const waiting = mutex.acquire();
    await held.release();
    const lock = await waiting;
    expect(lock.fencingToken > held.fencingToken).toBe(true);
  });

  it('notices that its predecessor left, even if the deletion was compacted', async () => {
    await using server = await etcd.start();
    await using stage = new LockStage(server);
    const { client } = stage;
    const [first, second] = [await stage.mutex(), await stage.mutex()];
    const held = await first.acquire();
    const waiting = second.acquire();
    await stage.queued(2);
    await held.release();
    const { header } = await client.put('later', '1');
    await client.compact(header.revision, { physical: true });
    expect((await waiting).fencingToken > held.fencingToken).toBe(true);
  });

  it('refuses names and options that are wrong', async () => {
    await using stage = await openStage();
    const session = await stage.session();
    expect(() => new Mutex(session, '')).toThrow(InvalidArgumentError);
    const mutex = new Mutex(session, LOCK);
    const options = { timeout: 5 } as object;
    expect(await failureOf(mutex.acquire(options))).toBeInstanceOf(InvalidArgumentError);
    expect(await failureOf(mutex.acquire({ timeoutMs: -1 }))).toBeInstanceOf(InvalidArgumentError);
  });
});

describeEtcd('withLock', (etcd) => {
  const openStage = async (): Promise<LockStage> => new LockStage(await etcd.server());

  it('returns the result of the function, and releases', async () => {
    await using stage = await openStage();
    const mutex = await stage.mutex();
    const answer: number = await mutex.withLock(async (signal, lock) => {
      expect(signal.aborted).toBe(false);
      expect(await stage.queue()).toEqual([lock.key]);
      return 42;
    });
    expect(answer).toBe(42);
    expect(await stage.queue()).toEqual([]);
  });

  it('releases when the function throws, and throws the same', async () => {
    await using stage = await openStage();
    const mutex = await stage.mutex();
    const failure = new Error('of the work');
    const result = mutex.withLock(() => {
      throw failure;
    });
    await expect(result).rejects.toBe(failure);
    expect(await stage.queue()).toEqual([]);
  });

  it('keeps the error of the function when the release fails as well', async () => {
    await using stage = await openStage();
    const mutex = await stage.mutex();
    const failure = new Error('of the work');
    const result = mutex.withLock(async () => {
      await stage.client.close();
      throw failure;
    });
    await expect(result).rejects.toBe(failure);
  });

  it('applies its timeout to the wait alone', async () => {
    await using stage = await openStage();
    const mutex = await stage.mutex();
    const timeoutMs = 200;
    // On a busy machine the lock itself may come too late, and is asked for again.
    const { aborted } = await until(() =>
      mutex.withLock(
        async (signal) => {
          await delay(2 * timeoutMs);
          return { aborted: signal.aborted };
        },
        { timeoutMs },
      ),
    );
    expect(aborted).toBe(false);
  });

  it('passes the abort of its signal on to the function', async () => {
    await using stage = await openStage();
    const mutex = await stage.mutex();
    const caller = new AbortController();
    const result = mutex.withLock(
      async (signal) => {
        caller.abort(new Error('stop'));
        return signal.aborted;
      },
      { signal: caller.signal },
    );
    expect(await result).toBe(true);
  });

  it('aborts the signal of the function when the lock is lost, and rejects with the loss', async () => {
    await using stage = await openStage();
    const mutex = await stage.mutex();
    let reason: unknown;
    const result = mutex.withLock(async (signal, lock) => {
      await stage.client.delete(lock.key);
      reason = await abortOf(signal);
      return 'done';
    });
    expect(await failureOf(result)).toMatchObject({ code: 'LOCK_LOST' });
    expect(reason).toMatchObject({ code: 'LOCK_LOST' });
  });

  it('rejects with a loss that nobody has noticed when the function ends', async () => {
    await using stage = await openStage();
    const mutex = await stage.mutex();
    // The work ends with the deletion: no watch tells it before the release does.
    const result = mutex.withLock((_, lock) => stage.client.delete(lock.key));
    expect(await failureOf(result)).toMatchObject({ code: 'LOCK_LOST' });
  });

  it('rejects with the loss of the session, also when the function has closed it', async () => {
    await using stage = await openStage();
    const [lost, closed] = [await stage.session(), await stage.session()];
    const losing = new Mutex(lost, LOCK).withLock(async (signal) => {
      await stage.client.lease.attach(lost.lease.id).revoke();
      await abortOf(signal);
    });
    expect(await failureOf(losing)).toBeInstanceOf(EtcdError);
    const closing = new Mutex(closed, LOCK).withLock(() => closed.close());
    expect(await failureOf(closing)).toMatchObject({ code: 'SESSION_CLOSED' });
  });

  it('resolves with the result of a lost lock with onLost: ignore', async () => {
    await using stage = await openStage();
    const mutex = await stage.mutex();
    const work = async (signal: AbortSignal, lock: Lock): Promise<string> => {
      await stage.client.delete(lock.key);
      await abortOf(signal);
      return 'done';
    };
    expect(await mutex.withLock(work, { onLost: 'ignore' })).toBe('done');
    const wrong = mutex.withLock(work, { onLost: 'never' as 'ignore' });
    expect(await failureOf(wrong)).toMatchObject({ argument: 'onLost' });
  });

  it('keeps the error of the function when the lock is lost as well', async () => {
    await using stage = await openStage();
    const mutex = await stage.mutex();
    const failure = new Error('of the work');
    const result = mutex.withLock(async (signal, lock) => {
      await stage.client.delete(lock.key);
      await abortOf(signal);
      throw failure;
    });
    await expect(result).rejects.toBe(failure);
  });

  it('resolves when the function has released the lock itself', async () => {
    await using stage = await openStage();
    const mutex = await stage.mutex();
    expect(await mutex.withLock((_, lock) => lock.release().then(() => 'done'))).toBe('done');
  });

  it('aborts the signal of the function when it has ended, and before the next holder', async () => {
    await using stage = await openStage();
    const [first, second] = [await stage.mutex(), await stage.mutex()];
    const given: AbortSignal[] = [];
    const work = (signal: AbortSignal): void => void given.push(signal);
    await first.withLock(work);
    const failing = first.withLock((signal) => {
      work(signal);
      throw new Error('of the work');
    });
    await expect(failing).rejects.toThrow('of the work');
    await second.withLock(() => expect(given.map(({ aborted }) => aborted)).toEqual([true, true]));
    expect(given[0]?.reason).toMatchObject({ code: 'RELEASED' });
  });

  it('does not run the function when the time for the wait is over', async () => {
    await using stage = await openStage();
    const [first, second] = [await stage.mutex(), await stage.mutex()];
    await first.acquire();
    const error = await failureOf(
      second.withLock(() => expect.unreachable('the lock is busy'), { timeoutMs: 50 }),
    );
    expect(error).toMatchObject({ code: 'TIMEOUT' });
  });
});
