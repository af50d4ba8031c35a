import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { Mutex, Session } from '../../src/concurrency/index.js';
import { EtcdClient } from '../../src/index.js';
import { failureOf } from '../support/client.js';
import { describeEtcdConcurrently } from '../support/describe-etcd.js';
import { LOCK, untilQueued } from '../support/locks.js';
import { checkOneHolder, HISTORY, holderWrite } from '../support/recipes/locks.js';
import { readStoreHistory } from '../support/store-history.js';
import { until } from '../support/wait.js';

const CONTENDERS = 4;
const TURNS_AFTERWARDS = 20;

describeEtcdConcurrently('a lock on a cluster that loses its leader', (etcd) => {
  const hurt = {
    killed: async (leader: { kill(): Promise<void> }) => leader.kill(),
    stopped: async (leader: { pause(): Promise<void> }) => leader.pause(),
  };

  it.each(Object.entries(hurt))(
    'is handed over when the leader is %s',
    async (_, strike) => {
      await using cluster = await etcd.cluster();
      const stop = new AbortController();
      const turns: string[] = [];
      const contend = async (index: number): Promise<void> => {
        await using client = new EtcdClient({ endpoints: [...cluster.endpoints] });
        // Long enough to outlive the time until a server that hangs is noticed.
        await using session = await Session.create(client, { ttlSeconds: 60, timeoutMs: 20_000 });
        const mutex = new Mutex(session, LOCK);
        while (!stop.signal.aborted) {
          await mutex.withLock(async (__, lock) => {
            const name = `contender-${index}`;
            const value = holderWrite(name, lock.key, lock.fencingToken);
            const write = client.txn().if(lock.ownership()).then(client.op.put(HISTORY, value));
            // The outcome may be unknown: then it is there, or it is not.
            await write.commit().catch(() => {});
            turns.push(name);
          });
        }
      };
      const contenders = Array.from({ length: CONTENDERS }, (__, index) => contend(index));
      await until(() => turns.length >= TURNS_AFTERWARDS, {
        what: 'turns before the fault',
        timeoutMs: 60_000,
      });
      const leader = await cluster.leader();
      await strike(leader);
      const before = turns.length;
      await until(() => turns.length >= before + TURNS_AFTERWARDS, {
        what: 'turns after the fault',
        timeoutMs: 60_000,
      });
      stop.abort();
      await Promise.all(contenders);
      const endpoints = cluster.members
        .filter((member) => member !== leader)
        .map((m) => m.endpoint);
      await using client = new EtcdClient({ endpoints, timeoutMs: 20_000 });
      const history = await readStoreHistory(client);
      expect(checkOneHolder({ history })).toEqual([]);
      const writes = history.flatMap(({ changes }) => changes.filter(({ key }) => key === HISTORY));
      const writers = writes.map(({ value }) => JSON.parse(value ?? '{}').worker);
      expect(new Set(writers).size).toBeGreaterThan(1);
      await untilQueued(client, 0);
    },
    180_000,
  );
});

/** Longer than the attempts' timeouts, and than the first look for what they may have left. */
const STOPPED_MS = 12_800;
const NAMES = 20;
const LOOKS_MS = 60_000;

describeEtcdConcurrently('locks while a follower is stopped', (etcd) => {
  it('leave no key without a holder, and delete no key of another session with the same lease', async () => {
    await using cluster = await etcd.cluster();
    const [follower] = await cluster.followers();
    const leader = await cluster.leader();
    if (follower === undefined) return expect.unreachable('a cluster has followers');
    // All attempts go to the member that is stopped.
    await using client = await EtcdClient.connect({ endpoints: follower.endpoint });
    await using direct = await EtcdClient.connect({ endpoints: leader.endpoint });
    const sessions = await Promise.all(
      Array.from({ length: NAMES }, () => Session.create(client, { ttlSeconds: 120 })),
    );
    await follower.pause();
    const failures = sessions.map((session, index) =>
      failureOf(new Mutex(session, `names/${index}`).acquire({ timeoutMs: 1_000 })),
    );
    for (const failure of failures) expect(await failure).toMatchObject({ code: 'TIMEOUT' });
    await delay(STOPPED_MS);
    // Each second lease has another session, which gets the lock as soon as nothing is in its way.
    const twins = sessions
      .filter((_, index) => index % 2 === 0)
      .map(async ({ lease }, index) => {
        const twin = await Session.create(direct, { lease: lease.id });
        return new Mutex(twin, `names/${2 * index}`).acquire();
      });
    await follower.resume();
    const held = await Promise.all(twins);
    await using ctl = leader.spawnCtl('lock', 'names/1');
    await ctl.waitForOutput(/\n/);
    await until(async () => (await direct.prefix('names/').count()) === NAMES / 2 + 1, {
      what: 'the keys that are held, and no other ones',
      timeoutMs: LOOKS_MS,
    });
    await delay(STOPPED_MS);
    expect(await direct.prefix('names/').count()).toBe(NAMES / 2 + 1);
    expect(held.map(({ signal }) => signal.aborted)).not.toContain(true);
    await Promise.all(held.map((lock) => lock.release()));
    await ctl.end();
    await until(async () => (await direct.prefix('names/').count()) === 0, { timeoutMs: LOOKS_MS });
    await Promise.all(sessions.map((session) => session.close()));
  }, 240_000);
});
