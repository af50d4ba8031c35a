// `npm run bench -- --floor`: calls of one caller at a time, side by side with a socket on which nothing is done but to
// send requests that were written beforehand and to wait for the answers. No client in Node can be faster than that.

import { startEtcd } from 'etcd-kit/testing';
import { ensureOneEtcd } from '../scripts/etcd/ensure.mjs';
import type { ClientName } from './clients/bench-client.js';
import { buildGoClient } from './clients/go/build.js';
import { publish } from './docs.js';
import { ClientPool, runLeg } from './legs.js';
import type { PlannedLeg } from './plan.js';
import { row, table } from './report.js';
import { Store } from './store.js';
import type { Task } from './tasks/task.js';

const CLIENTS: readonly ClientName[] = ['Go', 'etcd-kit direct', 'socket'];
/** Many and short: the clients take turns, and what else the machine does falls on all of them alike. */
const ROUNDS = 25;
const ROUND_MS = 400;
const WARM_UP_MS = 4_000;

const tools = await ensureOneEtcd();
await using server = await startEtcd({ binary: tools.etcd });
await using _store = await Store.open(server.endpoint);
await using go = await buildGoClient();
await using pool = new ClientPool(server.endpoint, go.program);
await pool.warmUp(CLIENTS.slice(0, 2), WARM_UP_MS);
const rows = [];
for (const kind of ['get', 'put'] as const) {
  const task: Task = { kind, callers: 1, ms: ROUND_MS };
  const leg: PlannedLeg = {
    group: kind,
    name: `${kind}, 1 caller`,
    tasks: Object.fromEntries(CLIENTS.map((name) => [name, task])),
    rounds: ROUNDS,
    measure: 'rate',
    baseline: 'Go',
  };
  rows.push(row(leg, await runLeg(leg, pool)));
}
await publish('floor', table(rows));
