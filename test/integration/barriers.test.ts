import { expect, it } from 'vitest';
import {
  Barrier,
  DoubleBarrier,
  type Participation,
  Session,
} from '../../src/concurrency/index.js';
import {
  codecs,
  type EtcdClient,
  type Interceptor,
  InvalidArgumentError,
  KeyExistsError,
} from '../../src/index.js';
import { clientOf, failureOf, thrownBy } from '../support/client.js';
import { describeEtcd } from '../support/describe-etcd.js';
import { startProxy } from '../support/fault-proxy.js';
import { abortOf, EXPLAINED_MS, LockStage } from '../support/locks.js';
import { loseHistory } from '../support/lost-history.js';
import { until } from '../support/wait.js';

/** Counts the calls of a client. */
class CallCounter {
  calls = 0;
  readonly interceptor: Interceptor = (next) => ({
    unary: (method, request, options) => {
      this.calls += 1;
      return next.unary(method, request, options);
    },
  });
}

describeEtcd('a barrier', (etcd) => {
  const openStage = async (): Promise<LockStage> => new LockStage(await etcd.server());

  it('lets nobody pass while it is held, and all when it is released', async () => {
    await using stage = await openStage();
    const barrier = new Barrier(stage.client.as(codecs.json<number>()), 'go');
    await barrier.wait();
    await barrier.hold();
    expect({ ...(await stage.client.get('go')) }).toMatchObject({ value: '', lease: 0n });
    const again = await failureOf(barrier.hold());
    expect(again).toBeInstanceOf(KeyExistsError);
    expect(again.message).toContain('the barrier "go" is held already');
    let passed = 0;
    const waiting = Array.from({ length: 3 }, () =>
      new Barrier(stage.client, 'go').wait().then(() => {
        passed += 1;
      }),
    );
    expect(await failureOf(barrier.wait({ timeoutMs: EXPLAINED_MS }))).toMatchObject({
      code: 'TIMEOUT',
      message: expect.stringMatching(
        /go was not released within 1500 ms: it is held since revision/,
      ),
    });
    expect(passed).toBe(0);
    await barrier.release();
    await Promise.all(waiting);
    await barrier.release();
    const aborted = new AbortController();
    aborted.abort('no');
    await barrier.hold();
    expect(await failureOf(barrier.wait({ signal: aborted.signal }))).toMatchObject({
      code: 'ABORTED',
      cause: 'no',
    });
  });

  it('does not mistake a compaction on a broken connection for a release, and misses no release', async () => {
    await using server = await etcd.start();
    await using proxy = await startProxy({ target: server.endpoint });
    const counter = new CallCounter();
    await using client = clientOf(proxy, { interceptors: [counter.interceptor] });
    await using direct = clientOf(server);
    const barrier = new Barrier(direct, 'go');
    await barrier.hold();
    let passed = false;
    const waiting = new Barrier(client, 'go').wait().then(() => {
      passed = true;
    });
    await until(() => counter.calls === 2, { what: 'a read, then the look beside the watch' });
    const cutOff = (meanwhile: () => Promise<unknown>) => loseHistory(proxy, direct, meanwhile);
    await cutOff(() => direct.put('other', 'y'));
    await until(() => counter.calls >= 4, { what: 'the same again, after the compaction' });
    expect(passed).toBe(false);
    // Released and held again, while nobody could see it.
    await cutOff(async () => {
      await barrier.release();
      await barrier.hold();
    });
    await waiting;
  });

  it('can be left during a wait, and leaves nothing behind', async () => {
    await using server = await etcd.start();
    await using client = clientOf(server);
    const barrier = new Barrier(client, 'go');
    await barrier.hold();
    const before = await client.all().all();
    const giveUp = new AbortController();
    const aborted = failureOf(barrier.wait({ signal: giveUp.signal }));
    const watchers = () => server.metric('etcd_debugging_mvcc_watcher_total');
    await until(async () => (await watchers()) === 1, { what: 'the watch of the wait' });
    giveUp.abort('enough');
    expect(await aborted).toMatchObject({ code: 'ABORTED', cause: 'enough' });
    expect(await failureOf(barrier.wait({ timeoutMs: 100 }))).toMatchObject({ code: 'TIMEOUT' });
    await until(async () => (await watchers()) === 0, { what: 'no watch' });
    // Nothing was written.
    expect((await client.all().all()).header.revision).toBe(before.header.revision);
  });

  it('refuses wrong arguments', async () => {
    await using stage = await openStage();
    expect(thrownBy(() => new Barrier({} as never, 'go'))).toMatchObject({ argument: 'etcd' });
    expect(thrownBy(() => new Barrier(stage.client, ''))).toMatchObject({ argument: 'name' });
    const barrier = new Barrier(stage.client, 'go');
    const wrong = [
      barrier.hold({ lease: 5n } as never),
      barrier.release({ timeoutMs: -1 }),
      barrier.wait({ metadata: {} } as never),
    ];
    for (const call of wrong) expect(await failureOf(call)).toBeInstanceOf(InvalidArgumentError);
    expect(await stage.client.all().count()).toBe(0);
  });
});

