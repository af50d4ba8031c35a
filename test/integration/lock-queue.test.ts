import { expect, it } from 'vitest';
import { Mutex, Session } from '../../src/concurrency/index.js';
import { EtcdClient } from '../../src/index.js';
import { describeEtcd } from '../support/describe-etcd.js';
import { type FaultProxy, startProxy } from '../support/fault-proxy.js';
import { LOCK, untilQueued } from '../support/locks.js';

/** A session behind a proxy of its own, which counts what passes. */
interface Counted extends AsyncDisposable {
  readonly proxy: FaultProxy;
  readonly mutex: Mutex;
}

async function counted(endpoint: string): Promise<Counted> {
  const proxy = await startProxy({ target: endpoint });
  const client = await EtcdClient.connect({ endpoints: proxy.endpoint });
  // Long enough that no renewal comes while it is counted.
  const session = await Session.create(client, { ttlSeconds: 600 });
  return {
    proxy,
    mutex: new Mutex(session, LOCK),
    async [Symbol.asyncDispose]() {
      await session.close();
      await client.close();
      await proxy.stop();
    },
  };
}

describeEtcd('the queue of a lock', (etcd) => {
  it('costs two requests when nobody else is there: one to lock and one to unlock', async () => {
    const server = await etcd.server();
    await using one = await counted(server.endpoint);
    await (await one.mutex.acquire()).release();
    const before = one.proxy.requests;
    for (let round = 0; round < 5; round += 1) await (await one.mutex.acquire()).release();
    expect(one.proxy.requests - before).toBe(10);
  });

  it('wakes one waiter when the lock is released, and none of the others', async () => {
    const server = await etcd.server();
    await using direct = new EtcdClient({ endpoints: server.endpoint });
    await using holder = await counted(server.endpoint);
    await using first = await counted(server.endpoint);
    await using second = await counted(server.endpoint);
    await using third = await counted(server.endpoint);
    const held = await holder.mutex.acquire();
    const acquiring = [];
    for (const [index, { mutex, proxy }] of [first, second, third].entries()) {
      const { responses } = proxy;
      acquiring.push(mutex.acquire());
      await untilQueued(direct, index + 2);
      // The answers to the transaction and to the look, and that the watch is there.
      await proxy.waitForResponses(responses + 3);
    }
    const before = [second, third].map(({ proxy }) => proxy.responses + proxy.requests);
    await held.release();
    const lock = await acquiring[0];
    expect([second, third].map(({ proxy }) => proxy.responses + proxy.requests)).toEqual(before);
    await lock?.release();
    await (await acquiring[1])?.release();
    await (await acquiring[2])?.release();
  });

  it('never has two holders, however many contend', async () => {
    const server = await etcd.server();
    await using client = new EtcdClient({ endpoints: server.endpoint });
    let inside = 0;
    let most = 0;
    const tokens: bigint[] = [];
    const contend = async (): Promise<void> => {
      await using session = await Session.create(client);
      const mutex = new Mutex(session, 'crowd');
      for (let round = 0; round < 5; round += 1) {
        await mutex.withLock(async (_, { fencingToken }) => {
          inside += 1;
          most = Math.max(most, inside);
          tokens.push(fencingToken);
          await new Promise((resolve) => setImmediate(resolve));
          inside -= 1;
        });
      }
    };
    await Promise.all(Array.from({ length: 10 }, contend));
    expect(most).toBe(1);
    expect(tokens).toHaveLength(50);
    expect(tokens).toEqual([...tokens].sort((one, other) => (one < other ? -1 : 1)));
  });
});
