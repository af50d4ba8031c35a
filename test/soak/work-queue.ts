import { startEtcd } from '../support/etcd.js';
import { runWorkChaos } from '../support/work-chaos.js';
import { measured, must, type Soak } from './soak.js';

const JOBS = 10_000;

export const soak: Soak = {
  title:
    'Ten thousand jobs done by eight workers while workers die with their jobs and connections are cut',
  async run() {
    await using server = await startEtcd();
    const options = { server, jobs: JOBS, workers: 8, kills: 20, cuts: 40, timeoutMs: 600_000 };
    const { result, figures } = await measured(() => runWorkChaos(options));
    must(result.done === JOBS, `each of ${JOBS} jobs was done (${result.done} were)`);
    must(result.left === 0, 'nothing is left in the store');
    must(result.unexplained === 0, 'no job was done again without a lost claim');
    must(result.acknowledgedTwice === 0, 'no removal was acknowledged twice');
    return {
      jobs: JOBS,
      'workers killed': result.killed,
      'cuts of all connections': result.cut,
      'jobs lost': JOBS - result.done,
      'jobs done again after a lost claim': result.duplicates,
      ...figures,
    };
  },
};
