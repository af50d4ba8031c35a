import { expect, it } from 'vitest';
import { Mutex, Session } from '../../src/concurrency/index.js';
import { EtcdClient } from '../../src/index.js';
import { describeEtcd } from '../support/describe-etcd.js';
import { readLockHistory } from '../support/lock-history.js';
import { HISTORY, LOCK, untilQueued } from '../support/locks.js';
import { until } from '../support/wait.js';

const CONTENDERS = 4;
const TURNS_AFTERWARDS = 20;

describeEtcd('a lock on a cluster that loses its leader', (etcd) => {
  const hurt = {
    killed: async (leader: { kill(): Promise<void> }) => leader.kill(),
    stopped: async (leader: { pause(): void }) => leader.pause(),
  };

  it.each(Object.entries(hurt))(
    'changes hands all the same when it is %s',
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
            const value = JSON.stringify({ name, key: lock.key, token: String(lock.fencingToken) });
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
      const { violations, writes } = await readLockHistory(client);
      expect(violations).toEqual([]);
      expect(new Set(writes.map(({ name }) => name)).size).toBeGreaterThan(1);
      await untilQueued(client, 0);
    },
    180_000,
  );
});
