import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { Mutex, Session } from '../../src/concurrency/index.js';
import { EtcdClient } from '../../src/index.js';
import { failureOf } from '../support/client.js';
import { describeEtcd } from '../support/describe-etcd.js';
import type { EtcdServer } from '../support/etcd.js';
import { type FaultProxy, startProxy } from '../support/fault-proxy.js';
import { LeapingClock } from '../support/leaping-clock.js';
import { LOCK, queueOf, untilQueued } from '../support/locks.js';
import { until } from '../support/wait.js';

/** Longest wait for what a session does as soon as it looks for what its lost requests have left. */
const AFTER_THE_LOOK_MS = 20_000;
/** Longer than the first pauses before such a look, and shorter than the time of the lease. */
const LONGEST_PAUSE_MS = 15_000;

/** A session whose connection can be hurt, and a rival whose connection cannot. */
interface Scene extends AsyncDisposable {
  readonly server: EtcdServer;
  readonly proxy: FaultProxy;
  readonly session: Session;
  readonly mutex: Mutex;
  readonly direct: EtcdClient;
  readonly rival: Mutex;
  /** The clock of the session, which can be put forward to its next look. */
  readonly clock: LeapingClock;
}

async function openScene(server: EtcdServer): Promise<Scene> {
  const proxy = await startProxy({ target: server.endpoint });
  const clock = new LeapingClock();
  const client = await EtcdClient.connect(clock.of({ endpoints: proxy.endpoint }));
  const direct = await EtcdClient.connect({ endpoints: server.endpoint });
  const session = await Session.create(client, { ttlSeconds: 60 });
  const rivalSession = await Session.create(direct, { ttlSeconds: 60 });
  return {
    server,
    proxy,
    session,
    mutex: new Mutex(session, LOCK),
    direct,
    rival: new Mutex(rivalSession, LOCK),
    clock,
    async [Symbol.asyncDispose]() {
      await proxy.restore();
      await session.close();
      await rivalSession.close();
      await client.close();
      await direct.close();
      await proxy.stop();
    },
  };
}

/** The lock is held by this key alone, and it stays so. */
async function expectSoleHolder(scene: Scene, lock: { key: string; signal: AbortSignal }) {
  expect(await scene.rival.tryAcquire()).toBeUndefined();
  expect(await queueOf(scene.direct)).toEqual([lock.key]);
  expect(lock.signal.aborted).toBe(false);
}

/** Nothing of the session is left to block the rival. */
async function expectFree(scene: Scene): Promise<void> {
  const lock = await scene.rival.acquire({ timeoutMs: AFTER_THE_LOOK_MS });
  expect(await queueOf(scene.direct)).toEqual([lock.key]);
  await lock.release();
}

