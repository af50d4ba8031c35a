import { expect, it, vi } from 'vitest';
import { Election, Mutex, Session } from '../../src/concurrency/index.js';
import { EtcdClient } from '../../src/index.js';
import { failureOf } from '../support/client.js';
import { describeEtcd } from '../support/describe-etcd.js';
import type { EtcdServer } from '../support/etcd.js';
import { type FaultProxy, startProxy } from '../support/fault-proxy.js';
import { LOCK, queueOf, untilQueued } from '../support/locks.js';
import { until } from '../support/wait.js';

/** A holder who goes straight to the server, and a waiter whose way there can be blocked. */
interface Scene extends AsyncDisposable {
  readonly direct: EtcdClient;
  readonly client: EtcdClient;
  readonly holder: Session;
  readonly waiter: Session;
  readonly proxy: FaultProxy;
  /** What the waiter's client was asked to watch. */
  readonly watches: ReturnType<typeof spyOnWatches>;
}

function spyOnWatches(client: EtcdClient) {
  return vi.spyOn(client, 'watch');
}

async function openScene(server: EtcdServer): Promise<Scene> {
  const proxy = await startProxy({ target: server.endpoint });
  const client = await EtcdClient.connect({ endpoints: proxy.endpoint });
  const direct = await EtcdClient.connect({ endpoints: server.endpoint });
  const [holder, waiter] = [await Session.create(direct), await Session.create(client)];
  return {
    direct,
    client,
    holder,
    waiter,
    proxy,
    watches: spyOnWatches(client),
    async [Symbol.asyncDispose]() {
      await proxy.restore();
      await Promise.all([holder.close(), waiter.close()]);
      await Promise.all([client.close(), direct.close()]);
      await proxy.stop();
    },
  };
}

/** Does something at the moment of the next watch, before its request is on the way. */
function atWatch({ watches }: Scene, act: () => void): Promise<void> {
  const watch = watches.getMockImplementation() ?? EtcdClient.prototype.watch;
  return new Promise((resolve) => {
    watches.mockImplementationOnce(function (this: EtcdClient, ...args) {
      act();
      resolve();
      return watch.apply(this, args);
    });
  });
}

