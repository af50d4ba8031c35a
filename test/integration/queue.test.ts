import { expect, it } from 'vitest';
import { Session } from '../../src/concurrency/index.js';
import {
  codecs,
  type Interceptor,
  InvalidArgumentError,
  ItemDecodeError,
  TakeUnknownError,
} from '../../src/index.js';
import { PriorityQueue, Queue, WorkQueue } from '../../src/queue/index.js';
import { clientIn, clientOf, failureOf, thrownBy } from '../support/client.js';
import { describeEtcd, SERVER_TEST_TIMEOUT_MS } from '../support/describe-etcd.js';
import { startProxy } from '../support/fault-proxy.js';
import { loseHistory } from '../support/lost-history.js';
import { until } from '../support/wait.js';

/** Lets no request run out of time: what a machine that stalls makes unknown is told as lost, and is not lost. */
const unhurried: Interceptor = (next) => ({
  unary: (method, request, options) =>
    next.unary(method, request, { ...options, timeoutMs: SERVER_TEST_TIMEOUT_MS }),
});

describeEtcd('a queue', (etcd) => {
  it('gives values in the order they were put in, typed by its view', async () => {
    await using client = clientIn(await etcd.server());
    const queue = new Queue(client.namespace('jobs/').as(codecs.json<{ id: number }>()));
    for (let id = 0; id < 12; id++) await queue.enqueue({ id });
    expect(await queue.size()).toBe(12);
    const ids: number[] = [];
    for (let i = 0; i < 12; i++) ids.push((await queue.dequeue()).id);
    expect(ids).toEqual(Array.from({ length: 12 }, (_, id) => id));
    expect(await queue.tryDequeue()).toBeUndefined();
    expect(await queue.size()).toBe(0);
  });

  it('has the keys of Go: below its name, the time in nanoseconds first', async () => {
    await using client = clientIn(await etcd.server());
    await new Queue(client.namespace('jobs/')).enqueue('x');
    const [key] = await client.all().keys();
    expect(key).toMatch(/^jobs\/\d{19}-[0-9a-z]{20}$/);
    // As Go puts it: taken by its revision, whatever its name.
    await client.put('jobs/0', 'y');
    const queue = new Queue(client.namespace('jobs/'));
    expect([await queue.dequeue(), await queue.dequeue()]).toEqual(['x', 'y']);
  });

  it('wakes a consumer that waits, and leaves other queues alone', async () => {
    const server = await etcd.server();
    await using client = clientIn(server);
    const queue = new Queue(client.namespace('jobs/'));
    await client.put('jobs2/1', 'of another queue');
    const waits = queue.dequeue();
    await client.put('jobs2/2', 'of another queue');
    await queue.enqueue('mine');
    expect(await waits).toBe('mine');
    expect(await client.prefix('jobs2/').count()).toBe(2);
  });

  it('gives each value to one of many consumers', async () => {
    const server = await etcd.server();
    await using client = clientIn(server, { interceptors: [unhurried] });
    const values = Array.from({ length: 60 }, (_, i) => String(i));
    const queue = new Queue(client.namespace('jobs/'));
    const consumers = values.map(() => queue.dequeue());
    await Promise.all(values.map((value) => queue.enqueue(value)));
    expect((await Promise.all(consumers)).sort()).toEqual([...values].sort());
    expect(await queue.size()).toBe(0);
  });

  it('takes nothing for a wait that was aborted or timed out', async () => {
    await using client = clientIn(await etcd.server());
    const queue = new Queue(client.namespace('jobs/'));
    expect(await failureOf(queue.dequeue({ timeoutMs: 30 }))).toMatchObject({ code: 'TIMEOUT' });
    const abort = new AbortController();
    const aborted = failureOf(queue.dequeue({ signal: abort.signal }));
    abort.abort(new Error('enough'));
    expect(await aborted).toMatchObject({ code: 'ABORTED', cause: { message: 'enough' } });
    await queue.enqueue('kept');
    expect(await failureOf(queue.dequeue({ signal: abort.signal }))).toMatchObject({
      code: 'ABORTED',
    });
    expect(await queue.size()).toBe(1);
    expect(await queue.tryDequeue()).toBe('kept');
  });

  it.each([
    ['while the connection was broken', true],
    ['later', false],
  ])(
    'keeps waiting after a compaction on a broken connection, for a value that comes %s',
    async (_, during) => {
      await using server = await etcd.start();
      await using proxy = await startProxy({ target: server.endpoint });
      let calls = 0;
      const counting: Interceptor = (next) => ({
        unary(method, request, options) {
          if (method.name === 'KV.Range') calls += 1;
          return next.unary(method, request, options);
        },
      });
      await using client = clientOf(proxy, { interceptors: [counting] });
      await using direct = clientOf(server);
      const there = new Queue(direct.namespace('jobs/'));
      const dequeued = new Queue(client.namespace('jobs/')).dequeue();
      await until(() => calls === 2, { what: 'a look, then the one beside the watch' });
      await loseHistory(proxy, direct, async () => {
        if (during) await there.enqueue('x');
        await direct.put('other', 'y');
      });
      if (!during) {
        await until(() => calls >= 4, { what: 'the same again, after the compaction' });
        await there.enqueue('x');
      }
      expect(await dequeued).toBe('x');
    },
  );

  it('resolves with a value that was taken while the caller gave up', async () => {
    await using server = await etcd.start();
    await using proxy = await startProxy({ target: server.endpoint });
    await using direct = clientOf(server);
    await using client = clientOf(proxy);
    const queue = new Queue(client.namespace('jobs/'));
    await new Queue(direct.namespace('jobs/')).enqueue('x');
    const abort = new AbortController();
    await queue.size();
    // The answer to the look passes; the answer to the request that takes is held up.
    const looked = proxy.waitForResponses(proxy.responses + 1);
    const dequeued = queue.dequeue({ signal: abort.signal });
    await looked;
    proxy.freeze('toClient');
    await until(async () => (await direct.all().count()) === 0);
    abort.abort();
    proxy.thaw();
    expect(await dequeued).toBe('x');
  });

  it('reports which value it may have taken when the reply is lost', async () => {
    await using server = await etcd.start();
    await using proxy = await startProxy({ target: server.endpoint });
    await using direct = clientOf(server);
    await using client = clientOf(proxy);
    const queue = new Queue(client.namespace('jobs/'));
    await new Queue(direct.namespace('jobs/')).enqueue('x');
    await queue.size();
    const looked = proxy.waitForResponses(proxy.responses + 1);
    const dequeued = failureOf(queue.dequeue());
    await looked;
    proxy.freeze('toClient');
    await until(async () => (await direct.all().count()) === 0);
    proxy.resetAll();
    proxy.thaw();
    const error = await dequeued;
    expect(error).toBeInstanceOf(TakeUnknownError);
    expect(error).toMatchObject({ code: 'TAKE_UNKNOWN', outcome: 'unknown' });
    expect(new TextDecoder().decode((error as TakeUnknownError).valueBytes)).toBe('x');
    expect(JSON.stringify(error)).not.toContain('valueBytes');
  });

  it('rejects once for a value that cannot be decoded, and goes on', async () => {
    await using client = clientIn(await etcd.server());
    const view = client.namespace('jobs/');
    const queue = new Queue(view.as(codecs.json<number>()));
    await view.put('1', '{');
    await view.put('2', '2');
    const error = await failureOf(queue.dequeue());
    expect(error).toBeInstanceOf(ItemDecodeError);
    expect(error).toMatchObject({ code: 'DECODE', key: '1' });
    expect((error as ItemDecodeError).valueBytes).toEqual(new TextEncoder().encode('{'));
    expect(await queue.dequeue()).toBe(2);
    expect(await queue.size()).toBe(0);
  });

  it('refuses wrong arguments by name', async () => {
    await using whole = clientOf(await etcd.server());
    await using client = clientIn(await etcd.server());
    const make = (view: unknown): string =>
      thrownBy(() => new Queue(view as typeof client)).message;
    expect(make(undefined)).toContain('view: got undefined');
    expect(make(client.all())).toContain('view: got an instance of Selection');
    expect(make(whole)).toContain('a view of its own');
    const queue = new Queue(client.namespace('jobs/'));
    const ranked = new PriorityQueue(client.namespace('prio/'));
    const refused = async (call: Promise<unknown>): Promise<string> => {
      const error = await failureOf(call);
      expect(error).toBeInstanceOf(InvalidArgumentError);
      return error.message;
    };
    expect(await refused(queue.dequeue({ timeout: 3 } as object))).toContain('timeoutMs?');
    expect(await refused(queue.tryDequeue({ timeoutMs: -3 }))).toContain('timeoutMs: got -3');
    expect(await refused(queue.enqueue(3 as unknown as string))).toContain('value');
    for (const priority of [-1, 65_536, 1.5, '1' as unknown as number]) {
      expect(await refused(ranked.enqueue('x', priority))).toContain('priority: got');
    }
    expect(await client.all().count()).toBe(0);
    // Nothing is read for a value that cannot be put: a closed client refuses every request.
    await client.close();
    expect(await refused(ranked.enqueue(3 as unknown as string, 1))).toContain(
      'value: got a number',
    );
  });
});