describeEtcd('a mutex whose replies are lost', (etcd) => {
  it('finds its own key at the retry', async () => {
    await using server = await etcd.start();
    await using scene = await openScene(server);
    const { proxy, mutex, direct } = scene;
    proxy.dropReplies();
    const acquiring = mutex.acquire();
    await untilQueued(direct, 1);
    const [key = ''] = await queueOf(direct);
    const created = (await direct.get(key))?.createRevision;
    proxy.deliverReplies();
    const lock = await acquiring;
    expect(lock).toMatchObject({ key, fencingToken: created });
    await expectSoleHolder(scene, lock);
    await lock.release();
    await expectFree(scene);
  });

  it('deletes the key of a lock whose caller has given up', async () => {
    await using server = await etcd.start();
    await using scene = await openScene(server);
    const { proxy, mutex, direct } = scene;
    proxy.dropReplies();
    const impatient = new AbortController();
    const acquiring = failureOf(mutex.acquire({ signal: impatient.signal }));
    await untilQueued(direct, 1);
    impatient.abort();
    // At once: nothing can have been cleaned up yet.
    expect(await acquiring).toMatchObject({ code: 'ABORTED', outcome: 'unknown' });
    expect(await queueOf(direct)).toHaveLength(1);
    // The next one in this session waits for the clean-up, and gets a key of its own.
    const next = mutex.acquire();
    const [stray = ''] = await queueOf(direct);
    const strayRevision = (await direct.get(stray))?.createRevision ?? 0n;
    proxy.deliverReplies();
    const lock = await next;
    expect(lock.fencingToken > strayRevision).toBe(true);
    await expectSoleHolder(scene, lock);
    await lock.release();
    await expectFree(scene);
  });

  it('deletes the key of a tryAcquire that timed out', async () => {
    await using server = await etcd.start();
    await using scene = await openScene(server);
    const { proxy, mutex, direct } = scene;
    proxy.dropReplies();
    const trying = failureOf(mutex.tryAcquire({ timeoutMs: 2_000 }));
    await untilQueued(direct, 1);
    expect(await trying).toMatchObject({ code: 'TIMEOUT' });
    proxy.deliverReplies();
    await expectFree(scene);
  });

  it('deletes nothing when the request was never sent', async () => {
    await using server = await etcd.start();
    await using scene = await openScene(server);
    const { proxy, mutex } = scene;
    const cut = proxy.cutAfterRequests(0);
    const acquiring = mutex.acquire();
    await cut;
    const lock = await acquiring;
    await expectSoleHolder(scene, lock);
  });

  it('releases once, and does not release the next lock of the session', async () => {
    await using server = await etcd.start();
    await using scene = await openScene(server);
    const { proxy, mutex, direct } = scene;
    const held = await mutex.acquire();
    proxy.dropReplies();
    const releasing = held.release();
    const next = mutex.acquire();
    await untilQueued(direct, 0);
    proxy.deliverReplies();
    await releasing;
    const lock = await next;
    expect(lock.fencingToken > held.fencingToken).toBe(true);
    await expectSoleHolder(scene, lock);
    await lock.release();
    await expectFree(scene);
  });

  it('deletes the key of an abandoned request when the name is used again', async () => {
    await using server = await etcd.start();
    await using scene = await openScene(server);
    const { session, mutex, direct } = scene;
    await abandonRequest(scene);
    // What a server does that comes round to it at last.
    const stray = await direct.put(ownKey(session), '', { lease: session.lease.id });
    const lock = await mutex.acquire({ timeoutMs: 5_000 });
    expect(lock.fencingToken > stray.header.revision).toBe(true);
    await expectSoleHolder(scene, lock);
  });

  it('deletes the key of an abandoned request after a while, without another call', async () => {
    await using server = await etcd.start();
    await using scene = await openScene(server);
    const { session, direct } = scene;
    await abandonRequest(scene);
    await direct.put(ownKey(session), '', { lease: session.lease.id });
    scene.clock.leap(LONGEST_PAUSE_MS);
    await expectFree(scene);
  }, 40_000);

  it('keeps looking for the key of an abandoned request, however late the server creates it', async () => {
    await using server = await etcd.start();
    await using scene = await openScene(server);
    const { session, direct } = scene;
    await abandonRequest(scene);
    for (let looks = 0; looks < 2; looks += 1) await nextLook(scene);
    await direct.put(ownKey(session), '', { lease: session.lease.id });
    scene.clock.leap(LONGEST_PAUSE_MS);
    await expectFree(scene);
  }, 60_000);

  it('never deletes a held or waiting key of another session with the same lease', async () => {
    await using server = await etcd.start();
    await using scene = await openScene(server);
    const { session, mutex, rival, direct } = scene;
    await abandonRequest(scene);
    const twin = new Mutex(await Session.create(direct, { lease: session.lease.id }), LOCK);
    const held = await twin.acquire();
    await nextLook(scene);
    expect(await mutex.tryAcquire()).toBeUndefined();
    expect(await failureOf(mutex.acquire({ timeoutMs: 200 }))).toMatchObject({ code: 'TIMEOUT' });
    expect(held.signal.aborted).toBe(false);
    expect(await queueOf(direct)).toEqual([held.key]);
    await held.release();
    const theirs = await rival.acquire();
    const waiting = twin.acquire();
    await untilQueued(direct, 2);
    await nextLook(scene);
    expect(await queueOf(direct)).toEqual([theirs.key, held.key]);
    await theirs.release();
    await (await waiting).release();
  }, 60_000);

  it('does not mistake the key of another user of its lease for an abandoned one', async () => {
    await using server = await etcd.start();
    await using scene = await openScene(server);
    const { proxy, session, direct } = scene;
    const theirs = await new Mutex(session, LOCK).acquire();
    await using client = await EtcdClient.connect({ endpoints: proxy.endpoint });
    const twin = await Session.create(client, { lease: session.lease.id });
    const impatient = new AbortController();
    proxy.dropReplies();
    const { responses } = proxy;
    const acquiring = failureOf(new Mutex(twin, LOCK).acquire({ signal: impatient.signal }));
    await proxy.waitForResponses(responses + 1);
    proxy.deliverReplies();
    await delay(500);
    impatient.abort();
    expect(await acquiring).toMatchObject({ code: 'ABORTED' });
    expect(await queueOf(direct)).toEqual([theirs.key]);
    await expectSoleHolder(scene, theirs);
    twin.orphan();
  });
});

