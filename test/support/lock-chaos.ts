import { setTimeout as delay } from 'node:timers/promises';
import { EtcdClient } from '../../src/index.js';
import { type FaultProxy, startProxy } from './fault-proxy.js';
import { dice } from './hurt.js';
import { type LockHistory, readLockHistory } from './lock-history.js';
import { type LockWorker, startLockWorker } from './lock-workers.js';
import { HISTORY, type Recipe } from './locks.js';
import { until } from './wait.js';

export interface ChaosOptions {
  /** What the workers compete for. Default: a mutex. */
  readonly recipe?: Recipe;
  readonly workers: number;
  readonly durationMs: number;
  /** Decides which fault hits whom. */
  readonly seed: number;
  /** It goes on beyond its duration until there were so many faults; a slow machine needs longer. Default: 0. */
  readonly leastFaults?: number;
  /** Afterwards it waits until the lock was held so many times in all. Default: 0. */
  readonly leastTurns?: number;
}

/** The recorded history, and how many faults there were. */
export interface ChaosResult extends LockHistory {
  readonly faults: number;
}

interface Place {
  readonly name: string;
  readonly proxy: FaultProxy;
  worker: LockWorker;
}

/** Longer than the sessions of the workers live without renewal. */
const BEYOND_TTL_MS = 3_500;
/** All processes start at once, on whatever else the machine does. */
const STARTING_MS = 90_000;
/** A process needs about that long to come up and to write. */
const BETWEEN_FAULTS_MS = 700;

/**
 * Workers that write under a lock, each through a proxy of its own, while processes are killed and
 * replaced, stopped for longer than their session lives, and connections cut or frozen.
 */
export async function runLockChaos(
  endpoint: string,
  { recipe = 'mutex', workers, durationMs, seed, leastFaults = 0, leastTurns = 0 }: ChaosOptions,
): Promise<ChaosResult> {
  await using client = new EtcdClient({ endpoints: endpoint });
  const places = await Promise.all(
    Array.from({ length: workers }, (_, index) => open(endpoint, index, recipe)),
  );
  const random = dice(seed);
  let faults = 0;
  try {
    await until(() => client.get(HISTORY), { what: 'a first write', timeoutMs: STARTING_MS });
    const end = performance.now() + durationMs;
    while (performance.now() < end || faults < leastFaults) {
      const holder = await nameOfHolder(client);
      const place =
        places.find(({ name }) => name === holder && random() < HOLDER_SHARE) ??
        places[Math.floor(random() * places.length)];
      if (place !== undefined) await strike(place, Math.floor(random() * FAULTS), recipe);
      faults += 1;
      await delay(BETWEEN_FAULTS_MS * (0.5 + random()));
    }
    const history = await until(
      async () => {
        const soFar = await readLockHistory(client, recipe);
        return new Set(soFar.writes.map(({ token }) => token)).size >= leastTurns && soFar;
      },
      { what: `${leastTurns} turns`, timeoutMs: STARTING_MS },
    );
    return { ...history, faults };
  } finally {
    await Promise.all(places.map(close));
  }
}

const FAULTS = 4;
/** How many of the faults hit the one that wrote last: most likely it holds the lock. */
const HOLDER_SHARE = 0.7;

async function nameOfHolder(client: EtcdClient): Promise<string | undefined> {
  const { name } = JSON.parse((await client.get(HISTORY))?.value ?? '{}') as { name?: string };
  return name;
}

async function strike(place: Place, fault: number, recipe: Recipe): Promise<void> {
  const { proxy, worker, name } = place;
  switch (fault) {
    case 0:
      await worker.kill();
      place.worker = startLockWorker('write', proxy.endpoint, name, recipe);
      break;
    case 1:
      worker.pause();
      await delay(BEYOND_TTL_MS);
      worker.resume();
      break;
    case 2:
      proxy.resetAll();
      break;
    default:
      proxy.dropReplies();
      await delay(BETWEEN_FAULTS_MS);
      proxy.deliverReplies();
  }
}

async function open(endpoint: string, index: number, recipe: Recipe): Promise<Place> {
  const proxy = await startProxy({ target: endpoint });
  const name = `worker-${index}`;
  return { name, proxy, worker: startLockWorker('write', proxy.endpoint, name, recipe) };
}

async function close({ proxy, worker }: Place): Promise<void> {
  await worker.kill();
  await proxy.stop();
}
