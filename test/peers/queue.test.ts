import { expect, it } from 'vitest';
import { PriorityQueue, Queue } from '../../src/queue/index.js';
import { clientOf } from '../support/client.js';
import { describeGoPeer, goPeer } from '../support/go-peer.js';
import { until } from '../support/wait.js';

const VALUES = 20;

/** Names of values, each with the one who puts it. */
function named(by: string): string[] {
  return Array.from({ length: VALUES }, (_, i) => `${by} ${String(i).padStart(2, '0')}`);
}

describeGoPeer('queues shared with the Go client', (etcd) => {
  it('give each value once, with producers and consumers of both kinds', async () => {
    await using server = await etcd.start();
    await using client = clientOf(server);
    await using go = goPeer(server);
    const queue = new Queue(client.namespace('jobs/'));
    const taken: string[] = [];
    const here = Array.from({ length: VALUES }, () => queue.dequeue().then((v) => taken.push(v)));
    const there = Array.from({ length: VALUES }, () =>
      go.call('queue.dequeue', { name: 'jobs' }).then(({ value }) => taken.push(value)),
    );
    const put = async (values: string[], enqueue: (value: string) => Promise<unknown>) => {
      for (const value of values) await enqueue(value);
    };
    await Promise.all([
      put(named('here'), (value) => queue.enqueue(value)),
      put(named('Go'), (value) => go.call('queue.enqueue', { name: 'jobs', value })),
    ]);
    await Promise.all([...here, ...there]);
    expect(taken.sort()).toEqual([...named('Go'), ...named('here')]);
    expect(await queue.size()).toBe(0);
  });

  it('give each of ranked values once, with producers and consumers of both kinds', async () => {
    await using server = await etcd.start();
    await using client = clientOf(server);
    await using go = goPeer(server);
    const queue = new PriorityQueue(client.namespace('prio/'));
    const name = 'prio';
    const taken: string[] = [];
    const here = Array.from({ length: VALUES }, () => queue.dequeue().then((v) => taken.push(v)));
    const there = Array.from({ length: VALUES }, () =>
      go.call('priorityQueue.dequeue', { name }).then(({ value }) => taken.push(value)),
    );
    const put = async (
      values: string[],
      enqueue: (value: string, priority: number) => Promise<unknown>,
    ) => {
      for (const [i, value] of values.entries()) await enqueue(value, i % 3);
    };
    await Promise.all([
      put(named('here'), (value, priority) => queue.enqueue(value, priority)),
      put(named('Go'), (value, priority) =>
        go.call('priorityQueue.enqueue', { name, value, priority }),
      ),
    ]);
    await Promise.all([...here, ...there]);
    expect(taken.sort()).toEqual([...named('Go'), ...named('here')]);
    expect(await queue.size()).toBe(0);
  });

  it('keep their order when both put and both take, one after the other', async () => {
    await using server = await etcd.start();
    await using client = clientOf(server);
    await using go = goPeer(server);
    const queue = new Queue(client.namespace('jobs/'));
    const ranked = new PriorityQueue(client.namespace('prio/'));
    for (let i = 0; i < 4; i++) {
      await queue.enqueue(`here ${i}`);
      await go.call('queue.enqueue', { name: 'jobs', value: `Go ${i}` });
      await go.call('priorityQueue.enqueue', { name: 'prio', value: `Go ${i}`, priority: 3 });
      await ranked.enqueue(`here ${i}`, 3);
    }
    await ranked.enqueue('first', 1);
    const fromQueue: string[] = [];
    const fromRanked: string[] = [];
    for (let i = 0; i < 4; i++) {
      fromQueue.push((await go.call('queue.dequeue', { name: 'jobs' })).value);
      fromQueue.push(await queue.dequeue());
      fromRanked.push(await ranked.dequeue());
      fromRanked.push((await go.call('priorityQueue.dequeue', { name: 'prio' })).value);
    }
    const both = [0, 1, 2, 3];
    expect(fromQueue).toEqual(both.flatMap((i) => [`here ${i}`, `Go ${i}`]));
    expect(fromRanked).toEqual(
      ['first', ...both.flatMap((i) => [`Go ${i}`, `here ${i}`])].slice(0, 8),
    );
    expect(await ranked.dequeue()).toBe('here 3');
  });

  it('leave a Go queue alone whose name begins with that of ours', async () => {
    await using server = await etcd.start();
    await using client = clientOf(server);
    await using go = goPeer(server);
    await go.call('queue.enqueue', { name: 'jobs2', value: 'of another queue' });
    expect(await new Queue(client.namespace('jobs/')).tryDequeue()).toBeUndefined();
    const waits = go.call('queue.dequeue', { name: 'jobs2' });
    expect((await waits).value).toBe('of another queue');
    await until(async () => (await client.all().count()) === 0);
  });
});
