// One worker of the fleet: a process that takes tasks, and campaigns to be the one that plans them. It is
// started by `fleet.ts`, and by hand with the environment that `main.ts` prints.

import { once } from 'node:events';
import process from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import { EtcdClient, EtcdError, KeyExistsError } from 'etcd-kit';
import { runAsLeader, Session } from 'etcd-kit/concurrency';
import { type Job, WorkQueue } from 'etcd-kit/queue';
import { plan } from './planner.js';
import { placesOf, Settings, type Task, type Told } from './task.js';

/** Tasks that a worker does side by side. */
const SLOTS = 2;

const settings = Settings.parse(process.env);
const name = settings.FLEET_WORKER;
const ttlSeconds = settings.FLEET_TTL_SECONDS;

const stopping = new AbortController();
process.once('SIGTERM', () => stopping.abort());

await using etcd = await EtcdClient.connect({
  ...EtcdClient.optionsFromEnv(),
  namespace: settings.FLEET_NAMESPACE,
});
const places = placesOf(etcd);
await using session = await Session.create(etcd, { ttlSeconds });
const work = new WorkQueue(session, places.work);
tell({ what: 'started' });

const candidacy = runAsLeader(
  etcd,
  places.leader,
  async (leadership, signal) => {
    tell({ what: 'leads' });
    const pictures = await plan(etcd, work, leadership, settings.FLEET_PICTURES, signal);
    tell({ what: 'planned', pictures });
    // It stays the leader, so that nobody else looks for something to plan.
    if (!signal.aborted) await once(signal, 'abort');
  },
  { signal: stopping.signal, ttlSeconds, proposal: name },
).catch((error: unknown) => {
  if (!stopping.signal.aborted) throw error;
  tell({ what: 'led' });
});

await Promise.all(Array.from({ length: SLOTS }, () => takeTasks()));
await candidacy;
tell({ what: 'stopped' });

/**
 * Takes one task after the other until the process is told to stop. A task that is under way then is ended
 * first; only a slot that waits for one stops at once.
 */
async function takeTasks(): Promise<void> {
  const idle = new AbortController();
  let busy = false;
  stopping.signal.addEventListener('abort', () => {
    if (!busy) idle.abort();
  });
  if (stopping.signal.aborted) return;
  for await (const job of work.jobs({ signal: idle.signal })) {
    busy = true;
    await perform(job);
    busy = false;
    if (stopping.signal.aborted) return;
  }
}

/** A task may come twice, so its result is noted under its number, once. */
async function perform(job: Job<Task>): Promise<void> {
  const { picture } = job.value;
  tell({ what: 'took', picture, attempts: job.attempts });
  try {
    await delay(settings.FLEET_TASK_MS, undefined, { signal: job.signal });
    await places.results.create(String(picture), { by: name }, { signal: job.signal });
    tell({ what: 'done', picture });
  } catch (error) {
    if (job.signal.aborted) return;
    if (!(error instanceof KeyExistsError)) throw error;
    tell({ what: 'repeated', picture });
  }
  await job.done().catch((error: unknown) => {
    // Somebody else has it by now, and finds the result.
    if (!(error instanceof EtcdError && error.code === 'CLAIM_LOST')) throw error;
  });
}

function tell(told: Told): void {
  process.stdout.write(`${JSON.stringify(told)}\n`);
}
