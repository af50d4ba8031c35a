import { expect, it } from 'vitest';
import { Election, Mutex, Session } from '../../src/concurrency/index.js';
import { EtcdClient, SessionLostError } from '../../src/index.js';
import { failureOf } from '../support/client.js';
import { describeEtcdConcurrently } from '../support/describe-etcd.js';
import { startProxy } from '../support/fault-proxy.js';
import { startLockWorker } from '../support/lock-workers.js';
import { abortOf, LOCK, untilQueued } from '../support/locks.js';
import { until } from '../support/wait.js';

/** The TTL of a worker's session: long enough to survive a machine that stands still for a moment. */
const WORKER_TTL_SECONDS = 5;
/**
 * What a hand-over may take beyond the TTL. A server that has nothing else to do takes less than a second;
 * the bound tells that from the TTL of other sessions.
 */
const GRACE_MS = 10_000;

describeEtcdConcurrently('an election whose leader dies', (etcd) => {
  it('has the next leader soon after the TTL of the dead one', async () => {
    await using server = await etcd.start();
    await using client = new EtcdClient({ endpoints: server.endpoint });
    await using worker = startLockWorker(
      ...['lead', server.endpoint, 'doomed', String(WORKER_TTL_SECONDS)],
    );
    await untilQueued(client, 1);
    await using session = await Session.create(client, { ttlSeconds: 30 });
    const election = new Election(session, LOCK);
    const campaign = election.campaign('heir');
    await untilQueued(client, 2);
    expect((await election.leader())?.value).toBe('doomed');
    const killedAt = performance.now();
    await worker.kill();
    await campaign;
    const tookMs = performance.now() - killedAt;
    console.info(`etcd ${etcd.version}: the next leader came after ${Math.round(tookMs)} ms`);
    expect(tookMs).toBeLessThan(WORKER_TTL_SECONDS * 1_000 + GRACE_MS);
    expect((await election.leader())?.value).toBe('heir');
  });
});

describeEtcdConcurrently('a session that is cut off', (etcd) => {
  it('gives up its lock before the server does, and its wait at the same time', async () => {
    await using server = await etcd.start();
    await using proxy = await startProxy({ target: server.endpoint });
    await using direct = new EtcdClient({ endpoints: server.endpoint });
    await using client = new EtcdClient({ endpoints: proxy.endpoint });
    await using other = await Session.create(direct);
    const session = await Session.create(client, { ttlSeconds: 5 });
    await new Mutex(other, 'busy').acquire();
    const lock = await new Mutex(session, LOCK).acquire();
    const waiting = failureOf(new Mutex(session, 'busy').acquire());
    await untilQueued(direct, 2, 'busy');
    // By the clock: a process that stands still may hear of the deletion before its timers run.
    let aliveAtDeletion: boolean | undefined;
    const watcher = direct.watch(lock.key).on('delete', () => {
      aliveAtDeletion = session.lease.alive;
    });
    await watcher.ready;
    proxy.freeze();
    expect(await abortOf(lock.signal)).toBeInstanceOf(SessionLostError);
    expect(await waiting).toBeInstanceOf(SessionLostError);
    await until(() => aliveAtDeletion !== undefined, { what: 'the server to delete the key' });
    expect(aliveAtDeletion).toBe(false);
    // Nothing is waited for that cannot come: the connection is still frozen.
    await lock.release();
    await watcher.cancel();
  });
});

describeEtcdConcurrently('an observer of an election under faults', (etcd) => {
  it('sees every leader in order, across a cut', async () => {
    await using server = await etcd.start();
    await using proxy = await startProxy({ target: server.endpoint });
    await using direct = new EtcdClient({ endpoints: server.endpoint });
    await using client = new EtcdClient({ endpoints: proxy.endpoint });
    await using watching = await Session.create(client);
    await using session = await Session.create(direct);
    const election = new Election(session, LOCK);
    const leaders = new Election(watching, LOCK).observe();
    const next = async () => (await leaders.next()).value?.value;
    expect(await next()).toBeUndefined();
    const lead = async (...proposals: string[]): Promise<void> => {
      const leadership = await election.campaign(proposals[0] ?? '');
      for (const proposal of proposals.slice(1)) await leadership.proclaim(proposal);
      await leadership.resign();
    };
    await lead('a');
    expect([await next(), await next()]).toEqual(['a', undefined]);
    proxy.refuse();
    proxy.resetAll();
    await lead('b', 'b2');
    await lead('c');
    await proxy.accept();
    const seen = [];
    for (let index = 0; index < 5; index += 1) seen.push(await next());
    expect(seen).toEqual(['b', 'b2', undefined, 'c', undefined]);
    await leaders.return();
  });

  it('continues with the current leader after a compaction', async () => {
    await using server = await etcd.start();
    await using proxy = await startProxy({ target: server.endpoint });
    await using direct = new EtcdClient({ endpoints: server.endpoint });
    await using client = new EtcdClient({ endpoints: proxy.endpoint });
    await using watching = await Session.create(client);
    await using session = await Session.create(direct);
    const election = new Election(session, LOCK);
    const leaders = new Election(watching, LOCK).observe();
    const next = async () => (await leaders.next()).value?.value;
    expect(await next()).toBeUndefined();
    const first = await election.campaign('a');
    expect(await next()).toBe('a');
    proxy.refuse();
    proxy.resetAll();
    await first.resign();
    await (await election.campaign('never seen')).resign();
    const leadership = await election.campaign('b');
    const { header } = await direct.put('later', '1');
    await direct.compact(header.revision, { physical: true });
    await proxy.accept();
    expect(await next()).toBe('b');
    await leadership.proclaim('b2');
    expect(await next()).toBe('b2');
    await leaders.return();
  });
});
