import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises';

// Ample for a loaded machine.
const DEFAULT_TIMEOUT_MS = 20_000;
const DEFAULT_INTERVAL_MS = 15;
// Enough for what has arrived to pass through the layers of a client.
const TURNS_OF_GRACE = 10;

export interface UntilOptions {
  readonly timeoutMs?: number;
  readonly intervalMs?: number;
  /** What is waited for, as it reads in the error: "timed out waiting for <what>". A function is asked then. */
  readonly what?: string | (() => string);
}

/**
 * Asks again and again until the answer is neither `undefined` nor `false`, and resolves with it.
 * For states that send no event. A question that throws counts as a no; the last error is the cause of the timeout.
 */
export async function until<T>(
  question: () => T | undefined | false | Promise<T | undefined | false>,
  options: UntilOptions = {},
): Promise<T> {
  const { timeoutMs = DEFAULT_TIMEOUT_MS, intervalMs = DEFAULT_INTERVAL_MS } = options;
  const giveUp = performance.now() + timeoutMs;
  let cause: unknown;
  do {
    try {
      const answer = await question();
      if (answer !== undefined && answer !== false) return answer;
      cause = undefined;
    } catch (error) {
      cause = error;
    }
    await delay(intervalMs);
  } while (performance.now() < giveUp);
  const { what = 'a condition' } = options;
  const named = typeof what === 'string' ? what : what();
  throw new Error(`timed out after ${timeoutMs} ms waiting for ${named}`, { cause });
}

/**
 * Rejects if the promise has not settled in time; for events that a broken client would never send. The
 * time is that of this process: after a stall everything is due at once, and what has come meanwhile is
 * looked at before it counts as late.
 */
export async function within<T>(
  promise: Promise<T>,
  timeoutMs: number = DEFAULT_TIMEOUT_MS,
  what = 'a promise',
): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(async () => {
      for (let turn = 0; turn < TURNS_OF_GRACE; turn += 1) await nextTurn();
      reject(new Error(`timed out after ${timeoutMs} ms waiting for ${what}`));
    }, timeoutMs);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

export interface Deferred<T> {
  readonly promise: Promise<T>;
  resolve(value: T): void;
  reject(reason: unknown): void;
}

/** A promise that is settled from outside. */
export function deferred<T = void>(): Deferred<T> {
  let resolve!: (value: T) => void;
  let reject!: (reason: unknown) => void;
  const promise = new Promise<T>((res, rej) => {
    resolve = res;
    reject = rej;
  });
  return { promise, resolve, reject };
}
