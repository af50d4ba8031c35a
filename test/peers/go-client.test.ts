import { expect, it } from 'vitest';
import { clientOf } from '../support/client.js';
import { describeGoPeer, goPeer } from '../support/go-peer.js';

/** What others find in the store while Go's recipes run: ours have to have the same keys. */
describeGoPeer('the Go client by itself', (etcd) => {
  it('has the keys of a read-write mutex that its readers and writers wait for', async () => {
    await using server = await etcd.start();
    await using client = clientOf(server);
    await using go = goPeer(server);
    await using other = goPeer(server);
    await go.call('session.open', { session: 'a' });
    await other.call('session.open', { session: 'b' });
    const [a, b] = [
      { session: 'a', name: 'doc' },
      { session: 'b', name: 'doc' },
    ];
    await go.call('rwmutex.rlock', a);
    await other.call('rwmutex.rlock', b);
    const readers = await client.prefix('doc/').keys();
    expect(readers).toEqual([
      expect.stringMatching(/^doc\/read\/\d+$/),
      expect.stringMatching(/^doc\/read\/\d+$/),
    ]);
    await other.call('rwmutex.runlock', b);
    await go.call('rwmutex.runlock', a);
    await go.call('rwmutex.lock', a);
    expect(await client.prefix('doc/').keys()).toEqual([
      expect.stringMatching(/^doc\/write\/\d+$/),
    ]);
    await go.call('rwmutex.unlock', a);
  });

  it('has the keys of a barrier, and of a double one', async () => {
    await using server = await etcd.start();
    await using client = clientOf(server);
    await using go = goPeer(server);
    await using other = goPeer(server);
    await go.call('barrier.hold', { name: 'go' });
    expect(await client.all().keys()).toEqual(['go']);
    const waits = other.call('barrier.wait', { name: 'go' });
    await go.call('barrier.release', { name: 'go' });
    await waits;

    await go.call('session.open', { session: 'a' });
    await other.call('session.open', { session: 'b' });
    const [a, b] = [
      { session: 'a', name: 'phase', count: 2 },
      { session: 'b', name: 'phase', count: 2 },
    ];
    await Promise.all([go.call('doubleBarrier.enter', a), other.call('doubleBarrier.enter', b)]);
    expect(await client.prefix('phase/').keys()).toEqual([
      'phase/ready',
      expect.stringMatching(/^phase\/waiters\/\d+$/),
      expect.stringMatching(/^phase\/waiters\/\d+$/),
    ]);
    await Promise.all([go.call('doubleBarrier.leave', a), other.call('doubleBarrier.leave', b)]);
    expect(await client.prefix('phase/').count()).toBe(0);
  });

  it('has the keys of a queue, and of one with priorities', async () => {
    await using server = await etcd.start();
    await using client = clientOf(server);
    await using go = goPeer(server);
    await go.call('queue.enqueue', { name: 'jobs', value: 'one' });
    await go.call('queue.enqueue', { name: 'jobs', value: 'two' });
    expect(await client.prefix('jobs/').keys()).toEqual([
      expect.stringMatching(/^jobs\/\d+$/),
      expect.stringMatching(/^jobs\/\d+$/),
    ]);
    expect(await go.call('queue.dequeue', { name: 'jobs' })).toEqual({ value: 'one' });

    await go.call('priorityQueue.enqueue', { name: 'prio', value: 'late', priority: 7 });
    await go.call('priorityQueue.enqueue', { name: 'prio', value: 'early', priority: 2 });
    expect(await client.prefix('prio/').keys()).toEqual([
      'prio/00002/0000000000000000',
      'prio/00007/0000000000000000',
    ]);
    expect(await client.prefix('__prio/').keys()).toEqual(['__prio/00002', '__prio/00007']);
    expect(await go.call('priorityQueue.dequeue', { name: 'prio' })).toEqual({ value: 'early' });
  });

  it('repeats a transaction of its STM that met a write', async () => {
    await using server = await etcd.start();
    await using client = clientOf(server);
    await using go = goPeer(server);
    await client.put('a', '5');
    const steps = [{ add: ['a', -1] }, { pause: 'read' }, { put: ['b', 'moved'] }] as const;
    const outcome = go.call(
      'stm',
      { steps },
      {
        onEvent: async ({ paused }) => {
          await client.put('a', '10');
          await go.call('stm.resume', { name: paused });
        },
      },
    );
    expect(await outcome).toEqual({ reads: { a: '10' }, attempts: 2 });
    expect((await client.get('a'))?.value).toBe('9');
    expect((await client.get('b'))?.value).toBe('moved');
  });

  it('ends all waits when it ends', async () => {
    await using go = goPeer(await etcd.server());
    await go.call('session.open', { session: 'a' });
    const waits = go.call('session.done', { session: 'a' });
    await go.kill();
    await expect(waits).rejects.toThrow('the Go program ended with SIGKILL');
    await expect(go.call('session.close', { session: 'a' })).rejects.toThrow('ended with SIGKILL');
  });
});
