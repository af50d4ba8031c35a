import { expect, it } from 'vitest';
import { Election, Mutex, Session } from '../../src/concurrency/index.js';
import type { EtcdClient, Logger } from '../../src/index.js';
import { clientOf, failureOf } from '../support/client.js';
import { describeEtcd } from '../support/describe-etcd.js';
import { startProxy } from '../support/fault-proxy.js';
import { memoryLog } from '../support/memory-log.js';
import { recordMessages } from '../support/recorded-diagnostics.js';
import { until } from '../support/wait.js';
import { Collected, numbered } from '../support/watching.js';

async function putAll(etcd: EtcdClient, keys: readonly string[]): Promise<void> {
  for (let i = 0; i < keys.length; i += 100) {
    const puts = keys.slice(i, i + 100).map((key) => etcd.op.put(key, 'v'));
    await etcd
      .txn()
      .then(...puts)
      .commit();
  }
}

describeEtcd('the diagnostics of a client', (context) => {
  it('report the life of a watch, its stream and its endpoint', async () => {
    await using server = await context.start();
    await using proxy = await startProxy({ target: server.endpoint });
    const { lines, logger } = memoryLog();
    await using etcd = clientOf(proxy, { logger });
    expect(etcd.status()).toMatchObject({
      endpoints: [{ endpoint: proxy.endpoint, state: 'idle', version: undefined }],
      calls: { open: 0, waiting: 0 },
    });
    using told = recordMessages();
    const watcher = etcd.prefix('k').watch({ highWaterMark: 100 });
    const sibling = etcd.watch('sibling');
    await Promise.all([watcher.ready, sibling.ready, etcd.get('k')]);
    expect(etcd.status()).toMatchObject({
      endpoints: [{ state: 'ready', version: server.version, roundTripMs: expect.any(Number) }],
      watches: [
        { key: 'k', state: 'watching', behind: 0 },
        { key: 'sibling', state: 'watching', behind: 0 },
      ],
    });
    // Nobody takes the events: the watcher leaves the stream of its sibling, and comes back.
    await putAll(etcd, numbered(1_000, 'k'));
    await until(async () => etcd.status().watches[0]?.state === 'parked');
    expect(etcd.status().watches[0]?.behind).toBeGreaterThan(0);
    const collected = new Collected(watcher);
    await collected.untilCount(1_000);
    await etcd.put('k-last', 'x');
    await collected.untilCount(1_001);
    await until(async () => told.kinds('watch').includes('caught-up'));

    proxy.resetAll();
    await until(async () => told.kinds('watch').filter((kind) => kind === 'resumed').length === 2);
    await Promise.all([watcher.cancel(), sibling.cancel()]);
    expect(told.kinds('watch').filter((kind) => kind !== 'resumed')).toEqual([
      'opened',
      'opened',
      'parked',
      'caught-up',
      'ended',
      'ended',
    ]);
    expect(told.kinds('endpoint')).toEqual(['connected', 'disconnected', 'connected']);
    const [opened, ended] = ['opened', 'ended'].map(
      (kind) => told.kinds('stream').filter((one) => one === kind).length,
    );
    expect(opened).toBeGreaterThanOrEqual(2);
    expect(ended).toBe(opened);
    expect(told.messages.find(({ kind }) => kind === 'parked')).toMatchObject({
      topic: 'watch',
      key: 'k',
      rangeEnd: 'l',
      revision: expect.any(BigInt),
    });
    expect(lines.filter((line) => !line.startsWith('debug '))).toEqual([
      'info endpoint connected',
      'info watch opened',
      'info watch opened',
      'info watch parked: its consumer is slow',
      'info watch caught up',
      'warn endpoint disconnected',
      'info endpoint connected',
      'info watch resumed',
      'info watch resumed',
      'info watch ended',
      'info watch ended',
    ]);
    expect(etcd.status().endpoints[0]).toMatchObject({
      state: 'ready',
      lastError: expect.stringContaining('lost'),
    });
    await etcd.compact((await etcd.put('k', 'x')).header.revision);
    const late = etcd.watch('k', { startRevision: 1n });
    await new Collected(late).ended;
    expect(told.messages.at(-1)).toMatchObject({ kind: 'ended', error: { code: 'COMPACTED' } });
    expect(lines.at(-1)).toBe('error watch ended');
  }, 60_000);

  it('report the life of a lease and of its lock', async () => {
    await using server = await context.start();
    await using proxy = await startProxy({ target: server.endpoint });
    const { lines, fields, logger } = memoryLog();
    await using etcd = clientOf(proxy, { logger });
    using told = recordMessages();
    await using session = await Session.create(etcd, { ttlSeconds: 4 });
    const lock = await new Mutex(session, 'lock').acquire();
    const lost = told.messages.length;
    await until(async () => told.kinds('lease').includes('renewed'));
    expect(JSON.parse(JSON.stringify(etcd.status()))).toMatchObject({
      leases: [{ id: String(session.lease.id), ttlSeconds: 4, alive: true }],
      locks: [{ name: 'lock', key: lock.key, state: 'held', sinceMs: expect.any(Number) }],
    });
    proxy.refuse();
    proxy.resetAll();
    await until(async () => told.kinds('lock').includes('lost'), { timeoutMs: 20_000 });
    const after = told.messages.slice(lost);
    expect(after.filter(({ topic }) => topic === 'lease').map(({ kind }) => kind)).toEqual(
      expect.arrayContaining(['late', 'lost']),
    );
    expect(told.kinds('lease').filter((kind) => kind !== 'renewed')).toEqual([
      'granted',
      'late',
      'lost',
    ]);
    expect(
      told.messages.find(({ topic, kind }) => topic === 'lease' && kind === 'lost'),
    ).toMatchObject({
      id: session.lease.id,
      ttlSeconds: 4,
      remainingSeconds: 0,
      reason: 'expired',
    });
    expect(
      told.messages.find(({ topic, kind }) => topic === 'lock' && kind === 'lost'),
    ).toMatchObject({
      name: 'lock',
      key: lock.key,
      type: 'lock',
      fencingToken: lock.fencingToken,
      heldMs: expect.any(Number),
      error: { code: 'SESSION_LOST' },
    });
    expect(etcd.status()).toMatchObject({ locks: [], leases: [] });
    expect(lines).toEqual(expect.arrayContaining(['warn lease renewal late', 'error lease lost']));
    expect(lines).toContain('error lock lost');
    // Whatever the fields hold, any logger can write them.
    expect(JSON.parse(JSON.stringify(fields))).toHaveLength(lines.length);
    await proxy.accept();
  }, 60_000);

  it('distinguish a lease revoked by its owner from one revoked by others', async () => {
    await using server = await context.start();
    const { lines, logger } = memoryLog();
    await using etcd = clientOf(server, { logger });
    await using other = clientOf(server);
    using told = recordMessages();
    const [own, stolen] = [
      await etcd.lease.grant(60),
      await etcd.lease.grant(60, { keepAlive: true }),
    ];
    await own.revoke();
    await other.rpc.lease.leaseRevoke({ id: stolen.id });
    await failureOf(stolen.keepAliveOnce());
    expect(told.kinds('lease')).toEqual(['granted', 'granted', 'revoked', 'lost']);
    expect(told.messages.filter(({ kind }) => kind === 'lost')).toMatchObject([
      {
        topic: 'lease',
        id: stolen.id,
        keptAlive: true,
        reason: 'revoked',
        error: stolen.signal.reason,
      },
    ]);
    expect(lines.filter((line) => line.includes(' lease '))).toEqual([
      'info lease granted',
      'info lease granted',
      'info lease revoked',
      'error lease lost',
    ]);
  });

  it('report claims that wait, are granted or give up', async () => {
    await using server = await context.start();
    await using etcd = clientOf(server);
    await using first = await Session.create(etcd);
    await using second = await Session.create(etcd);
    using told = recordMessages();
    const lock = await new Mutex(first, 'lock').acquire();
    expect(await new Mutex(second, 'lock').tryAcquire()).toBeUndefined();
    const waiting = new Mutex(second, 'lock').acquire();
    await until(async () => etcd.status().locks.some(({ state }) => state === 'waiting'));
    await lock.release();
    await (await waiting).release();
    await failureOf(new Mutex(first, 'lock').acquire({ signal: AbortSignal.abort() }));
    const leadership = await new Election(first, 'lead').campaign('me');
    await etcd.delete(leadership.key);
    await until(async () => told.kinds('lock').includes('lost'));
    const locks = told.messages.filter((message) => message.topic === 'lock');
    const [base = 0] = locks.map(({ claim }) => claim);
    expect(locks.map(({ kind, type, claim }) => `${type} ${claim - base} ${kind}`)).toEqual([
      'lock 0 waiting',
      'lock 0 held',
      'lock 1 waiting',
      'lock 1 gave-up',
      'lock 2 waiting',
      'lock 0 released',
      'lock 2 held',
      'lock 2 released',
      'lock 3 waiting',
      'lock 3 gave-up',
      'election 4 waiting',
      'election 4 held',
      'election 4 lost',
    ]);
  }, 60_000);

  it('report retries, and an endpoint that is set aside while it is silent', async () => {
    await using server = await context.start();
    await using steady = await startProxy({ target: server.endpoint });
    await using silent = await startProxy({ target: server.endpoint });
    await using etcd = clientOf(steady, {
      endpoints: [steady.endpoint, silent.endpoint],
      batching: false,
      timeoutMs: 20_000,
    });
    using told = recordMessages();
    await until(async () => {
      await etcd.get('a');
      return etcd.status().endpoints.every(({ state }) => state === 'ready');
    });
    silent.freeze();
    const reads = Promise.all([etcd.get('a'), etcd.get('a')]);
    await until(async () => told.kinds('endpoint').includes('set-aside'));
    expect(etcd.status().endpoints.map(({ state }) => state)).toEqual(['ready', 'set-aside']);
    silent.thaw();
    await until(async () => told.kinds('endpoint').includes('back'));
    await reads;
    steady.refuse();
    silent.refuse();
    const open = [etcd.get('b'), etcd.get('c')];
    steady.resetAll();
    silent.resetAll();
    await until(async () => etcd.status().calls.waiting === 2);
    expect(etcd.status().calls.open).toBe(2);
    await Promise.all([steady.accept(), silent.accept()]);
    await Promise.all(open);
    expect(etcd.status().calls).toEqual({ open: 0, waiting: 0 });
    const endpoints = told.messages.filter(({ topic }) => topic === 'endpoint');
    expect(endpoints.filter(({ kind }) => kind === 'set-aside')).toMatchObject([
      { endpoint: silent.endpoint, reason: 'silent' },
    ]);
    expect(told.messages.find(({ topic }) => topic === 'retry')).toMatchObject({
      kind: 'retry',
      method: 'KV.Range',
      attempt: 2,
      reason: expect.any(String),
      delayMs: expect.any(Number),
    });
  }, 60_000);

  it('report once that an endpoint was never reached', async () => {
    await using server = await context.start();
    await using proxy = await startProxy({ target: server.endpoint });
    proxy.refuse();
    const { lines, logger } = memoryLog();
    const throwing: Logger = {
      ...logger,
      debug: () => {
        throw new Error('the disk is full');
      },
    };
    await using etcd = clientOf(proxy, { logger: throwing });
    const read = etcd.get('a', { timeoutMs: 20_000 });
    await until(async () => etcd.status().endpoints[0]?.state === 'set-aside');
    expect(etcd.status()).toMatchObject({
      endpoints: [{ lastError: expect.any(String) }],
      calls: { open: 1, waiting: 1 },
    });
    await proxy.accept();
    await read;
    expect(lines).toEqual(['warn endpoint set aside', 'info endpoint connected']);
  }, 60_000);
});
