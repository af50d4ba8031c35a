import { expect, it } from 'vitest';
import { describeEtcd } from '../support/describe-etcd.js';
import { runWorkChaos } from '../support/work-chaos.js';

const JOBS = 120;
const KILLS = 2;
const CUTS = 3;

describeEtcd('the jobs of a work queue', (etcd) => {
  it('are all done while workers are killed and connections are cut, and run twice only where a claim was lost', async () => {
    await using server = await etcd.start();
    const { takenOver, duplicates, ...result } = await runWorkChaos({
      ...{ server, jobs: JOBS, workers: 3, kills: KILLS, cuts: CUTS },
      ...{ ttlSeconds: 3, timeoutMs: 60_000 },
    });
    expect(result).toEqual({ done: JOBS, killed: KILLS, cut: CUTS, doneTwice: 0, left: 0 });
    // Each of the dead had a job that was carried out, and not settled.
    expect(takenOver).toBeGreaterThanOrEqual(KILLS);
    expect(duplicates.afterDeath).toBeGreaterThanOrEqual(KILLS);
    expect(duplicates.unexplained).toBe(0);
  }, 120_000);
});
