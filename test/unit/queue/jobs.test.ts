import { describe, expect, it } from 'vitest';
import { Session } from '../../../src/concurrency/index.js';
import { codecs, type EtcdClient } from '../../../src/index.js';
import { type Job, WorkQueue } from '../../../src/queue/index.js';
import { MemoryEtcd } from '../../../src/testing/index.js';
import { failureOf } from '../../support/client.js';

describe('the jobs of a work queue', () => {
  it('are released by a worker that is stopped while the store is full', async () => {
    await using memory = new MemoryEtcd({ flags: ['--quota-backend-bytes', '1000000'] });
    const etcd = memory.client();
    const session = await Session.create(etcd, { ttlSeconds: 60 });
    const work = new WorkQueue(session, etcd.namespace('work/').as(codecs.json<number>()));
    await work.enqueue(1);
    const stop = new AbortController();
    const jobs = work.jobs({ signal: stop.signal });
    await jobs.next();
    expect(await etcd.prefix('work/').count()).toBe(2);

    const fill = async (): Promise<void> => {
      for (;;) await etcd.put('log', 'x'.repeat(200_000));
    };
    expect(await failureOf(fill())).toMatchObject({ code: 'NO_SPACE' });
    stop.abort();
    expect(await jobs.next()).toEqual({ done: true, value: undefined });
    // The claim is gone, and the job is there for others.
    expect(await etcd.prefix('work/').count()).toBe(1);
  });

  it('are not done by a worker whose request arrives when another one has done the job', async () => {
    await using memory = new MemoryEtcd();
    const [slow, fast] = [memory.client(), memory.client()];
    const [late, job] = await takeOne(slow, 7, 'value');
    memory.faultsOf(slow).freeze('toServer');
    // The first request ends after five seconds, and the second is under way when the lease ends.
    const done = failureOf(job.done());
    await memory.advance(9_000);
    expect(late.signal.aborted).toBe(true);
    const [, again] = await takeOne(fast, 60);
    await again.done();
    expect(again.id).toBe(job.id);
    memory.faultsOf(slow).heal();
    await memory.advance(1_000);
    expect(await done).toMatchObject({ code: 'CLAIM_LOST', outcome: 'unknown' });
  });

  it('are done by a worker whose first answer was lost', async () => {
    await using memory = new MemoryEtcd();
    const etcd = memory.client();
    const [, job] = await takeOne(etcd, 60, 'value');
    memory.faults.loseReplies(1);
    const done = job.done();
    await memory.advance(1_000);
    await done;
    expect(await etcd.prefix('work/').count()).toBe(0);
  });
});

async function takeOne(
  etcd: EtcdClient,
  ttlSeconds: number,
  value?: string,
): Promise<[Session, Job]> {
  const session = await Session.create(etcd, { ttlSeconds });
  const work = new WorkQueue(session, etcd.namespace('work/'));
  if (value !== undefined) await work.enqueue(value);
  const { value: job, done } = await work.jobs().next();
  if (done) throw new Error('there is no job');
  return [session, job];
}