describeEtcd('a priority queue', (etcd) => {
  it('gives small priorities first, and equal ones in the order they were put in', async () => {
    await using client = clientIn(await etcd.server());
    const queue = new PriorityQueue(client.namespace('prio/'));
    const put: [string, number][] = [
      ['late', 65_535],
      ['b1', 10],
      ['a1', 2],
      ['b2', 10],
      ['a2', 2],
      ['first', 0],
    ];
    for (const [value, priority] of put) await queue.enqueue(value, priority);
    const keys = await client.all().keys();
    expect(keys[0]).toMatch(/^prio\/00000\/0000000000000000-[0-9a-z]{20}$/);
    const values: string[] = [];
    for (const _ of put) values.push(await queue.dequeue());
    expect(values).toEqual(['first', 'a1', 'a2', 'b1', 'b2', 'late']);
    const waits = queue.dequeue();
    await queue.enqueue('woken', 7);
    expect(await waits).toBe('woken');
    expect(await queue.tryDequeue()).toBeUndefined();
  });

  it.each([
    ['Range', 'not-applied'],
    ['Txn', 'unknown'],
  ])('rejects at its timeout with the outcome of the value, in its %s', async (at, outcome) => {
    await using server = await etcd.start();
    await using proxy = await startProxy({ target: server.endpoint });
    const hanging: Interceptor = (next) => ({
      unary(method, request, options) {
        if (method.name.endsWith(at)) proxy.freeze();
        return next.unary(method, request, options);
      },
    });
    await using client = clientOf(proxy, { interceptors: [hanging] });
    await using session = await Session.create(client);
    const timeoutMs = 300;
    const calls = [
      () => new PriorityQueue(client.namespace('p/')).enqueue('v', 1, { timeoutMs }),
      () => new WorkQueue(session, client.namespace('w/')).enqueue('v', { timeoutMs }),
    ];
    for (const call of calls) {
      expect(await failureOf(call())).toMatchObject({
        code: 'TIMEOUT',
        outcome,
        message: 'enqueue timed out after 300 ms',
      });
      proxy.thaw();
    }
  });

  it('counts on from a number of another client, and keeps all of many values at once', async () => {
    await using client = clientIn(await etcd.server());
    const queue = new PriorityQueue(client.namespace('prio/'));
    await client.put('prio/00005/0000000000000041', 'of Go');
    await queue.enqueue('after it', 5);
    await Promise.all(Array.from({ length: 20 }, (_, i) => queue.enqueue(`many ${i}`, 5)));
    const [, second] = await client.all().keys();
    expect(second).toMatch(/^prio\/00005\/0000000000000042-/);
    expect(await queue.size()).toBe(22);
    expect([await queue.dequeue(), await queue.dequeue()]).toEqual(['of Go', 'after it']);
  });
});
