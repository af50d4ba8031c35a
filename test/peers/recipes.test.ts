import { expect, it } from 'vitest';
import {
  Barrier,
  DoubleBarrier,
  ReadWriteMutex,
  runAsLeader,
  Session,
  stm,
} from '../../src/concurrency/index.js';
import type { EtcdClient } from '../../src/index.js';
import { clientOf } from '../support/client.js';
import { describeGoPeer, goPeer } from '../support/go-peer.js';
import { queueOf, untilQueued } from '../support/locks.js';

const NAME = 'doc';

async function addHere(client: EtcdClient, key: string): Promise<void> {
  const before = Number((await client.get(key))?.value ?? 0);
  await client.put(key, String(before + 1));
}

describeGoPeer('stm beside that of the Go client', (etcd) => {
  it('counts right together with it', async () => {
    const rounds = 10;
    await using server = await etcd.start();
    await using client = clientOf(server, { timeoutMs: 30_000 });
    await using go = goPeer(server);
    const there = async (): Promise<void> => {
      for (let round = 0; round < rounds; round += 1) {
        await go.call('stm', { steps: [{ add: ['a', 1] }, { add: ['b', 2] }] });
      }
    };
    const here = async (): Promise<void> => {
      for (let round = 0; round < rounds; round += 1) {
        await stm(client, async (tx) => {
          const [a, b] = [await tx.get('a'), await tx.get('b')];
          expect(Number(b?.value ?? 0)).toBe(2 * Number(a?.value ?? 0));
          tx.put('a', String(Number(a?.value ?? 0) + 1));
          tx.put('b', String(Number(b?.value ?? 0) + 2));
        });
      }
    };
    await Promise.all([there(), there(), here(), here()]);
    expect(await client.all().toMap()).toEqual(
      new Map([
        ['a', String(4 * rounds)],
        ['b', String(8 * rounds)],
      ]),
    );
  });
});

describeGoPeer('a read-write mutex shared with the Go client', (etcd) => {
  it('has readers of both together, and writers of both in the order of arrival', async () => {
    await using server = await etcd.start();
    await using client = clientOf(server);
    await using session = await Session.create(client);
    await using go = goPeer(server);
    for (const name of ['one', 'two']) await go.call('session.open', { session: name });
    const one = { session: 'one', name: NAME };
    const two = { session: 'two', name: NAME };
    const document = new ReadWriteMutex(session, NAME);
    const reader = await document.acquireRead();
    await go.call('rwmutex.rlock', one);
    const order: string[] = [];
    const goWrites = go.call('rwmutex.lock', two).then(() => order.push('Go writes'));
    await untilQueued(client, 3, NAME);
    const readsHere = document.acquireRead().then((lock) => {
      order.push('read here');
      return lock;
    });
    await untilQueued(client, 4, NAME);
    expect(await document.tryAcquireRead()).toBeUndefined();
    await reader.release();
    await go.call('rwmutex.runlock', one);
    await goWrites;
    const writesHere = document.acquireWrite().then((lock) => {
      order.push('write here');
      return lock;
    });
    await untilQueued(client, 3, NAME);
    const goReads = go.call('rwmutex.rlock', one).then(() => order.push('Go reads'));
    await untilQueued(client, 4, NAME);
    expect(order).toEqual(['Go writes']);
    await go.call('rwmutex.unlock', two);
    await (await readsHere).release();
    await (await writesHere).release();
    await goReads;
    expect(order).toEqual(['Go writes', 'read here', 'write here', 'Go reads']);
    await go.call('rwmutex.runlock', one);
    expect(await queueOf(client, NAME)).toEqual([]);
  });

  it('loses no count, and readers see no half of a change', async () => {
    const rounds = 6;
    await using server = await etcd.start();
    await using client = clientOf(server);
    await using go = goPeer(server);
    const there = async (session: string): Promise<void> => {
      await go.call('session.open', { session });
      const handle = { session, name: NAME };
      for (let round = 0; round < rounds; round += 1) {
        await go.call('rwmutex.lock', handle);
        for (const key of ['x', 'y']) {
          await go.call('stm', { isolation: 'read-committed', steps: [{ add: [key, 1] }] });
        }
        await go.call('rwmutex.unlock', handle);
      }
    };
    await using session = await Session.create(client);
    const document = new ReadWriteMutex(session, NAME);
    const writeHere = async (): Promise<void> => {
      for (let round = 0; round < rounds; round += 1) {
        await document.withWriteLock(async () => {
          await addHere(client, 'x');
          await addHere(client, 'y');
        });
      }
    };
    const readHere = async (): Promise<void> => {
      for (let round = 0; round < rounds; round += 1) {
        await document.withReadLock(async () => {
          const x = (await client.get('x'))?.value;
          expect((await client.get('y'))?.value).toBe(x);
        });
      }
    };
    await Promise.all([there('a'), there('b'), writeHere(), writeHere(), readHere(), readHere()]);
    expect((await client.get('y'))?.value).toBe(String(4 * rounds));
    expect(await queueOf(client, NAME)).toEqual([]);
  });

  it('goes on when a holder in Go is killed', async () => {
    await using server = await etcd.start();
    await using client = clientOf(server);
    await using session = await Session.create(client);
    await using go = goPeer(server);
    await go.call('session.open', { session: 'go', ttl: 2 });
    await go.call('rwmutex.lock', { session: 'go', name: NAME });
    const reading = new ReadWriteMutex(session, NAME).acquireRead();
    await untilQueued(client, 2, NAME);
    await go.kill();
    const lock = await reading;
    expect(await queueOf(client, NAME)).toEqual([lock.key]);
  });
});

