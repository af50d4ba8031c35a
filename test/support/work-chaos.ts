import { fileURLToPath } from 'node:url';
import { Session } from '../../src/concurrency/index.js';
import { WorkQueue } from '../../src/queue/index.js';
import { bundled } from './bundled.js';
import { clientOf } from './client.js';
import { startProxy } from './fault-proxy.js';
import { until } from './wait.js';
import { type Duplicates, type Told, viewOf, WorkLog } from './work-log.js';
import { startWorker, type WorkerProcess } from './worker-process.js';

export interface WorkChaosOptions {
  readonly server: { readonly endpoint: string };
  readonly jobs: number;
  /** Workers at a time, each a process. */
  readonly workers: number;
  /** Workers that are killed, one after the other, with a job that they have carried out; others take their places. */
  readonly kills: number;
  /** Times that all connections are cut. */
  readonly cuts: number;
  /** The time that sessions of workers outlive them. */
  readonly ttlSeconds: number;
  /** Patience for each step of the story. */
  readonly timeoutMs: number;
}

export interface WorkChaosResult {
  /** Jobs that were carried out once at least. */
  readonly done: number;
  readonly killed: number;
  readonly cut: number;
  /** Jobs that a worker had when it was killed, and that another one took after it. */
  readonly takenOver: number;
  readonly duplicates: Duplicates;
  /** Jobs whose removal was acknowledged more than once. */
  readonly doneTwice: number;
  /** Records that are left in the store. */
  readonly left: number;
}

interface Member {
  readonly name: string;
  readonly process: WorkerProcess;
  /** The last round in which it knows that it is to hold, and the last one in which it holds a job. */
  holding: number;
  holdsJob: number;
}

const PROGRAM = await bundled(fileURLToPath(new URL('programs/job-worker.ts', import.meta.url)));
/** Milliseconds for a call of the producer: it is not what is tested, and the machine may be busy. */
const PRODUCER_TIMEOUT_MS = 60_000;
const PRODUCERS = 8;

/** Lets workers do jobs while some of them are killed and connections are cut. */
export async function runWorkChaos(options: WorkChaosOptions): Promise<WorkChaosResult> {
  const { server, jobs, kills, cuts } = options;
  await using direct = clientOf(server, { timeoutMs: PRODUCER_TIMEOUT_MS });
  await using session = await Session.create(direct);
  await using proxy = await startProxy({ target: server.endpoint });
  await using crew = new Crew(proxy.endpoint, options);
  const queue = new WorkQueue(session, viewOf(direct));
  // One part before the first fault, and one with each: after every fault there are jobs to do.
  const parts = kills + cuts + 1;
  const produced: Promise<unknown>[] = [];
  const produce = (part: number): void => {
    let next = Math.round((part * jobs) / parts);
    const end = Math.round(((part + 1) * jobs) / parts);
    const put = async (): Promise<void> => {
      while (next < end) await queue.enqueue(next++);
    };
    const all = Promise.all(Array.from({ length: PRODUCERS }, put));
    // Awaited below: until then, what ends the run is to be told, and not what that does to the producers.
    all.catch(() => {});
    produced.push(all);
  };
  produce(0);
  let [killed, cut] = [0, 0];
  for (let fault = 1; fault < parts; fault += 1) {
    // In the middle of a part, by what was done and not by time.
    await crew.until(() => crew.log.done >= ((fault - 0.5) * jobs) / parts, 'half of a part');
    if (killed < kills && (cut === cuts || fault % 2 === 0)) {
      await crew.killOne(() => produce(fault));
      killed += 1;
    } else {
      proxy.resetAll();
      cut += 1;
      produce(fault);
    }
  }
  await Promise.all(produced);
  const everything = direct.namespace('work/').all();
  await crew.until(async () => (await everything.count()) === 0, 'the end of all jobs');
  await crew.end();
  const { done, takenOver, duplicates, doneTwice } = crew.log;
  const left = await everything.count();
  return { done, killed, cut, takenOver, duplicates, doneTwice, left };
}

/** The workers, and what they told. */
class Crew implements AsyncDisposable {
  readonly log = new WorkLog();
  readonly #endpoint: string;
  readonly #options: WorkChaosOptions;
  readonly #members: Member[];
  readonly #crashes: unknown[] = [];
  #started = 0;
  #round = 0;

  constructor(endpoint: string, options: WorkChaosOptions) {
    this.#endpoint = endpoint;
    this.#options = options;
    this.#members = Array.from({ length: options.workers }, () => this.#start());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#members.map(({ process }) => process.kill()));
  }

  /**
   * Kills a worker with a job that it has carried out and not settled, and puts another one in its place. All
   * workers hold until one has such a job, so that it is no matter of luck.
   *
   * @param feed sees to it that there are jobs that nobody has taken
   */
  async killOne(feed: () => void): Promise<void> {
    this.#round += 1;
    const round = this.#round;
    for (const { process } of this.#members) process.say(`hold ${round}`);
    const all = () => this.#members.every(({ holding }) => holding === round);
    await this.until(all, 'all workers to hold');
    feed();
    const victim = () => this.#members.findIndex(({ holdsJob }) => holdsJob === round);
    await this.until(() => victim() >= 0, 'a worker that holds a job');
    const place = victim();
    const { name, process } = this.#members[place] as Member;
    await process.kill();
    this.log.died(name);
    this.#members[place] = this.#start();
    for (const other of this.#members) other.process.say('go on');
  }

  /** Lets all workers come to their end. */
  async end(): Promise<void> {
    for (const { process } of this.#members) process.say('end');
    await Promise.all(this.#members.map(({ process }) => process.done));
  }

  /** Waits for something, and fails at once when a worker does. */
  async until(question: () => boolean | Promise<boolean>, what: string): Promise<void> {
    const { timeoutMs } = this.#options;
    const hasEnded = () => this.#crashes.length > 0 || question();
    await until(hasEnded, { what: () => `${what}; ${this.log.done} jobs are done`, timeoutMs });
    const [crash] = this.#crashes;
    if (crash !== undefined) throw crash;
  }

  #start(): Member {
    this.#started += 1;
    const name = `worker-${this.#started}`;
    const args = [name, this.#endpoint, String(this.#options.ttlSeconds)];
    const process = startWorker(PROGRAM, args, (line) => this.#hear(member, JSON.parse(line)));
    const member: Member = { name, process, holding: 0, holdsJob: 0 };
    process.done.catch((error) => this.#crashes.push(error));
    return member;
  }

  #hear(member: Member, told: Told): void {
    if (told.kind === 'holding') {
      member.holding = told.round;
      return;
    }
    this.log.note(told);
    if (told.kind === 'did' && told.round !== undefined) member.holdsJob = told.round;
  }
}
