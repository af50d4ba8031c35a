// `npm start`: sets up what is missing and walks through the main job on a real etcd: a throw-away
// one on a free port, or the cluster of ETCDCTL_ENDPOINTS.

import { ensureOneEtcd } from './etcd/ensure.mjs';
import { ensureDependencies, log, logError, runNode } from './setup.mjs';

try {
  await ensureDependencies();
  if (!process.env['ETCDCTL_ENDPOINTS']) await ensureOneEtcd({ log });
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
