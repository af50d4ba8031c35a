// `npm start`: a walk through the main job on a real etcd. Each section is a file of its own in
// `tour/`; they run in this order, on one client.

import { compaction } from './tour/compaction.js';
import { elections } from './tour/election.js';
import { history, keyValues } from './tour/key-values.js';
import { leases } from './tour/lease.js';
import { locks } from './tour/lock.js';
import { lockByHand } from './tour/lock-by-hand.js';
import { openPlace } from './tour/place.js';
import { ranges } from './tour/ranges.js';
import { serviceDiscovery } from './tour/service-discovery.js';
import { heading, type Section, stageOf } from './tour/stage.js';
import { transactions } from './tour/transactions.js';
import { typedViews } from './tour/typed-views.js';
import { watching } from './tour/watch.js';

const sections: readonly Section[] = [
  keyValues,
  ranges,
  history,
  compaction,
  typedViews,
  transactions,
  watching,
  leases,
  lockByHand,
  locks,
  elections,
  serviceDiscovery,
];

// Interrupted, the tour ends after the section it is in, and cleans up behind itself.
let interrupted = false;
process.once('SIGINT', () => {
  interrupted = true;
});

const started = performance.now();
await using place = await openPlace();
console.log(place.name);
for (const { title, run } of sections) {
  if (interrupted) break;
  console.log(heading(title));
  await run(stageOf(place));
}
const seconds = ((performance.now() - started) / 1000).toFixed(1);
console.log(`\n${interrupted ? 'Interrupted' : 'Done'} after ${seconds} s.`);
