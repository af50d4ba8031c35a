import { type EtcdClient, type EtcdClientOptions, EtcdError } from 'etcd-kit';
import type { MemoryEtcd, MemoryFaults } from 'etcd-kit/testing';
import type { SeededRandom } from '../../src/testing/memory/world/random.js';
import type { History } from './history.js';

/**
 * Milliseconds of a message on a good link. Without any, a lease could end on the server at the very moment
 * at which its owner gives it up.
 */
const LINK_MS = 1;

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
  readonly violations: string[] = [];
  /** Networks of the clients of workloads, for faults that hit one client alone. */
  readonly networks: MemoryFaults[] = [];
  /** True when the faults have ended and programs should end, too. */
  over = false;
  operations = 0;
  readonly #tell: (line: string) => void;
  readonly #programs: Running[] = [];

  constructor({ memory, random, history, tell }: SceneContext) {
    this.memory = memory;
    this.random = random;
    this.history = history;
    this.#tell = tell;
  }

  /** Makes a client whose network may have faults. */
  client(options: Partial<EtcdClientOptions> = {}): EtcdClient {
    const client = this.memory.client(options);
    const network = this.memory.faultsOf(client);
    this.networks.push(network);
    this.heal(network);
    return client;
  }

  /** Ends the faults of a client's network: it is as a good link is. */
  heal(network: MemoryFaults): void {
    network.heal();
    network.delay(LINK_MS);
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

  /** Names the programs that have not ended. */
  get unfinished(): readonly string[] {
    return this.#programs.filter(({ ended }) => !ended).map(({ name }) => name);
  }

  /** Waits for some time between two bounds, in milliseconds of the cluster's clock. */
  async pause(lowestMs: number, highestMs: number): Promise<void> {
    await this.memory.delay(lowestMs + this.random.below(highestMs - lowestMs + 1));
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

  /** Returns one of the items. */
  pick<Item>(items: readonly Item[]): Item {
    const item = items[this.random.below(items.length)];
    if (item === undefined) throw new Error('nothing to pick from');
    return item;
  }
}

/** The code and the text of an error, on one line. */
export function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = 'code' in error ? `${String(error.code)}: ` : '';
  return `${code}${error.message.split('\n', 1)[0] ?? ''}`;
}

/**
 * Lets a failure of etcd pass, and answers it; anything else is an error of the client or of the workload. The
 * end of an `await using` may bring two failures as one.
 */
export function failureOf(error: unknown): EtcdError {
  if (error instanceof EtcdError) return error;
  if (error instanceof Error && error.name === 'SuppressedError' && 'suppressed' in error) {
    failureOf(error.suppressed);
    return failureOf('error' in error ? error.error : undefined);
  }
  throw error;
}
