import { describe, expect, it } from 'vitest';
import { Session } from '../../../src/concurrency/index.js';
import { codecs } from '../../../src/index.js';
import { WorkQueue } from '../../../src/queue/index.js';
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
});
