import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Told } from './task.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const program = fileURLToPath(new URL('./worker.ts', import.meta.url));

/** What a fleet is given. */
export interface FleetOptions {
  readonly endpoints: readonly string[];
  readonly namespace: string;
  readonly pictures: number;
  /** How long a task takes. */
  readonly taskMs: number;
  /** Seconds until the work of a worker that was killed goes to others. */
  readonly ttlSeconds: number;
  /** Told of everything that happens, as it happens. */
  readonly onTold?: ((worker: Worker, told: Told | Ended) => void) | undefined;
}

/** A worker's process is gone. */
export interface Ended {
  readonly what: 'ended';
  readonly signal: NodeJS.Signals | null;
  readonly code: number | null;
}

/** One worker, as its fleet sees it. */
export interface Worker {
  readonly name: string;
  readonly pid: number;
  /** True when it is connected, so that it ends in order when it is told to. */
  readonly started: boolean;
  /** True from its election until it is the leader no more, or ended. */
  readonly leads: boolean;
  /** Ends it at once, as a crash does. */
  kill(): void;
  /** Asks it to end; resolves when it has. */
  stop(): Promise<Ended>;
  /** Resolves when its process is gone. */
  readonly ended: Promise<Ended>;
}

/** Processes that work on one queue. */
export class Fleet implements AsyncDisposable {
  readonly #options: FleetOptions;
  readonly #workers = new Set<WorkerProcess>();

  constructor(options: FleetOptions) {
    this.#options = options;
  }

  /** Workers that run. */
  get workers(): readonly Worker[] {
    return [...this.#workers];
  }

  /** Environment of a worker: with it one can be started by hand. */
  environmentOf(name: string): Readonly<Record<string, string>> {
    const { endpoints, namespace, pictures, taskMs, ttlSeconds } = this.#options;
    return {
      ETCDCTL_ENDPOINTS: endpoints.join(','),
      FLEET_WORKER: name,
      FLEET_NAMESPACE: namespace,
      FLEET_PICTURES: String(pictures),
      FLEET_TASK_MS: String(taskMs),
      FLEET_TTL_SECONDS: String(ttlSeconds),
    };
  }

  /** Starts a worker. */
  start(name: string): Worker {
    const env = { ...process.env, ...this.environmentOf(name) };
    const child = spawn(process.execPath, ['--import', 'tsx', program], {
      cwd: root,
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const worker: WorkerProcess = new WorkerProcess(name, child, (told) => {
      if (told.what === 'ended') this.#workers.delete(worker);
      this.#options.onTold?.(worker, told);
    });
    this.#workers.add(worker);
    return worker;
  }

  /** Kills what is left. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(
      [...this.#workers].map((worker) => {
        worker.kill();
        return worker.ended;
      }),
    );
  }
}

class WorkerProcess implements Worker {
  readonly name: string;
  readonly ended: Promise<Ended>;
  started = false;
  leads = false;
  readonly #child: ChildProcess;

  constructor(name: string, child: ChildProcess, onTold: (told: Told | Ended) => void) {
    this.name = name;
    this.#child = child;
    const take = (told: Told | Ended): void => {
      if (told.what === 'started') this.started = true;
      if (told.what === 'leads') this.leads = true;
      if (told.what === 'led' || told.what === 'ended') this.leads = false;
      onTold(told);
    };
    if (child.stdout !== null) {
      createInterface({ input: child.stdout }).on('line', (line) => take(JSON.parse(line)));
    }
    // `close` comes after the last line.
    this.ended = once(child, 'close').then(([code, signal]) => {
      const ended: Ended = { what: 'ended', code, signal };
      take(ended);
      return ended;
    });
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }

  async stop(): Promise<Ended> {
    this.#child.kill('SIGTERM');
    return await this.ended;
  }
}
