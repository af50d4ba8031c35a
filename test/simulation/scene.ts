import { getEventListeners } from 'node:events';
import { type ErrorCode, type EtcdClient, type EtcdClientOptions, EtcdError } from 'etcd-kit';
import type { MemoryEtcd } from 'etcd-kit/testing';
import { clockOf } from '../../src/internal/clock-of.js';
import { ignore } from '../../src/internal/deferred.js';
import { delay } from '../../src/internal/delay.js';
import { ClientProcess } from '../../src/testing/memory/world/client-process.js';
import { Faults } from '../../src/testing/memory/world/faults.js';
import type { SeededRandom } from '../../src/testing/memory/world/random.js';
import { VirtualClock } from '../../src/testing/memory/world/virtual-clock.js';
import type { History } from './history.js';

/**
 * Milliseconds of a message on a good link. Without any, a lease could end on the server at the very moment
 * at which its owner gives it up.
 */
const LINK_MS = 1;

const HOUR_MS = 3_600_000;

/** Revisions behind the newest one that a compaction leaves alone. */
const KEPT_REVISIONS = 10n;

/** Milliseconds that a call may take beyond its timeout. */
const SLACK_MS = 1;

/** A program of a workload. It runs until `scene.over`, and must end by itself after that. */
type Program = () => Promise<void>;

/** A program that has not ended yet, or that has failed. */
interface Running {
  readonly name: string;
  readonly done: Promise<void>;
  ended: boolean;
}

/** The parts of a simulation that the scene needs. */
export interface SceneContext {
  readonly memory: MemoryEtcd;
  readonly random: SeededRandom;
  readonly history: History;
  /** A client without faults of its own, who may do everything. */
  readonly admin: EtcdClient;
  /** True where no fault is to come: then nothing may fail. */
  readonly calm: boolean;
  /** Options of every client, such as a password. */
  readonly clientOptions: Partial<EtcdClientOptions>;
  /** Takes one line of the story. */
  readonly tell: (line: string) => void;
}

/**
 * The place where workloads play: a simulated cluster, its clock, its chance, and a list of what was wrong.
 *
 * Everything in it happens on the clock of the cluster, so one seed is one story.
 */
export class Scene {
  readonly memory: MemoryEtcd;
  readonly random: SeededRandom;
  readonly history: History;
  /** True where no fault is to come: then nothing may fail. */
  readonly calm: boolean;
  readonly violations: string[] = [];
  /** Networks of the clients of workloads, for faults that hit one client alone. */
  readonly networks: Faults[] = [];
  /** Their processes, each of which may stand still. */
  readonly processes: ClientProcess[] = [];
  operations = 0;
  readonly #admin: EtcdClient;
  readonly #clientOptions: Partial<EtcdClientOptions>;
  readonly #tell: (line: string) => void;
  readonly #programs: Running[] = [];
  readonly #ending = new AbortController();
  readonly #lasting = new AbortController();

  constructor({ memory, random, history, admin, calm, clientOptions, tell }: SceneContext) {
    this.memory = memory;
    this.random = random;
    this.history = history;
    this.calm = calm;
    this.#admin = admin;
    this.#clientOptions = clientOptions;
    this.#tell = tell;
  }

  /** True when the faults have ended and programs should end, too. */
  get over(): boolean {
    return this.#ending.signal.aborted;
  }

  /** Aborts when programs should end. */
  get ending(): AbortSignal {
    return this.#ending.signal;
  }

  /** Never aborts: what listens to it must stop that by itself. */
  get lasting(): AbortSignal {
    return this.#lasting.signal;
  }

  /** Tells programs to end. */
  end(): void {
    this.#ending.abort();
  }

