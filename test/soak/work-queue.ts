import { startEtcd } from '../support/etcd.js';
import { runWorkChaos } from '../support/work-chaos.js';
import { must, type Soak } from './soak.js';

const JOBS = 10_000;
const KILLS = 20;
/** So long that no living worker loses its session by a cut. */
const TTL_SECONDS = 10;

export const soak: Soak = {
  title:
    'Ten thousand jobs done by eight processes, while processes are killed with the jobs they have and all connections are cut',
  async run() {
    await using server = await startEtcd();
    const began = performance.now();
    const { duplicates, ...result } = await runWorkChaos({
      ...{ server, jobs: JOBS, workers: 8, kills: KILLS, cuts: 40 },
      ...{ ttlSeconds: TTL_SECONDS, timeoutMs: 600_000 },
    });
    const seconds = (performance.now() - began) / 1_000;
    must(result.done === JOBS, `each of ${JOBS} jobs was done (${result.done} were)`);
    must(result.left === 0, 'nothing is left in the store');
    must(result.takenOver >= KILLS, 'others took over what each of the dead had');
    must(duplicates.unexplained === 0, 'no job was done again without a lost claim');
    must(duplicates.afterLostClaim === 0, 'no living worker lost a job that it had carried out');
    must(result.doneTwice === 0, 'no removal was acknowledged twice');
    return {
      jobs: JOBS,
      'workers killed': result.killed,
      'cuts of all connections': result.cut,
      'jobs lost': JOBS - result.done,
      'jobs taken over from a dead worker': result.takenOver,
      'jobs done again, since their worker had died before it could say so': duplicates.afterDeath,
      'jobs done again for another reason': duplicates.afterLostClaim + duplicates.unexplained,
      'duration, s': seconds.toFixed(1),
    };
  },
};
