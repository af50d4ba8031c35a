import { setTimeout as delay } from 'node:timers/promises';
import { Session } from '../../src/concurrency/index.js';
import { codecs, type EtcdClient, EtcdError } from '../../src/index.js';
import { type Job, WorkQueue } from '../../src/queue/index.js';
import { clientOf } from './client.js';
import { dice } from './dice.js';
import { startProxy } from './fault-proxy.js';
import { until } from './wait.js';

export interface WorkChaosOptions {
  readonly server: { readonly endpoint: string };
  readonly jobs: number;
  readonly workers: number;
  /** Workers that die, one after the other, with the jobs they have; another one takes the place of each. */
  readonly kills: number;
  /** Connections that are cut, one after the other. */
  readonly cuts: number;
  readonly timeoutMs: number;
}

export interface WorkChaosResult {
  /** Jobs that were done once at least. */
  readonly done: number;
  /** Times that a job was carried out after the first. */
  readonly duplicates: number;
  /** Duplicates that no loss of a claim explains. There must be none. */
  readonly unexplained: number;
  /** Jobs whose removal was acknowledged more than once. There must be none. */
  readonly acknowledgedTwice: number;
  readonly killed: number;
  readonly cut: number;
  /** Records that are left in the store. */
  readonly left: number;
}

/** Milliseconds for a call of the producer: it is not what is tested, and the machine may be busy. */
const PRODUCER_TIMEOUT_MS = 60_000;
/** The time that sessions of workers outlive them. */
const TTL_SECONDS = 3;
const CONCURRENCY = 4;

/** A worker that carries out jobs, and notes it, until it is stopped or killed. */
class Worker {
  readonly ended: Promise<void>;
  readonly #client: EtcdClient;
  readonly #stop = new AbortController();
  readonly #log: Log;
  #killed = false;

  constructor(endpoint: string, log: Log) {
    this.#client = clientOf({ endpoint });
    this.#log = log;
    this.ended = this.#run();
  }

  /** Ends it without a word to the servers: its lease runs out, and its claims with it. */
  async kill(): Promise<void> {
    this.#killed = true;
    await this.#client.close();
  }

  stop(): void {
    this.#stop.abort();
  }

  async #run(): Promise<void> {
    while (!this.#stop.signal.aborted && !this.#killed) {
      try {
        await this.#work();
      } catch (error) {
        // Its session is lost, or the client was closed: a worker begins again, unless it is dead.
        if (!(error instanceof EtcdError)) throw error;
      }
    }
    await this.#client.close();
  }

  async #work(): Promise<void> {
    const session = await Session.create(this.#client, { ttlSeconds: TTL_SECONDS });
    const work = new WorkQueue(session, viewOf(this.#client), { maxAttempts: 1_000 });
    const { signal } = this.#stop;
    for await (const job of work.jobs({ signal, concurrency: CONCURRENCY }))
      void this.#carryOut(job);
    await session.close();
  }

  async #carryOut(job: Job<number>): Promise<void> {
    await delay(1);
    this.#log.carriedOut(job.value);
    try {
      await job.done();
      this.#log.acknowledged(job.value);
    } catch {
      this.#log.lostClaim(job.value);
    }
  }
}

/** Counts for each job what its workers know of it. */
class Log {
  readonly #carriedOut = new Map<number, number>();
  readonly #acknowledged = new Map<number, number>();
  readonly #lostClaims = new Map<number, number>();

  carriedOut(job: number): void {
    count(this.#carriedOut, job);
  }

  acknowledged(job: number): void {
    count(this.#acknowledged, job);
  }

  lostClaim(job: number): void {
    count(this.#lostClaims, job);
  }

  get done(): number {
    return this.#carriedOut.size;
  }

  result(): Pick<WorkChaosResult, 'done' | 'duplicates' | 'unexplained' | 'acknowledgedTwice'> {
    let duplicates = 0;
    let unexplained = 0;
    for (const [job, times] of this.#carriedOut) {
      duplicates += times - 1;
      unexplained += Math.max(0, times - 1 - (this.#lostClaims.get(job) ?? 0));
    }
    const acknowledgedTwice = [...this.#acknowledged.values()].filter((times) => times > 1).length;
    return { done: this.done, duplicates, unexplained, acknowledgedTwice };
  }
}

/** Lets workers do jobs while some of them die and connections are cut. */
export async function runWorkChaos(options: WorkChaosOptions): Promise<WorkChaosResult> {
  const { server, jobs, workers, kills, cuts, timeoutMs } = options;
  const roll = dice(4_211);
  await using direct = clientOf(server, { timeoutMs: PRODUCER_TIMEOUT_MS });
  await using session = await Session.create(direct);
  await using proxy = await startProxy({ target: server.endpoint });
  const producer = new WorkQueue(session, viewOf(direct));
  const log = new Log();
  const crew = Array.from({ length: workers }, () => new Worker(proxy.endpoint, log));
  const retired: Worker[] = [];
  let next = 0;
  const produce = async (): Promise<void> => {
    while (next < jobs) await producer.enqueue(next++);
  };
  const produced = Promise.all(Array.from({ length: 8 }, produce));
  // Awaited below: until then, what ends the run is to be told, and not what that does to the producers.
  produced.catch(() => {});
  let [killed, cut] = [0, 0];
  const faults = kills + cuts;
  for (let fault = 1; fault <= faults; fault++) {
    // Spread over the run, by what was done and not by time.
    await until(() => log.done >= (fault * jobs) / (faults + 1), { timeoutMs });
    if (killed < kills && (cut === cuts || fault % 2 === 0)) {
      const place = roll(workers);
      const victim = crew[place] as Worker;
      await victim.kill();
      retired.push(victim);
      crew[place] = new Worker(proxy.endpoint, log);
      killed += 1;
    } else {
      proxy.resetAll();
      cut += 1;
    }
  }
  await produced;
  const everything = direct.namespace('work/').all();
  await until(async () => (await everything.count()) === 0, { timeoutMs, intervalMs: 100 });
  for (const worker of crew) worker.stop();
  await Promise.all([...crew, ...retired].map(({ ended }) => ended));
  return { ...log.result(), killed, cut, left: await everything.count() };
}

function viewOf(client: EtcdClient) {
  return client.namespace('work/').as(codecs.json<number>());
}

function count(times: Map<number, number>, job: number): void {
  times.set(job, (times.get(job) ?? 0) + 1);
}
