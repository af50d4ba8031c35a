// `npm run example:fleet`: four workers make pictures small, while some of them are killed and some are
// stopped. It ends when every picture is there, and says how often each was made.
//
//   npm run example:fleet -- --workers 6 --pictures 200 --calm
//
// `--calm` kills nobody: kill the workers yourself, by the ids that are printed.

import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Cache } from 'etcd-kit/cache';
import { openPlace } from '../tour/place.js';
import { type Ended, Fleet, type Worker } from './fleet.js';
import { placesOf, type Told } from './task.js';

/** Time between two misfortunes. */
const CALM_MS = 2_000;
const NAMESPACE = 'fleet/';

const { values } = parseArgs({
  options: {
    workers: { type: 'string', default: '4' },
    pictures: { type: 'string', default: '60' },
    calm: { type: 'boolean', default: false },
  },
});
const pictures = Number(values.pictures);

const begun = performance.now();
const count = { begun: 0, repeated: 0, killed: 0, stopped: 0, leaders: 0 };
let names = 0;
let over = false;

await using place = await openPlace();
say('', place.name);
await using results = await Cache.open(placesOf(place.etcd.namespace(NAMESPACE)).results.all());
await using fleet = new Fleet({
  endpoints: place.etcd.endpoints,
  namespace: `${place.namespace}${NAMESPACE}`,
  pictures,
  taskMs: 250,
  ttlSeconds: 2,
  onTold,
});
for (let worker = 0; worker < Number(values.workers); worker += 1) startWorker();
if (!values.calm) void misfortune();
await allDone();
over = true;
await Promise.all(fleet.workers.map((worker) => worker.stop()));
say('', `${results.size} of ${pictures} pictures are there`);
say('', `${count.begun} tasks were begun, ${count.repeated} of them had been done before`);
say('', `${count.killed} workers were killed, ${count.stopped} stopped; ${count.leaders} led`);

function startWorker(): void {
  names += 1;
  const worker = fleet.start(`worker-${names}`);
  say(worker.name, `process ${worker.pid}`);
}

async function allDone(): Promise<void> {
  const all = () => results.size === pictures;
  if (all()) return;
  await new Promise<void>((resolve) => {
    results.on('change', () => {
      if (all()) resolve();
    });
  });
}

/** Kills the leader, then stops a worker, in turn; each is replaced. */
async function misfortune(): Promise<void> {
  for (let turn = 0; ; turn += 1) {
    await delay(CALM_MS, undefined, { ref: false });
    if (over) return;
    const leader = fleet.workers.find(({ leads }) => leads);
    const other = fleet.workers.find((worker) => worker !== leader && worker.started);
    const victim = turn % 2 === 0 ? leader : other;
    if (victim === undefined) continue;
    say(victim.name, turn % 2 === 0 ? 'is killed (SIGKILL)' : 'is told to stop (SIGTERM)');
    if (turn % 2 === 0) victim.kill();
    else void victim.stop();
  }
}

function onTold({ name }: Worker, told: Told | Ended): void {
  switch (told.what) {
    case 'took':
      count.begun += 1;
      say(name, `picture ${told.picture}${told.attempts > 1 ? `, attempt ${told.attempts}` : ''}`);
      break;
    case 'repeated':
      count.repeated += 1;
      say(name, `picture ${told.picture} was there already`);
      break;
    case 'leads':
      count.leaders += 1;
      say(name, 'leads');
      break;
    case 'led':
      say(name, 'leads no more');
      break;
    case 'planned':
      say(name, `has planned ${told.pictures} pictures`);
      break;
    case 'ended':
      if (told.signal === 'SIGKILL') count.killed += 1;
      else if (!over) count.stopped += 1;
      say(name, told.signal === null ? 'has ended' : `is dead (${told.signal})`);
      if (!over) startWorker();
      break;
    default:
  }
}

function say(who: string, what: string): void {
  const seconds = ((performance.now() - begun) / 1000).toFixed(1).padStart(5);
  console.log(`${seconds} s  ${who.padEnd(10)}  ${what}`);
}