  /**
   * Makes a client whose network may have faults.
   *
   * @param punctual true where the client trusts its timers, and does not look every second how late it is: in
   *   a story of days that is most of the work
   */
  client(options: Partial<EtcdClientOptions> = {}, punctual = false): EtcdClient {
    const client = this.memory.client({ ...this.#clientOptions, ...options });
    const process = processOf(client);
    process.punctual = punctual;
    this.processes.push(process);
    const network = this.memory.faultsOf(client);
    if (!(network instanceof Faults)) throw new Error('the network is not a simulated one');
    this.networks.push(network);
    this.heal(network);
    return client;
  }

  /** Ends the faults of a client's network: it is as a good link is. */
  heal(network: Faults): void {
    network.heal();
    network.delay(LINK_MS);
  }

  /** Has the administrator do something. He may fail: that is his business. */
  administer(what: string, act: (admin: EtcdClient) => Promise<unknown>): void {
    act(this.#admin).catch((error: unknown) => this.tell(`${what}: ${describe(error)}`));
  }

  /** The clock of everything. */
  get clock(): VirtualClock {
    const clock = processOf(this.#admin).worldClock;
    if (clock instanceof VirtualClock) return clock;
    throw new Error('the clock of the cluster is not a simulated one');
  }

  /** Gives up the history, but for the last revisions. */
  compactBehind(): void {
    const revision = this.history.revision - KEPT_REVISIONS;
    if (revision <= 0n) return;
    try {
      this.memory.compact(revision);
    } catch {
      // Compacted already.
    }
  }

  /** Starts a program. An error that leaves it is a violation. */
  start(name: string, program: Program): void {
    const running: Running = {
      name,
      ended: false,
      done: program()
        .catch((error: unknown) => this.violate(`${name} failed: ${describe(error)}`))
        .finally(() => {
          running.ended = true;
        }),
    };
    this.#programs.push(running);
  }

  /**
   * Lets a failure of etcd pass, and answers it. Anything else is an error of the client or of the workload;
   * so is a failure where nothing has gone wrong, unless it is one of these.
   */
  failed(name: string, error: unknown, expected: readonly ErrorCode[] = []): EtcdError {
    const failure = failureOf(error);
    const { code, outcome } = failure;
    this.tell(`${name}: ${code}, ${outcome}`);
    if (this.calm && !expected.includes(code)) {
      this.violate(`${name} failed where nothing had gone wrong: ${describe(failure)}`);
    }
    return failure;
  }

  /** Carries a call out, and looks that it ends in its time, but for that in which its process stood still. */
  async inTime<T>(
    etcd: EtcdClient,
    what: string,
    timeoutMs: number,
    call: () => Promise<T>,
  ): Promise<T> {
    const process = processOf(etcd);
    const { stalledMs } = process;
    const begunAt = process.now();
    try {
      return await call();
    } finally {
      const tookMs = process.now() - begunAt - (process.stalledMs - stalledMs);
      if (tookMs > timeoutMs + SLACK_MS) {
        this.violate(`${what} with a timeout of ${timeoutMs} ms took ${tookMs} ms`);
      }
    }
  }

  /** Names the programs that have not ended. */
  get unfinished(): readonly string[] {
    return this.#programs.filter(({ ended }) => !ended).map(({ name }) => name);
  }

  /** Waits for some time between two bounds, in milliseconds, in the process of a client. */
  async pause(etcd: EtcdClient, lowestMs: number, highestMs: number): Promise<void> {
    await this.wait(etcd, lowestMs + this.random.below(highestMs - lowestMs + 1));
  }

  /** Waits for some time as `pause()` does, but not longer than until programs should end. */
  async rest(etcd: EtcdClient, lowestMs: number, highestMs: number): Promise<void> {
    const ms = lowestMs + this.random.below(highestMs - lowestMs + 1);
    await delay(processOf(etcd), ms, this.ending).catch(ignore);
  }

  /** Resolves when programs should end and this is so, as looked at every second after that. */
  async whenOver(etcd: EtcdClient, isSo: () => boolean): Promise<void> {
    while (!this.over) await this.rest(etcd, HOUR_MS, HOUR_MS);
    while (!isSo()) await this.wait(etcd, 1_000);
  }

  /** Waits for a time, in the process of a client. */
  async wait(etcd: EtcdClient, ms: number): Promise<void> {
    await delay(processOf(etcd), ms);
  }

  /**
   * Calls back when the process of a client is awake: at once, unless it stands still. What one who stands
   * still believes is of no harm, but when it goes on it must know better before it acts.
   */
  whenAwake(etcd: EtcdClient, callback: () => void): void {
    processOf(etcd).whenAwake(callback);
  }

  /** Returns whether the process of a client stands still. */
  isStalled(etcd: EtcdClient): boolean {
    return processOf(etcd).isStalled;
  }

  /** Returns a signal that aborts within some time. */
  abortedWithin(etcd: EtcdClient, mostMs: number): AbortSignal {
    const stop = new AbortController();
    void this.pause(etcd, 0, mostMs).then(() => stop.abort());
    return stop.signal;
  }

  /** Tells one line of the story, with its time. */
  tell(line: string): void {
    this.#tell(`${(this.memory.now / 1_000).toFixed(3).padStart(9)} s  ${line}`);
  }

  /** Keeps something that must never happen. */
  violate(text: string): void {
    this.violations.push(text);
    this.tell(`VIOLATION ${text}`);
  }

  /** The number of listeners that were left on the signal which never aborts. */
  get listeners(): number {
    return getEventListeners(this.lasting, 'abort').length;
  }

  /** Returns one of the items. */
  pick<Item>(items: readonly Item[]): Item {
    const item = items[this.random.below(items.length)];
    if (item === undefined) throw new Error('nothing to pick from');
    return item;
  }
}

/** The process of a client of the cluster. */
function processOf(etcd: EtcdClient): ClientProcess {
  const clock = clockOf(etcd);
  if (clock instanceof ClientProcess) return clock;
  throw new Error('the clock of the client is not a simulated one');
}

/** The code and the text of an error, on one line. */
export function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = 'code' in error ? `${String(error.code)}: ` : '';
  return `${code}${error.message.split('\n', 1)[0] ?? ''}`;
}

/** Answers a failure of etcd; throws anything else. The end of an `await using` may bring two failures as one. */
function failureOf(error: unknown): EtcdError {
  if (error instanceof EtcdError) return error;
  if (error instanceof Error && error.name === 'SuppressedError' && 'suppressed' in error) {
    failureOf(error.suppressed);
    return failureOf('error' in error ? error.error : undefined);
  }
  throw error;
}