describeEtcd('a mutex whose server hangs for long', (etcd) => {
  it('leaves no key of a request that was abandoned meanwhile', async () => {
    await using server = await etcd.start();
    await using scene = await openScene(server);
    const { mutex, direct, rival, clock } = scene;
    await server.pause();
    expect(await failureOf(mutex.acquire({ timeoutMs: 1_000 }))).toMatchObject({ code: 'TIMEOUT' });
    clock.leap(LONGEST_PAUSE_MS);
    await server.resume();
    // A server may carry the request out before the rival's or after it, or not at all.
    const lock = await rival.acquire({ timeoutMs: AFTER_THE_LOOK_MS });
    await lock.release();
    // Whatever still comes is found by a look, and no key stays.
    clock.leap(LONGEST_PAUSE_MS);
    await untilQueued(direct, 0);
    await expectFree(scene);
  }, 90_000);

  it('releases late, and keeps its next lock', async () => {
    await using server = await etcd.start();
    await using scene = await openScene(server);
    const { mutex, clock } = scene;
    const held = await mutex.acquire();
    await server.pause();
    const releasing = held.release();
    const next = mutex.acquire();
    clock.leap(LONGEST_PAUSE_MS);
    await server.resume();
    await releasing;
    const lock = await next;
    expect(lock.fencingToken > held.fencingToken).toBe(true);
    await delay(1_000);
    await expectSoleHolder(scene, lock);
  }, 60_000);
});

function ownKey(session: Session): string {
  return `${LOCK}/${session.lease.id.toString(16)}`;
}

/** Waits until the session has looked for what is left, by the read that the server then serves. */
async function nextLook({ server, clock }: Scene): Promise<void> {
  const before = await rangesOf(server);
  clock.leap(LONGEST_PAUSE_MS);
  await until(async () => (await rangesOf(server)) > before, {
    what: 'the next look',
    timeoutMs: AFTER_THE_LOOK_MS,
  });
}

function rangesOf(server: EtcdServer): Promise<number> {
  return server.metric('grpc_server_handled_total', { grpc_method: 'Range' });
}

/** A request that may be applied any time, whose caller has gone and whose clean-up found nothing. */
async function abandonRequest({ server, proxy, mutex, direct }: Scene): Promise<void> {
  const impatient = new AbortController();
  const cut = proxy.cutAfterRequests(0);
  const acquiring = failureOf(mutex.acquire({ signal: impatient.signal }));
  await cut;
  proxy.refuse();
  impatient.abort();
  expect(await acquiring).toMatchObject({ code: 'ABORTED' });
  const before = await rangesOf(server);
  await proxy.accept();
  await until(async () => (await rangesOf(server)) > before, { what: 'the read of the clean-up' });
  expect(await queueOf(direct)).toEqual([]);
}
