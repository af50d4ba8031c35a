import { type EtcdClient, EtcdError } from 'etcd-kit';
import { Session } from 'etcd-kit/concurrency';
import { Queue, WorkQueue } from 'etcd-kit/queue';
import type { Scene } from '../scene.js';

const WORKERS = 3;
const CONSUMERS = 2;
const TTL_SECONDS = 3;
const CONCURRENCY = 2;
const EVERY_ATTEMPT = 1_000;

/** A job that a worker has. */
interface Holding {
  readonly etcd: EtcdClient;
  readonly signal: AbortSignal;
  over: boolean;
}

/** Counts how often something happened to each value. */
class Count {
  readonly #times = new Map<string, number>();

  add(value: string): void {
    this.#times.set(value, this.of(value) + 1);
  }

  of(value: string): number {
    return this.#times.get(value) ?? 0;
  }

  get values(): Iterable<string> {
    return this.#times.keys();
  }
}

/**
 * Jobs of a work queue, and values of a plain queue. A job is done once at least, and no two workers who still
 * have it do it at a time; a value of the queue is taken once at most. None is lost.
 */
export function queues(scene: Scene): () => void {
  const jobs = { told: new Count(), open: new Map<string, Holding>(), done: new Count() };
  const items = { told: new Count(), taken: new Count(), unknown: 0 };
  let serial = 0;

  const producer = scene.client();
  scene.start('producer', async () => {
    await using session = await sessionOf(scene, producer);
    const work = new WorkQueue(session, producer.namespace('work/'));
    const queue = new Queue(producer.namespace('items/'));
    while (!scene.over) {
      scene.operations += 2;
      const value = `v${++serial}`;
      const timeoutMs = 2_000;
      await Promise.all([
        work.enqueue(value, { timeoutMs }).then(() => jobs.told.add(value)),
        queue.enqueue(value, { timeoutMs }).then(() => items.told.add(value)),
      ]).catch((error: unknown) => scene.failed('producer', error));
      await scene.pause(producer, 0, 1_500);
    }
  });

  for (let number = 0; number < WORKERS; number += 1) {
    const etcd = scene.client();
    const name = `worker ${number}`;
    scene.start(name, async () => {
      while (!scene.over) {
        try {
          await using session = await Session.create(etcd, { ttlSeconds: TTL_SECONDS });
          const work = new WorkQueue(session, etcd.namespace('work/'), {
            maxAttempts: EVERY_ATTEMPT,
          });
          const loop = { signal: scene.ending, concurrency: CONCURRENCY };
          for await (const job of work.jobs(loop)) {
            scene.start(`${name} with a job`, async () => {
              scene.operations += 1;
              const { value, signal } = job;
              const other = jobs.open.get(value);
              const holding = { etcd, signal, over: false };
              if (other !== undefined) {
                scene.whenAwake(other.etcd, () => {
                  if (other.over || other.signal.aborted) return;
                  scene.violate(`${name} has ${value}, as another has`);
                });
              }
              jobs.open.set(value, holding);
              await scene.pause(etcd, 0, 1_500);
              // Who gives it back has it no more, whenever the answer comes.
              holding.over = true;
              try {
                if (scene.random.below(5) === 0) await job.retry();
                else {
                  await job.done();
                  jobs.done.add(value);
                }
              } catch (error) {
                scene.failed(name, error, scene.over ? ['CLAIM_LOST'] : []);
              }
            });
          }
        } catch (error) {
          scene.failed(name, error);
        }
        await scene.pause(etcd, 100, 500);
      }
    });
  }

  for (let number = 0; number < CONSUMERS; number += 1) {
    const etcd = scene.client();
    const name = `consumer ${number}`;
    const queue = new Queue(etcd.namespace('items/'));
    scene.start(name, async () => {
      while (!scene.over) {
        scene.operations += 1;
        try {
          items.taken.add(await queue.dequeue({ timeoutMs: 1_000 + scene.random.below(5_000) }));
        } catch (error) {
          scene.failed(name, error, ['TIMEOUT']);
          if (error instanceof EtcdError && error.code === 'TAKE_UNKNOWN') items.unknown += 1;
        }
        await scene.pause(etcd, 0, 1_000);
      }
    });
  }

  return () => {
    for (const value of jobs.done.values) {
      if (jobs.done.of(value) > 1)
        scene.violate(`the job ${value} was done ${jobs.done.of(value)} times`);
    }
    const leftJobs = new Set(valuesOf(scene, 'work/'));
    for (const value of jobs.told.values) {
      const done = jobs.done.of(value) > 0;
      const left = [...leftJobs].some((stored) => stored.endsWith(value));
      if (done && left) scene.violate(`the job ${value} is done, and still there`);
    }
    for (const value of items.taken.values) {
      if (items.taken.of(value) > 1)
        scene.violate(`${value} was taken ${items.taken.of(value)} times`);
    }
    const leftItems = new Set(valuesOf(scene, 'items/'));
    const missing = [...items.told.values].filter(
      (value) => items.taken.of(value) === 0 && !leftItems.has(value),
    );
    if (missing.length > items.unknown) {
      scene.violate(
        `${missing} were put in, and are neither there nor taken; ${items.unknown} are unknown`,
      );
    }
  };
}

/** Makes a session, however often its lease has ended before the answer came. */
async function sessionOf(scene: Scene, etcd: EtcdClient): Promise<Session> {
  for (;;) {
    try {
      return await Session.create(etcd, { ttlSeconds: TTL_SECONDS, timeoutMs: 60_000 });
    } catch (error) {
      scene.failed('producer', error);
      await scene.pause(etcd, 100, 500);
    }
  }
}

/** The values that are left under a prefix. */
function valuesOf(scene: Scene, prefix: string): readonly string[] {
  let last: ReadonlyMap<string, string> = new Map();
  for (const { entries } of scene.history.states(prefix)) last = entries;
  return [...last.values()];
}
