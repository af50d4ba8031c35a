// `npm start`: sets up what is missing and walks through the main job on a real etcd: a throw-away
// one on a free port, or the cluster of ETCDCTL_ENDPOINTS.

import { ensureOneEtcd } from './etcd/ensure.mjs';
import { ensureTour, log, logError, runNode } from './setup.mjs';

try {
  await Promise.all([
    ensureTour(),
    process.env['ETCDCTL_ENDPOINTS'] ? undefined : ensureOneEtcd({ log }),
  ]);
  process.exitCode = await runNode([
    '--import',
    'tsx',
    'examples/tour.ts',
    ...process.argv.slice(2),
  ]);
} catch (error) {
  logError(error);
  process.exitCode = 1;
}
