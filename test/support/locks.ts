import { Mutex, Session } from '../../src/concurrency/index.js';
import type { EtcdClient } from '../../src/index.js';
import { clientIn } from './client.js';
import { until } from './wait.js';

/** The name that sessions compete for. */
export const LOCK = 'lk';

/** Milliseconds after which a wait has seen what it waits for, on a busy machine, too. */
export const EXPLAINED_MS = 1_500;

/** Sessions of one client, each with a mutex of the same name, in a part of the store of their own. */
export class LockStage implements AsyncDisposable {
  readonly client: EtcdClient;
  readonly #sessions: Session[] = [];

  constructor(server: { readonly endpoint: string }) {
    this.client = clientIn(server);
  }

  /** Another session. */
  async session(ttlSeconds = 30): Promise<Session> {
    const session = await Session.create(this.client, { ttlSeconds });
    this.#sessions.push(session);
    return session;
  }

  /** A mutex in a session of its own. */
  async mutex(): Promise<Mutex> {
    return new Mutex(await this.session(), LOCK);
  }

  /** The keys in the queue of a name, the oldest first. */
  queue(name = LOCK): Promise<readonly string[]> {
    return queueOf(this.client, name);
  }

  /** Waits until so many keys are in the queue. */
  async queued(count: number, name = LOCK): Promise<void> {
    await untilQueued(this.client, count, name);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#sessions.map((session) => session.close()));
    await this.client.close();
  }
}

/** The keys in the queue of a name, the oldest first. */
export function queueOf(client: EtcdClient, name = LOCK): Promise<readonly string[]> {
  return client.prefix(`${name}/`).sortBy('createRevision').keys();
}

/** Waits until so many keys are in the queue of a name. */
export async function untilQueued(client: EtcdClient, count: number, name = LOCK): Promise<void> {
  await until(async () => (await queueOf(client, name)).length === count, {
    what: `${count} keys in the queue of ${name}`,
    timeoutMs: 20_000,
  });
}

/** Resolves with the reason when the signal aborts. */
export function abortOf(signal: AbortSignal): Promise<unknown> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(signal.reason);
    signal.addEventListener('abort', () => resolve(signal.reason), { once: true });
  });
}
