import { expect, it } from 'vitest';
import { type Permit, Semaphore, Session } from '../../src/concurrency/index.js';
import { type Interceptor, InvalidArgumentError } from '../../src/index.js';
import { clientIn, clientOf, failureOf, thrownBy } from '../support/client.js';
import { describeEtcd } from '../support/describe-etcd.js';
import { startProxy } from '../support/fault-proxy.js';
import { abortOf, EXPLAINED_MS, LockStage } from '../support/locks.js';
import { until } from '../support/wait.js';

const NAME = 'workers';

/** Tells a transaction that only reads. */
function isRead(request: unknown): boolean {
  const { success = [] } = request as { success?: readonly object[] };
  return success.length > 0 && success.every((op) => 'requestRange' in op);
}

describeEtcd('a semaphore', (etcd) => {
  const openStage = async (): Promise<LockStage> => new LockStage(await etcd.server());
  const handle = async (stage: LockStage, permits: number) =>
    new Semaphore(await stage.session(), NAME, permits);
  const keys = (stage: LockStage, part: string) => stage.client.prefix(`${NAME}/${part}/`).keys();
  const waiting = (stage: LockStage, count: number) =>
    until(async () => (await keys(stage, 'queue')).length === count, { what: `${count} waiters` });

  it('gives as many permits as it has, each with a slot of its own, in the order of the waiters', async () => {
    await using stage = await openStage();
    const [one, two] = [await handle(stage, 2), await handle(stage, 2)];
    const [first, second] = [await one.acquire(), await two.acquire()];
    expect([first.slot, second.slot]).toEqual([0, 1]);
    expect(await one.tryAcquire()).toBeUndefined();
    const order: string[] = [];
    const third = two.acquire().then((permit) => {
      order.push('third');
      return permit;
    });
    await waiting(stage, 1);
    const fourth = one.acquire().then((permit) => {
      order.push('fourth');
      return permit;
    });
    await waiting(stage, 2);
    await first.release();
    expect((await third).slot).toBe(0);
    // One that has not waited does not pass those that do.
    expect(await two.tryAcquire()).toBeUndefined();
    expect(order).toEqual(['third']);
    await second.release();
    expect((await fourth).slot).toBe(1);
    expect((await fourth).fencingToken > (await third).fencingToken).toBe(true);
    await (await third).release();
    await (await fourth).release();
    await waiting(stage, 0);
    expect(await keys(stage, 'slots')).toEqual([]);
  });

  it('never has more holders than permits, and never has a slot twice', async () => {
    await using stage = await openStage();
    const held = new Set<number>();
    let most = 0;
    const work = async (semaphore: Semaphore) => {
      for (let round = 0; round < 4; round += 1) {
        await semaphore.withPermit(async (_, { slot }) => {
          expect(held.has(slot)).toBe(false);
          held.add(slot);
          most = Math.max(most, held.size);
          // The first of them meet.
          await until(() => most === 3, { what: 'three permits at once' });
          await stage.client.put('work', String(slot));
          held.delete(slot);
        });
      }
    };
    const handles = await Promise.all(Array.from({ length: 6 }, () => handle(stage, 3)));
    await Promise.all(handles.flatMap((semaphore) => [work(semaphore), work(semaphore)]));
    expect(most).toBe(3);
    await waiting(stage, 0);
    expect(await keys(stage, 'slots')).toEqual([]);
  });

  it('stores its number of permits: another number is refused, a new one holds for all', async () => {
    await using stage = await openStage();
    const [one, two] = [await handle(stage, 1), await handle(stage, 1)];
    const first = await one.acquire();
    const wrong = await failureOf((await handle(stage, 3)).acquire());
    expect(wrong).toBeInstanceOf(InvalidArgumentError);
    expect(wrong.message).toContain('got 3');
    expect(wrong.message).toContain('has 1 permits');
    const second = two.acquire();
    await waiting(stage, 1);
    await one.resize(2);
    expect((await second).slot).toBe(1);
    await (await handle(stage, 2)).resize(1);
    // The permit above the new number lasts until it is released.
    expect((await second).signal.aborted).toBe(false);
    await first.release();
    const third = await two.acquire();
    expect(third.slot).toBe(0);
    await (await second).release();
    expect(await one.tryAcquire()).toBeUndefined();
  });

  it('leaves nothing behind when a waiter gives up or runs out of time', async () => {
    await using stage = await openStage();
    const [one, two] = [await handle(stage, 1), await handle(stage, 1)];
    const held = await one.acquire();
    const giveUp = new AbortController();
    const aborted = failureOf(two.acquire({ signal: giveUp.signal }));
    await waiting(stage, 1);
    giveUp.abort('enough');
    expect(await aborted).toMatchObject({ code: 'ABORTED', cause: 'enough' });
    expect(await failureOf(two.acquire({ timeoutMs: EXPLAINED_MS }))).toMatchObject({
      code: 'TIMEOUT',
      message: expect.stringContaining(`all permits are taken, the first by the key ${held.key}`),
    });
    await waiting(stage, 0);
    expect(await keys(stage, 'slots')).toEqual([held.key]);
    const robbed = failureOf(two.acquire());
    await waiting(stage, 1);
    await stage.client.prefix(`${NAME}/queue/`).delete();
    expect(await robbed).toMatchObject({ code: 'LOCK_LOST' });
  });

  it('reports the outcome of the writes of a wait that ended', async () => {
    await using server = await etcd.start();
    await using proxy = await startProxy({ target: server.endpoint });
    await using client = clientOf(proxy);
    await using direct = clientOf(server);
    const semaphore = new Semaphore(await Session.create(client), NAME, 1);
    const other = new Semaphore(await Session.create(direct), NAME, 1);
    const held = await other.acquire();
    expect(await failureOf(semaphore.acquire({ signal: AbortSignal.abort() }))).toMatchObject({
      ...{ code: 'ABORTED', outcome: 'not-sent' },
    });
    proxy.freeze('toClient');
    // It could not even read.
    expect(await failureOf(semaphore.acquire({ timeoutMs: 300 }))).toMatchObject({
      ...{ code: 'TIMEOUT', outcome: 'not-sent' },
    });
    proxy.thaw();
    const giveUp = new AbortController();
    const queued = failureOf(semaphore.acquire({ signal: giveUp.signal }));
    await until(async () => (await direct.prefix(`${NAME}/queue/`).count()) === 1);
    giveUp.abort();
    expect(await queued).toMatchObject({ code: 'ABORTED', outcome: 'unknown' });
    await until(async () => (await direct.prefix(`${NAME}/`).keys()).length === 2);
    expect(await direct.prefix(`${NAME}/slots/`).keys()).toEqual([held.key]);
    await direct.prefix(`${NAME}/`).delete();
  });

  it.each([
    ['stays as large', 8],
    ['has become smaller', 1],
  ])(
    'does not read again for what cannot be the turn of a waiter, if it %s',
    async (_, permits) => {
      const many = 8;
      let reads = 0;
      const counting: Interceptor = (next) => ({
        unary(method, request, options) {
          reads += isRead(request) ? 1 : 0;
          return next.unary(method, request, options);
        },
      });
      await using client = clientIn(await etcd.server(), { interceptors: [counting] });
      await using session = await Session.create(client);
      const semaphore = new Semaphore(session, NAME, many);
      const held = await Promise.all(Array.from({ length: many }, () => semaphore.acquire()));
      held.sort((one, two) => one.slot - two.slot);
      let served = 0;
      const waits: Promise<void>[] = [];
      const queued = (count: number) =>
        until(async () => (await client.prefix(`${NAME}/queue/`).count()) === count);
      for (let place = 0; place < many; place += 1) {
        const acquired = semaphore.acquire();
        waits.push(
          acquired.then(async (permit) => {
            served += 1;
            await permit.release();
          }),
        );
        await queued(place + 1);
      }
      await semaphore.resize(permits);
      reads = 0;
      for (const permit of held.reverse()) await permit.release();
      await Promise.all(waits);
      expect(served).toBe(many);
      expect(reads).toBeLessThanOrEqual(5 * many);
    },
  );

  it('rejects waiters whose key was deleted, at any place in the queue, also with a free slot', async () => {
    await using stage = await openStage();
    const handles = [await handle(stage, 1), await handle(stage, 1), await handle(stage, 1)];
    const [one, two, three] = handles as [Semaphore, Semaphore, Semaphore];
    await one.acquire();
    const near = failureOf(two.acquire());
    await waiting(stage, 1);
    const far = failureOf(three.acquire());
    await waiting(stage, 2);
    const queue = stage.client.prefix(`${NAME}/queue/`).sortBy('createRevision');
    const [, last = ''] = await queue.keys();
    await stage.client.delete(last);
    expect(await far).toMatchObject({ code: 'LOCK_LOST' });
    const another = failureOf(three.acquire());
    await waiting(stage, 2);
    await stage.client.prefix(`${NAME}/`).delete();
    expect(await near).toMatchObject({ code: 'LOCK_LOST' });
    expect(await another).toMatchObject({ code: 'LOCK_LOST' });
    await waiting(stage, 0);
  });

  it('aborts the signal of a lost permit, and guards writes by its ownership', async () => {
    await using stage = await openStage();
    const session = await stage.session();
    const semaphore = new Semaphore(session, NAME, 2);
    const { client } = stage;
    let permit: Permit | undefined;
    const lost = failureOf(
      semaphore.withPermit(async (signal, own) => {
        permit = own;
        const write = client.txn().if(own.ownership()).then(client.op.put('k', 'v'));
        expect((await write.commit()).succeeded).toBe(true);
        await client.delete(own.key);
        await abortOf(signal);
        expect((await write.commit()).succeeded).toBe(false);
      }),
    );
    expect(await lost).toMatchObject({ code: 'LOCK_LOST' });
    expect(permit?.state.kind).toBe('over');
    const other = await semaphore.acquire();
    await session.close();
    expect(other.signal.reason).toMatchObject({ code: 'SESSION_CLOSED' });
    expect(await failureOf(semaphore.acquire())).toMatchObject({ code: 'SESSION_CLOSED' });
  });

  it('refuses wrong arguments', async () => {
    await using stage = await openStage();
    await using session = await Session.create(stage.client);
    const made = (...args: unknown[]) =>
      thrownBy(() => new Semaphore(...(args as ConstructorParameters<typeof Semaphore>)));
    expect(made({}, NAME, 1)).toMatchObject({ argument: 'session' });
    expect(made(session, '', 1)).toMatchObject({ argument: 'name' });
    expect(made(session, NAME, 0)).toMatchObject({ argument: 'permits' });
    expect(made(session, NAME)).toMatchObject({ argument: 'permits' });
    const semaphore = new Semaphore(session, NAME, 1);
    const wrong = [
      semaphore.acquire({ timeoutMs: -1 }),
      semaphore.tryAcquire({ wait: 5 } as never),
      semaphore.withPermit('work' as never),
      semaphore.resize(1.5),
      semaphore.resize(1, { force: true } as never),
    ];
    for (const call of wrong) expect(await failureOf(call)).toBeInstanceOf(InvalidArgumentError);
    expect(await stage.client.all().count()).toBe(0);
    await stage.client.put(`${NAME}/size`, 'many');
    expect(await failureOf(semaphore.acquire())).toMatchObject({ code: 'DECODE' });
  });
});