describeGoPeer('runAsLeader beside a candidate of the Go client', (etcd) => {
  it('works when Go has resigned, and lets Go lead when it has ended', async () => {
    await using server = await etcd.start();
    await using client = clientOf(server);
    await using go = goPeer(server);
    const inGo = { session: 'go', name: 'cron' };
    await go.call('session.open', { session: 'go' });
    await go.call('election.campaign', { ...inGo, value: 'Go' });
    const log: string[] = [];
    const work = runAsLeader(
      client,
      'cron',
      async ({ key }) => {
        log.push('works');
        expect(await go.call('election.leader', inGo)).toMatchObject({ key, value: 'here' });
        const back = go.call('election.campaign', { ...inGo, value: 'Go again' });
        await untilQueued(client, 2, 'cron');
        log.push('ends');
        // Not the promise itself: it resolves when this one has resigned.
        return { back };
      },
      { proposal: 'here' },
    );
    await untilQueued(client, 2, 'cron');
    expect(log).toEqual([]);
    await go.call('election.resign', inGo);
    const won = await (await work).back;
    expect(log).toEqual(['works', 'ends']);
    expect((await client.prefix('cron/').all()).kvs.map(({ key }) => key)).toEqual([won.key]);
  });
});

describeGoPeer('barriers shared with the Go client', (etcd) => {
  it('are held and released from either side', async () => {
    await using server = await etcd.start();
    await using client = clientOf(server);
    await using go = goPeer(server);
    const barrier = new Barrier(client, NAME);
    const sides = [
      { hold: () => barrier.hold(), release: () => go.call('barrier.release', { name: NAME }) },
      { hold: () => go.call('barrier.hold', { name: NAME }), release: () => barrier.release() },
    ];
    for (const { hold, release } of sides) {
      await hold();
      await expect(go.call('barrier.hold', { name: NAME })).rejects.toThrow('key already exists');
      await expect(barrier.hold()).rejects.toMatchObject({ code: 'KEY_EXISTS' });
      let passed = 0;
      const waiting = [barrier.wait(), go.call('barrier.wait', { name: NAME })].map((wait) =>
        wait.then(() => {
          passed += 1;
        }),
      );
      await client.get(NAME);
      expect(passed).toBe(0);
      await release();
      await Promise.all(waiting);
    }
  });

  it('are entered and left together, in several rounds', async () => {
    await using server = await etcd.start();
    await using client = clientOf(server);
    await using session = await Session.create(client);
    await using go = goPeer(server);
    const handles = ['a', 'b'].map((name) => ({ session: name, name: 'phase', count: 4 }));
    for (const { session: name } of handles) await go.call('session.open', { session: name });
    const here = [1, 2].map(() => new DoubleBarrier(session, 'phase', 4));
    for (let round = 0; round < 3; round += 1) {
      const inside: string[] = [];
      const note = (who: string) => () => inside.push(who);
      // The last one to come is from here, from Go, and from here again.
      const first = round === 1 ? here : handles;
      const second = round === 1 ? handles : here;
      const enter = (who: (typeof first)[number]) =>
        who instanceof DoubleBarrier
          ? who.enter().then(note('here'))
          : go.call('doubleBarrier.enter', who).then(note('Go'));
      const entering = first.map(enter);
      await untilQueued(client, 2, 'phase/waiters');
      expect(inside).toEqual([]);
      await Promise.all([...entering, ...second.map(enter)]);
      const left: string[] = [];
      const leaving = here.map((barrier) => barrier.leave().then(() => left.push('here')));
      await untilQueued(client, 2, 'phase/waiters');
      expect(left).toEqual([]);
      await Promise.all([
        ...leaving,
        ...handles.map((handle) => go.call('doubleBarrier.leave', handle)),
      ]);
      expect(await client.prefix('phase/').keys()).toEqual([]);
    }
  });
});
