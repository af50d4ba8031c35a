import { setTimeout as delay } from 'node:timers/promises';
import {
  type Holding,
  Mutex,
  ReadWriteMutex,
  runAsLeader,
  Semaphore,
} from '../../../src/concurrency/index.js';
import type { Revision } from '../store-history.js';
import { type Place, type Recipe, type Run, TTL_SECONDS } from './recipe.js';

const NAME = 'lk';
const PERMITS = 2;
/** The key that only holders write to. */
export const HISTORY = 'history';
const WRITES_PER_TURN = 3;
/** Holders take their time, so that what hits them hits them between two writes. */
const BETWEEN_WRITES_MS = 20;
/** A contender that gives up while it waits. */
const IMPATIENT_MS = 60;

/** One write of a holder, as the store recorded it. */
interface HolderWrite {
  readonly revision: bigint;
  readonly worker: string;
  readonly key: string;
  readonly token: bigint;
}

/** The keys of the contenders, each with the revision that created it. */
type Queue = ReadonlyMap<string, bigint>;

/** Returns what is wrong with a write of a holder; `undefined` if nothing is. */
type Check = (
  write: HolderWrite,
  queue: Queue,
  last: HolderWrite | undefined,
) => string | undefined;

/** Makes the value of a write by the holder of a key in the queue of `lk`. */
export function holderWrite(worker: string, key: string, token: bigint): string {
  return JSON.stringify({ worker, key, token: String(token) });
}

/** It never listens to the signal of the lock: only the condition stands between it and a wrong write. */
async function write({ client, prefix, worker }: Place, holding: Holding): Promise<void> {
  const value = holderWrite(worker, holding.key.slice(prefix.length), holding.fencingToken);
  for (let index = 0; index < WRITES_PER_TURN; index += 1) {
    const { succeeded } = await client
      .txn()
      .if(holding.ownership())
      .then(client.op.put(prefix + HISTORY, value))
      .commit();
    if (!succeeded) return;
    await delay(BETWEEN_WRITES_MS);
  }
}

/** Options of a wait: now and then one that is likely to be given up. */
function limits(place: Place): { readonly timeoutMs?: number } {
  return place.roll(5) === 0 ? { timeoutMs: IMPATIENT_MS } : {};
}

/** Checks each write of a holder at its place: that it held then what it says it did. */
function checkWrites(history: readonly Revision[], check: Check): string[] {
  const queue = new Map<string, bigint>();
  const violations: string[] = [];
  let last: HolderWrite | undefined;
  for (const { revision, changes } of history) {
    for (const { key, value, isNew } of changes) {
      if (key.startsWith(`${NAME}/`)) {
        if (value === undefined) queue.delete(key);
        else if (isNew) queue.set(key, revision);
      } else if (key === HISTORY && value !== undefined) {
        const write = writeOf(revision, value);
        const fault = check(write, queue, last);
        if (fault !== undefined) violations.push(fault);
        last = write;
      }
    }
  }
  return violations;
}

function writeOf(revision: bigint, value: string): HolderWrite {
  const { worker, key, token } = JSON.parse(value) as Record<'worker' | 'key' | 'token', string>;
  return { revision, worker, key, token: BigInt(token) };
}

/** Returns a fault if the key of a write is not there, or an older one of its rivals is. */
function notFirst(
  { revision, worker, key, token }: HolderWrite,
  queue: Queue,
  rivals = `${NAME}/`,
): string | undefined {
  const older = [...queue].filter(
    ([other, created]) => other.startsWith(rivals) && created < token,
  );
  if (queue.get(key) === token && older.length === 0) return undefined;
  return `at ${revision} ${worker} wrote with ${key} of ${token}, but before it were ${older}`;
}

/** Checks that there was one holder at a time, each with a larger token than all before it. */
export function checkOneHolder({ history }: Pick<Run, 'history'>): string[] {
  return checkWrites(history, (write, queue, last) => {
    if (last !== undefined && write.token < last.token) {
      const { revision, worker, token } = write;
      return `at ${revision} ${worker} wrote with token ${token}, after ${last.worker} had with ${last.token}`;
    }
    return notFirst(write, queue);
  });
}

export const mutex: Recipe = {
  passing: [`${NAME}/`],
  async turn(place) {
    const mutex = new Mutex(await place.session(), place.prefix + NAME);
    if (place.roll(8) === 0) {
      await using lock = await mutex.tryAcquire();
      if (lock !== undefined) await write(place, lock);
      return;
    }
    await mutex.withLock((_, lock) => write(place, lock), limits(place));
  },
  check: checkOneHolder,
};

export const leader: Recipe = {
  passing: [`${NAME}/`],
  async turn(place) {
    const { client, prefix, worker: proposal } = place;
    const lead = (leadership: Holding) => write(place, leadership);
    // Now and then one that gives up, most likely in the middle of the queue.
    const signal = place.roll(5) === 0 ? AbortSignal.timeout(IMPATIENT_MS) : undefined;
    const options = { ttlSeconds: TTL_SECONDS, proposal, signal };
    await runAsLeader(client, prefix + NAME, lead, options);
  },
  check: checkOneHolder,
};

export const readWrite: Recipe = {
  passing: [`${NAME}/`],
  async turn(place) {
    const mutex = new ReadWriteMutex(await place.session(), place.prefix + NAME);
    const work = (_: AbortSignal, lock: Holding) => write(place, lock);
    if (place.roll(3) === 0) await mutex.withWriteLock(work, limits(place));
    else await mutex.withReadLock(work, limits(place));
  },
  check: ({ history }) =>
    checkWrites(history, (write, queue) => {
      const isReader = write.key.startsWith(`${NAME}/read/`);
      return notFirst(write, queue, isReader ? `${NAME}/write/` : `${NAME}/`);
    }),
};

export const semaphore: Recipe = {
  passing: [`${NAME}/slots/`, `${NAME}/queue/`],
  async turn(place) {
    const semaphore = new Semaphore(await place.session(), place.prefix + NAME, PERMITS);
    await semaphore.withPermit((_, permit) => write(place, permit), limits(place));
  },
  check: ({ history }) =>
    checkWrites(history, (write, queue) => {
      const permits = [...queue.keys()].filter((key) => key.startsWith(`${NAME}/slots/`));
      const slots = new Set(permits.map((key) => key.split('/')[2]));
      if (permits.length > PERMITS || slots.size < permits.length) {
        return `at ${write.revision} there were the permits ${permits}`;
      }
      if (queue.get(write.key) === write.token) return undefined;
      return `at ${write.revision} ${write.worker} wrote with ${write.key}, which it did not have`;
    }),
};
