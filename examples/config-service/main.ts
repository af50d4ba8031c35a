// `npm run example:config`: the service on a throw-away etcd, or on the cluster of ETCDCTL_ENDPOINTS.
// `PORT` names its port. With `-- --demo` it shows itself and ends.

import { once } from 'node:events';
import process from 'node:process';
import { openPlace } from '../tour/place.js';
import { demonstrate } from './demo.js';
import { startConfigService } from './service.js';

await using place = await openPlace();
if (process.argv.includes('--demo')) {
  await demonstrate(place);
} else {
  await using service = await startConfigService(place.etcd, Number(process.env['PORT'] ?? 0));
  console.log(place.name);
  console.log(`${service.url} (Ctrl-C ends it)`);
  await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
}
