import { expect, it } from 'vitest';
import { Session } from '../../src/concurrency/index.js';
import { codecs, type EtcdClient, InvalidArgumentError } from '../../src/index.js';
import { type Job, WorkQueue } from '../../src/queue/index.js';
import { clientIn, clientOf, failureOf, thrownBy } from '../support/client.js';
import { describeEtcd } from '../support/describe-etcd.js';
import { startProxy } from '../support/fault-proxy.js';
import { abortOf } from '../support/locks.js';
import { loseHistory } from '../support/lost-history.js';
import { until } from '../support/wait.js';

/** A work queue of numbers, with a session of its own. */
async function workerOf(client: EtcdClient, maxAttempts = 3) {
  const session = await Session.create(client, { ttlSeconds: 30 });
  const view = client.namespace('work/').as(codecs.json<number>());
  return { session, work: new WorkQueue(session, view, { maxAttempts }) };
}

async function take<T>(jobs: AsyncIterator<Job<T>>): Promise<Job<T>> {
  const { value, done } = await jobs.next();
  if (done === true) throw new Error('the loop has ended');
  return value;
}

describeEtcd('a work queue', (etcd) => {
  it('gives jobs in the order they were put in, and forgets those that are done', async () => {
    await using client = clientIn(await etcd.server());
    const { work, session } = await workerOf(client);
    const ids: string[] = [];
    for (let i = 0; i < 40; i++) ids.push(await work.enqueue(i));
    const seen: unknown[] = [];
    for await (const job of work.jobs()) {
      seen.push([job.id, job.value, job.attempts]);
      await job.done();
      if (seen.length === 40) break;
    }
    expect(seen).toEqual(ids.map((id, i) => [id, i, 1]));
    expect(await client.prefix('work/').keys()).toEqual([]);
    await session.close();
  });

  it('wakes a worker that waits, and gives a job to one worker', async () => {
    await using client = clientIn(await etcd.server());
    const workers = await Promise.all([1, 2, 3].map(() => workerOf(client)));
    const stop = new AbortController();
    const seen: number[] = [];
    const loops = workers.map(async ({ work }) => {
      for await (const job of work.jobs({ signal: stop.signal, concurrency: 2 })) {
        seen.push(job.value);
        await job.done();
      }
    });
    for (let i = 0; i < 30; i++) await workers[i % 3]?.work.enqueue(i);
    await until(() => seen.length === 30);
    stop.abort();
    await Promise.all(loops);
    expect([...seen].sort((a, b) => a - b)).toEqual(Array.from({ length: 30 }, (_, i) => i));
    expect(await client.prefix('work/').count()).toBe(0);
    await Promise.all(workers.map(({ session }) => session.close()));
  });

  it('runs as many jobs at a time as concurrency allows', async () => {
    await using client = clientIn(await etcd.server());
    const { work, session } = await workerOf(client);
    for (let i = 0; i < 3; i++) await work.enqueue(i);
    const jobs = work.jobs({ concurrency: 2 });
    const [first, second] = [await take(jobs), await take(jobs)];
    let third: Job<number> | undefined;
    const waits = take(jobs).then((job) => (third = job));
    await client.get('a round trip');
    expect(third).toBeUndefined();
    await second.done();
    expect((await waits).value).toBe(2);
    await first.done();
    await jobs.return?.();
    await session.close();
  });

  it('delays a job, and an attempt, until its time', async () => {
    await using client = clientIn(await etcd.server());
    const { work, session } = await workerOf(client);
    await work.enqueue(1, { afterMs: 300 });
    await work.enqueue(2);
    const jobs = work.jobs();
    const first = await take(jobs);
    expect(first.value).toBe(2);
    const began = Date.now();
    await first.retry({ afterMs: 600 });
    const [second, third] = [await take(jobs), undefined];
    expect([second.value, second.attempts, third]).toEqual([1, 1, undefined]);
    await second.done();
    const again = await take(jobs);
    expect([again.value, again.attempts, again.id]).toEqual([2, 2, first.id]);
    expect(Date.now() - began).toBeGreaterThanOrEqual(600);
    await again.done();
    await jobs.return?.();
    await session.close();
  });

  it('sets a job aside after its attempts, and can requeue or discard it', async () => {
    await using client = clientIn(await etcd.server());
    const { work, session } = await workerOf(client, 2);
    const id = await work.enqueue(7);
    const jobs = work.jobs();
    await (await take(jobs)).retry();
    await (await take(jobs)).retry();
    expect(await work.failed()).toEqual([
      { id, value: 7, attempts: 2, reason: 'given back in attempt 2, its last' },
    ]);
    expect(await work.requeue(id)).toBe(true);
    expect(await work.requeue(id)).toBe(false);
    const again = await take(jobs);
    expect([again.id, again.attempts]).toEqual([id, 1]);
    await again.fail('no such customer');
    expect(await work.failed()).toMatchObject([{ id, attempts: 1, reason: 'no such customer' }]);
    expect(await work.discard(id)).toBe(true);
    expect(await work.discard(id)).toBe(false);
    expect(await work.failed()).toEqual([]);
    expect(await client.prefix('work/').count()).toBe(0);
    await jobs.return?.();
    await session.close();
  });

  it('sets a value aside that cannot be decoded, and goes on', async () => {
    await using client = clientIn(await etcd.server());
    const { work, session } = await workerOf(client);
    const texts = new WorkQueue(session, client.namespace('work/'));
    await texts.enqueue('{');
    await client.put('work/jobs/0', 'of a stranger');
    await work.enqueue(1);
    const jobs = work.jobs();
    expect((await take(jobs)).value).toBe(1);
    const failed = await work.failed();
    expect(failed.map(({ reason }) => reason)).toEqual([
      'its value cannot be decoded',
      'its value cannot be decoded',
    ]);
    expect(thrownBy(() => failed[1]?.value)).toMatchObject({ code: 'DECODE' });
    await jobs.return?.();
    await session.close();
  });

  it.each(['break', 'throw', 'abort'] as const)(
    'gives a job back when the loop ends by %s',
    async (how) => {
      await using client = clientIn(await etcd.server());
      const { work, session } = await workerOf(client);
      const other = await workerOf(client);
      await work.enqueue(1);
      const stop = new AbortController();
      let taken: Job<number> | undefined;
      const loop = (async () => {
        for await (const job of work.jobs({ signal: stop.signal })) {
          taken = job;
          if (how === 'break') break;
          if (how === 'throw') throw new Error('of the handler');
          stop.abort();
        }
      })();
      await loop.catch((error) => expect(error.message).toBe('of the handler'));
      const jobs = other.work.jobs();
      const again = await take(jobs);
      // What was stopped has not failed: its attempt does not count.
      expect([again.id, again.attempts]).toEqual([taken?.id, how === 'abort' ? 1 : 2]);
      expect(taken?.signal.aborted).toBe(true);
      expect(await failureOf((taken as Job<number>).done())).toMatchObject({ code: 'CLAIM_LOST' });
      await again.done();
      expect(await failureOf(again.done())).toMatchObject({ code: 'RELEASED' });
      await jobs.return?.();
      await session.close();
      await other.session.close();
    },
  );

  it('sets a job aside whose last attempt has thrown, and not one that was stopped', async () => {
    await using client = clientIn(await etcd.server());
    const { work, session } = await workerOf(client, 1);
    const [stopped, thrown] = [await work.enqueue(1), await work.enqueue(2)];
    const stop = new AbortController();
    for await (const _ of work.jobs({ signal: stop.signal, concurrency: 2 })) stop.abort();
    expect(await work.failed()).toEqual([]);
    const throwing = (async () => {
      for await (const job of work.jobs({ concurrency: 2 })) {
        // The first one is still under way when the second one fails.
        if (job.id === thrown) throw new Error('of the handler');
      }
    })();
    await throwing.catch(() => {});
    expect(await work.failed()).toMatchObject([
      { id: thrown, attempts: 1, reason: 'left unsettled in attempt 1, its last' },
    ]);
    const jobs = work.jobs();
    const again = await take(jobs);
    expect([again.id, again.attempts]).toEqual([stopped, 1]);
    await jobs.return?.();
    await session.close();
  });

  it('gives the jobs of a worker whose session ended to another, and aborts their signals', async () => {
    await using client = clientIn(await etcd.server());
    const { work, session } = await workerOf(client);
    const other = await workerOf(client);
    await work.enqueue(1);
    const jobs = work.jobs();
    const job = await take(jobs);
    const ended = failureOf(jobs.next());
    await client.lease.attach(session.lease.id).revoke();
    expect(await abortOf(job.signal)).toBeDefined();
    expect(await failureOf(job.done())).toMatchObject({ code: 'CLAIM_LOST' });
    expect(await ended).toMatchObject({ code: 'SESSION_LOST' });
    const others = other.work.jobs();
    const again = await take(others);
    expect([again.id, again.attempts]).toEqual([job.id, 2]);
    await again.done();
    await others.return?.();
    await other.session.close();
  });

  it('aborts the signal of a job when somebody deletes its claim', async () => {
    await using client = clientIn(await etcd.server());
    const { work, session } = await workerOf(client);
    await work.enqueue(1);
    const jobs = work.jobs();
    const job = await take(jobs);
    await client.delete(`work/claims/${job.id}`);
    expect(await abortOf(job.signal)).toMatchObject({ code: 'CLAIM_LOST' });
    expect((await take(jobs)).attempts).toBe(2);
    await jobs.return?.();
    await session.close();
  });

  it('aborts it also when a compaction has hidden the deletion, and the loop has all its jobs', async () => {
    await using server = await etcd.start();
    await using proxy = await startProxy({ target: server.endpoint });
    await using client = clientOf(proxy);
    await using direct = clientOf(server);
    const { work } = await workerOf(client);
    await work.enqueue(1);
    await work.enqueue(2);
    const jobs = work.jobs({ concurrency: 2 });
    const [lost, kept] = [await take(jobs), await take(jobs)];
    const next = jobs.next();
    await loseHistory(proxy, direct, () => direct.delete(`work/claims/${lost.id}`));
    expect(await abortOf(lost.signal)).toMatchObject({ code: 'CLAIM_LOST' });
    expect(kept.signal.aborted).toBe(false);
    // Its place is free for the next one, which is the same job again.
    const { value: again } = await next;
    expect([again?.id, again?.attempts]).toEqual([lost.id, 2]);
    await jobs.return?.();
  });

  it('does not settle a job that another worker has taken meanwhile', async () => {
    await using server = await etcd.start();
    await using proxy = await startProxy({ target: server.endpoint });
    await using client = clientOf(proxy);
    await using direct = clientOf(server);
    const { work } = await workerOf(client);
    const other = await workerOf(direct);
    await work.enqueue(1);
    const job = await take(work.jobs());
    proxy.freeze('toClient');
    await direct.delete(`work/claims/${job.id}`);
    const others = other.work.jobs();
    const again = await take(others);
    const before = proxy.requests;
    const late = failureOf(job.done());
    await proxy.waitForRequests(before + 1);
    proxy.thaw();
    expect(await late).toMatchObject({ code: 'CLAIM_LOST' });
    await again.done();
    expect(await direct.prefix('work/').keys()).toEqual([]);
    await others.return?.();
  });

  it('refuses wrong arguments by name', async () => {
    await using client = clientIn(await etcd.server());
    const { work, session } = await workerOf(client);
    const view = client.namespace('work/');
    const make = (...args: unknown[]): string =>
      thrownBy(() => new (WorkQueue as new (...args: unknown[]) => unknown)(...args)).message;
    expect(make(client, view)).toContain('session: got an instance of EtcdClient');
    expect(make(session, undefined)).toContain('view: got undefined');
    expect(make(session, view, { maxAttempts: 0 })).toContain('maxAttempts: got 0');
    expect(make(session, view, { maxAttempt: 1 })).toContain('maxAttempts?');
    expect(thrownBy(() => work.jobs({ concurrency: 1.5 })).message).toContain(
      'concurrency: got 1.5',
    );
    expect(thrownBy(() => work.jobs({ timeoutMs: 1 } as object)).message).toContain('timeoutMs');
    const refused = async (call: Promise<unknown>): Promise<string> => {
      const error = await failureOf(call);
      expect(error).toBeInstanceOf(InvalidArgumentError);
      return error.message;
    };
    expect(await refused(work.enqueue(1, { afterMs: -1 }))).toContain('afterMs: got -1');
    expect(await refused(work.requeue(''))).toContain('id: got an empty string');
    expect(await refused(work.discard(3 as unknown as string))).toContain('id: got 3');
    await work.enqueue(1);
    const jobs = work.jobs();
    const job = await take(jobs);
    expect(await refused(job.fail(undefined as unknown as string))).toContain(
      'reason: got undefined',
    );
    expect(await refused(job.retry({ aftermS: 3 } as object))).toContain('afterMs?');
    await job.done();
    await jobs.return?.();
    await session.close();
    // Nothing is read for a value that cannot be put: a closed client refuses every request.
    await client.close();
    expect(await refused(work.enqueue(1n as unknown as number))).toContain('value: got a bigint');
  });
});
