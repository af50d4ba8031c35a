// A process that does the jobs of a work queue; `work-chaos.ts` starts it.
//
//   job-worker <name> <endpoint> <ttl>
//
// It tells what it does on its standard output, a line of JSON for each thing, and so loses nothing when it
// is killed. Lines of its input: after `hold <round>` it carries jobs out and does not settle them, until
// `go on`; `end` ends it when what it has is settled.
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { Session } from '../../../src/concurrency/index.js';
import { EtcdClient, EtcdError, InvalidArgumentError } from '../../../src/index.js';
import { type Job, WorkQueue } from '../../../src/queue/index.js';
import { type Deferred, deferred } from '../wait.js';
import { type Told, viewOf } from '../work-log.js';

const CONCURRENCY = 4;

const [worker = '', endpoint = '', ttl = ''] = process.argv.slice(2);
const client = new EtcdClient({ endpoints: endpoint });
const stop = new AbortController();
let hold: { readonly round: number; readonly over: Deferred<void> } | undefined;

createInterface({ input: process.stdin })
  .on('line', obey)
  // Whoever started it is gone.
  .on('close', () => process.exit());

while (!stop.signal.aborted) {
  try {
    await work();
  } catch (error) {
    // Its session is lost: a worker begins again.
    if (!(error instanceof EtcdError) || error instanceof InvalidArgumentError) throw error;
  }
}
await client.close();
process.exit();

function obey(line: string): void {
  const [word, round] = line.split(' ');
  if (word === 'end') stop.abort();
  else if (word === 'hold') {
    hold = { round: Number(round), over: deferred() };
    tell({ worker, kind: 'holding', round: hold.round });
  } else {
    hold?.over.resolve();
    hold = undefined;
  }
}

async function work(): Promise<void> {
  const session = await Session.create(client, { ttlSeconds: Number(ttl) });
  const queue = new WorkQueue(session, viewOf(client), { maxAttempts: 1_000 });
  const underWay: Promise<void>[] = [];
  const jobs = queue.jobs({ signal: stop.signal, concurrency: CONCURRENCY });
  for await (const job of jobs) underWay.push(carryOut(job));
  await Promise.all(underWay);
  await session.close();
}

async function carryOut(job: Job<number>): Promise<void> {
  const about = { worker, job: job.value, attempt: job.attempts };
  tell({ kind: 'took', ...about });
  await delay(1);
  const held = hold;
  tell({ kind: 'did', ...about, round: held?.round });
  await held?.over.promise;
  try {
    await job.done();
    tell({ kind: 'done', ...about });
  } catch (error) {
    if (!(error instanceof EtcdError)) throw error;
    tell({ kind: 'lost', ...about });
  }
}

function tell(told: Told): void {
  process.stdout.write(`${JSON.stringify(told)}\n`);
}