describeEtcd('a double barrier', (etcd) => {
  const openStage = async (): Promise<LockStage> => new LockStage(await etcd.server());
  const handle = async (stage: LockStage, participants = 3) =>
    new DoubleBarrier(await stage.session(), 'phase', participants);
  const waiters = (stage: LockStage, count: number) => stage.queued(count, 'phase/waiters');

  it('opens when all have entered, and closes when all have left', async () => {
    await using stage = await openStage();
    const [a, b, c] = [await handle(stage), await handle(stage), await handle(stage)];
    const log: string[] = [];
    const note = (text: string) => () => {
      log.push(text);
    };
    const entering = [a.enter().finally(note('a in')), b.enter().finally(note('b in'))];
    await waiters(stage, 2);
    expect(log).toEqual([]);
    const part = await c.enter();
    await Promise.all(entering);
    const ready = await stage.client.get('phase/ready');
    expect(ready).toMatchObject({ value: '', lease: 0n });
    expect(part.key).toMatch(/^phase\/waiters\//);
    expect(ready && part.fencingToken < ready.modRevision).toBe(true);
    expect(log.sort()).toEqual(['a in', 'b in']);

    const leaving = a.leave().finally(note('a out'));
    await waiters(stage, 2);
    expect(await failureOf(b.leave({ timeoutMs: EXPLAINED_MS }))).toMatchObject({
      code: 'TIMEOUT',
      message: expect.stringContaining(`the key ${part.key}`),
    });
    expect(log).not.toContain('a out');
    await Promise.all([leaving, b.leave(), c.leave()]);
    expect(await stage.client.all().count()).toBe(0);
  });

  it('is used again at once, round after round', async () => {
    await using stage = await openStage();
    const counts = [0, 0, 0];
    const work = async (place: number) => {
      const barrier = await handle(stage);
      for (let round = 0; round < 5; round += 1) {
        await barrier.enter();
        counts[place] = round + 1;
        // Nobody is in another round than the others.
        expect(counts.every((count) => Math.abs(count - round) <= 1)).toBe(true);
        await barrier.leave();
        expect(Math.min(...counts)).toBeGreaterThanOrEqual(round + 1);
      }
    };
    await Promise.all([work(0), work(1), work(2)]);
    expect(await stage.client.all().count()).toBe(0);
  });

  it('is not opened by the keys of a crashed round', async () => {
    await using stage = await openStage();
    await stage.client.put('phase/ready', '');
    const [a, b] = [await handle(stage, 2), await handle(stage, 2)];
    expect(await failureOf(a.enter({ timeoutMs: EXPLAINED_MS }))).toMatchObject({
      code: 'TIMEOUT',
      message: expect.stringMatching(
        /too few participants have entered; the first is .*, at revision \d+$/,
      ),
    });
    await waiters(stage, 0);
    await Promise.all([a.enter(), b.enter()]);
    await Promise.all([a.leave(), b.leave()]);
    expect(await stage.client.all().count()).toBe(0);
  });

  it('opens and closes in time on a connection that breaks while the store is compacted', async () => {
    await using server = await etcd.start();
    await using proxy = await startProxy({ target: server.endpoint });
    const counter = new CallCounter();
    await using client = clientOf(proxy, { interceptors: [counter.interceptor] });
    await using direct = clientOf(server);
    const handleOf = async (of: EtcdClient) =>
      new DoubleBarrier(await Session.create(of, { ttlSeconds: 60 }), 'phase', 3);
    const far = [await handleOf(client), await handleOf(client)];
    const near = await handleOf(direct);
    const cutOff = (meanwhile: () => Promise<unknown>) => loseHistory(proxy, direct, meanwhile);
    let passed = 0;
    const both = async (pass: (barrier: DoubleBarrier) => Promise<unknown>) => {
      await Promise.all(far.map(pass));
      passed += 1;
    };
    // Each writes, looks, and looks once more when it has its watch.
    const called = (more: number, since: number) =>
      until(() => counter.calls >= since + more, { what: `${more} calls` });

    let before = counter.calls;
    const entering = both((barrier) => barrier.enter());
    await called(6, before);
    before = counter.calls;
    await cutOff(() => direct.put('other', 'y'));
    await called(4, before);
    expect(passed).toBe(0);
    // The last one comes while the others are cut off.
    await cutOff(() => near.enter());
    await entering;

    before = counter.calls;
    const leaving = both((barrier) => barrier.leave());
    await called(6, before);
    before = counter.calls;
    await cutOff(() => direct.put('other', 'y'));
    await called(4, before);
    expect(passed).toBe(1);
    await cutOff(() => near.leave());
    await leaving;
    expect(await direct.prefix('phase/').count()).toBe(0);
  });

  it('can be left during enter and leave, and leaves nothing behind', async () => {
    await using stage = await openStage();
    const [a, b] = [await handle(stage, 2), await handle(stage, 2)];
    const enterings = [new AbortController(), new AbortController()];
    const aborted = failureOf(a.enter({ signal: enterings[0]?.signal }));
    await waiters(stage, 1);
    enterings[0]?.abort('enough');
    expect(await aborted).toMatchObject({ code: 'ABORTED', cause: 'enough' });
    await waiters(stage, 0);
    expect(await failureOf(a.enter({ timeoutMs: 100 }))).toMatchObject({ code: 'TIMEOUT' });
    await waiters(stage, 0);
    expect(await failureOf(a.enter({ signal: AbortSignal.abort() }))).toMatchObject({
      ...{ code: 'ABORTED', outcome: 'not-sent' },
    });

    const [part] = await Promise.all([a.enter(), b.enter()]);
    const stopped = new AbortController();
    const leaving = failureOf(a.leave({ signal: stopped.signal }));
    await waiters(stage, 1);
    stopped.abort('enough');
    expect(await leaving).toMatchObject({ code: 'ABORTED', cause: 'enough' });
    // It has left nevertheless, and may say so again.
    await until(() => part.state.kind === 'over');
    await Promise.all([a.leave(), b.leave()]);
    expect(await stage.client.all().count()).toBe(0);
    // A signal that has aborted is no reason to stay: the others would wait for it.
    await Promise.all([a.enter(), b.enter()]);
    expect(await failureOf(a.leave({ signal: AbortSignal.abort() }))).toMatchObject({
      code: 'ABORTED',
    });
    await b.leave();
    await until(async () => (await stage.client.all().count()) === 0);
  });

  it('guards writes by the ownership of a participant, until it leaves or is lost', async () => {
    await using stage = await openStage();
    const { client } = stage;
    const [a, b] = [await handle(stage, 2), await handle(stage, 2)];
    const [first, second] = await Promise.all([a.enter(), b.enter()]);
    const write = async (part: Participation): Promise<boolean> => {
      const txn = client.txn().if(part.ownership()).then(client.op.put('result', 'v'));
      return (await txn.commit()).succeeded;
    };
    expect([await write(first), await write(second)]).toEqual([true, true]);
    await client.delete(first.key);
    await abortOf(first.signal);
    expect([await write(first), await write(second)]).toEqual([false, true]);
    await b.leave();
    expect(second.signal.reason).toMatchObject({ code: 'RELEASED' });
    expect(await write(second)).toBe(false);
  });

  it('makes one participant too many wait for the next round', async () => {
    await using stage = await openStage();
    const [a, b, c] = [await handle(stage, 2), await handle(stage, 2), await handle(stage, 2)];
    await Promise.all([a.enter(), b.enter()]);
    let isInside = false;
    const early = c.enter().then(() => {
      isInside = true;
    });
    await waiters(stage, 3);
    await Promise.all([a.leave(), b.leave()]);
    expect(isInside).toBe(false);
    await Promise.all([early, a.enter()]);
    await Promise.all([c.leave(), a.leave()]);
    expect(await stage.client.all().count()).toBe(0);
  });

  it('aborts the signal of a lost participant, and the others leave without it', async () => {
    await using stage = await openStage();
    const [a, b] = [await handle(stage, 2), await handle(stage, 2)];
    const [part] = await Promise.all([a.enter(), b.enter()]);
    await stage.client.delete(part.key);
    expect(await abortOf(part.signal)).toMatchObject({ code: 'LOCK_LOST' });
    await b.leave();
    expect(await failureOf(a.leave())).toMatchObject({ code: 'LOCK_LOST' });
    expect(await stage.client.all().count()).toBe(0);
  });

  it('refuses wrong arguments', async () => {
    await using stage = await openStage();
    await using session = await Session.create(stage.client);
    expect(thrownBy(() => new DoubleBarrier({} as never, 'p', 1))).toMatchObject({
      argument: 'session',
    });
    expect(thrownBy(() => new DoubleBarrier(session, '', 1))).toMatchObject({ argument: 'name' });
    expect(thrownBy(() => new DoubleBarrier(session, 'p', 0))).toMatchObject({
      argument: 'participants',
    });
    const barrier = new DoubleBarrier(session, 'p', 1);
    expect(await failureOf(barrier.leave())).toMatchObject({ argument: 'leave' });
    expect(await failureOf(barrier.enter({ count: 1 } as never))).toBeInstanceOf(
      InvalidArgumentError,
    );
    await barrier.enter();
    expect(await failureOf(barrier.enter())).toMatchObject({ argument: 'enter' });
    await barrier.leave();
  });
});
