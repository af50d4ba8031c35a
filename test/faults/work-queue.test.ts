import { expect, it } from 'vitest';
import { describeEtcd } from '../support/describe-etcd.js';
import { runWorkChaos } from '../support/work-chaos.js';

describeEtcd('the jobs of a work queue', (etcd) => {
  it('are each done while workers die and connections are cut, and twice only where a claim was lost', async () => {
    await using server = await etcd.start();
    const jobs = 150;
    const result = await runWorkChaos({
      server,
      jobs,
      workers: 4,
      kills: 2,
      cuts: 3,
      timeoutMs: 50_000,
    });
    expect(result).toMatchObject({
      done: jobs,
      unexplained: 0,
      acknowledgedTwice: 0,
      killed: 2,
      cut: 3,
      left: 0,
    });
  });
});