describeEtcd('a waiter', (etcd) => {
  it('watches its predecessor from the current revision, not from an old one', async () => {
    await using scene = await openScene(await etcd.start());
    const { holder, waiter, watches } = scene;
    const held = await new Mutex(holder, LOCK).acquire();
    const elected = await new Election(holder, 'lead').campaign('first');
    const waiting = new Mutex(waiter, LOCK).acquire();
    const campaigning = new Election(waiter, 'lead').campaign('second');
    await until(() => watches.mock.calls.length === 2);
    await Promise.all([held.release(), elected.resign()]);
    await Promise.all([waiting, campaigning]);
    // A server serves watches that start in its past ten times a second, not at once.
    const starts = watches.mock.calls.map(([, options]) => options?.startRevision);
    expect(starts.slice(0, 2)).toEqual([undefined, undefined]);
  });

  it('notices that its predecessor left before the watch was registered', async () => {
    await using scene = await openScene(await etcd.start());
    const { direct, holder, waiter, proxy } = scene;
    const held = await new Mutex(holder, LOCK).acquire();
    const blocked = atWatch(scene, () => proxy.freeze('toServer'));
    const waiting = new Mutex(waiter, LOCK).acquire();
    await blocked;
    await held.release();
    await direct.put('later', '1');
    proxy.thaw();
    expect(await queueOf(direct)).toEqual([(await waiting).key]);
  });

  it('notices that its predecessor left and queued up again behind it, under the same key', async () => {
    await using scene = await openScene(await etcd.start());
    const { direct, holder, waiter, proxy } = scene;
    const mutex = new Mutex(holder, LOCK);
    const held = await mutex.acquire();
    const blocked = atWatch(scene, () => proxy.freeze('toServer'));
    const waiting = new Mutex(waiter, LOCK).acquire();
    await blocked;
    await held.release();
    const again = mutex.acquire();
    await untilQueued(direct, 2);
    proxy.thaw();
    const lock = await waiting;
    expect(await queueOf(direct)).toEqual([lock.key, held.key]);
    await lock.release();
    expect((await again).fencingToken > lock.fencingToken).toBe(true);
  });

  it('notices a predecessor whose deletion was compacted while the watch was cut off', async () => {
    await using scene = await openScene(await etcd.start());
    const { direct, holder, waiter, proxy } = scene;
    const held = await new Mutex(holder, LOCK).acquire();
    const { responses } = proxy;
    const waiting = new Mutex(waiter, LOCK).acquire();
    // The answers to the transaction and to the read, and that the watch is there.
    await proxy.waitForResponses(responses + 3);
    proxy.refuse();
    proxy.resetAll();
    await held.release();
    const { header } = await direct.put('later', '1');
    await direct.compact(header.revision, { physical: true });
    await proxy.accept();
    expect(await queueOf(direct)).toEqual([(await waiting).key]);
  });

  it('notices a release after its watch was cut before it was registered', async () => {
    await using scene = await openScene(await etcd.start());
    const { direct, holder, waiter, proxy } = scene;
    const held = await new Mutex(holder, LOCK).acquire();
    const cut: Promise<unknown>[] = [];
    const watching = atWatch(scene, () => cut.push(proxy.cutAfterRequests(0)));
    const { responses } = proxy;
    const waiting = new Mutex(waiter, LOCK).acquire();
    await watching;
    await Promise.all(cut);
    await proxy.waitForResponses(responses + 3);
    await held.release();
    expect(await queueOf(direct)).toEqual([(await waiting).key]);
  });

  it('rejects at once and deletes its key, when it is aborted before its watch is registered', async () => {
    await using scene = await openScene(await etcd.start());
    const { direct, holder, waiter, proxy } = scene;
    const held = await new Mutex(holder, LOCK).acquire();
    const blocked = atWatch(scene, () => proxy.freeze('toServer'));
    const impatient = new AbortController();
    const waiting = failureOf(new Mutex(waiter, LOCK).acquire({ signal: impatient.signal }));
    await blocked;
    impatient.abort();
    expect(await waiting).toMatchObject({ code: 'ABORTED' });
    expect(await queueOf(direct)).toHaveLength(2);
    proxy.thaw();
    await untilQueued(direct, 1);
    expect(await queueOf(direct)).toEqual([held.key]);
  });

  it('rejects when its client is closed before the watch is registered', async () => {
    await using scene = await openScene(await etcd.start());
    const { client, holder, waiter, proxy } = scene;
    await new Mutex(holder, LOCK).acquire();
    const blocked = atWatch(scene, () => proxy.freeze('toServer'));
    const waiting = failureOf(new Mutex(waiter, LOCK).acquire());
    await blocked;
    await client.close();
    expect(await waiting).toMatchObject({ code: 'CLIENT_CLOSED' });
  });
});

describeEtcd('many waiters in a busy store', (etcd) => {
  it('hand over in the order of their keys', async () => {
    const server = await etcd.start();
    await using client = await EtcdClient.connect({ endpoints: server.endpoint });
    const sessions = [];
    for (let index = 0; index < 11; index += 1) sessions.push(await Session.create(client));
    const [holder, ...waiters] = sessions.map((session) => new Mutex(session, LOCK));
    const held = await holder?.acquire();
    let busy = true;
    const writing = (async () => {
      while (busy) await client.put('busy', 'bee');
    })();
    const order: number[] = [];
    const turns: Promise<void>[] = [];
    for (const [index, mutex] of waiters.entries()) {
      turns.push(
        mutex.withLock(() => {
          order.push(index);
        }),
      );
      await untilQueued(client, index + 2);
    }
    await held?.release();
    await Promise.all(turns);
    busy = false;
    await writing;
    expect(order).toEqual([...waiters.keys()]);
    await Promise.all(sessions.map((session) => session.close()));
  });
});
