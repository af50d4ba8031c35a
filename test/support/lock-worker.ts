// A process that wants a lock again and again; `lock-workers.ts` starts it.
//
//   count <endpoint> <file> <rounds>   adds one to the number in a file, which nothing but the lock protects
//   write <endpoint> <name> <recipe>   writes to the key `history` in transactions that only a holder can do
//   lead <endpoint> <name> <ttl>       campaigns for the election of the same name as the lock, and leads until it is killed
import { readFile, writeFile } from 'node:fs/promises';
import { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import {
  Election,
  type Holding,
  Mutex,
  ReadWriteMutex,
  Semaphore,
  Session,
} from '../../src/concurrency/index.js';
import { EtcdClient, EtcdError } from '../../src/index.js';
import { HISTORY, LOCK, PERMITS, type Recipe } from './locks.js';

/** Short, so that a test can stop a process for longer. */
const TTL_SECONDS = 2;
/** Many of these processes start at once, on whatever else the machine does. */
const PATIENCE_MS = 30_000;
const WRITES_PER_TURN = 3;
/** Holders take their time, so that what hits them hits them between two writes. */
const BETWEEN_WRITES_MS = 60;

async function count(endpoint: string, file: string, rounds: number): Promise<void> {
  await using client = await EtcdClient.connect({ endpoints: endpoint, timeoutMs: PATIENCE_MS });
  await using session = await Session.create(client, { ttlSeconds: 30 });
  const mutex = new Mutex(session, LOCK);
  for (let round = 0; round < rounds; round += 1) {
    await mutex.withLock(async () => {
      const value = Number(await readFile(file, 'utf8'));
      await writeFile(file, String(value + 1));
    });
  }
}

/** It never listens to the lock's signal: only the condition stands between it and a wrong write. */
async function write(endpoint: string, name: string, recipe: Recipe): Promise<void> {
  await using client = new EtcdClient({ endpoints: endpoint });
  for (;;) {
    try {
      await using session = await Session.create(client, { ttlSeconds: TTL_SECONDS });
      const takeTurn = turns(session, recipe, (holding) => turn(client, name, holding));
      while (!session.signal.aborted) await takeTurn();
    } catch (error) {
      if (!(error instanceof EtcdError)) throw error;
      process.stdout.write(`${error.code}\n`);
    }
  }
}

/** Answers what takes a turn: it waits for what is wanted, works, and gives it back. */
function turns(
  session: Session,
  recipe: Recipe,
  work: (holding: Holding) => Promise<void>,
): () => Promise<void> {
  const whileHeld = (_: AbortSignal, holding: Holding) => work(holding);
  switch (recipe) {
    case 'mutex': {
      const mutex = new Mutex(session, LOCK);
      return () => mutex.withLock(whileHeld);
    }
    case 'semaphore': {
      const semaphore = new Semaphore(session, LOCK, PERMITS);
      return () => semaphore.withPermit(whileHeld);
    }
    case 'read-write': {
      const mutex = new ReadWriteMutex(session, LOCK);
      let round = 0;
      return () => {
        round += 1;
        return round % 3 === 0 ? mutex.withWriteLock(whileHeld) : mutex.withReadLock(whileHeld);
      };
    }
  }
}

async function turn(client: EtcdClient, name: string, lock: Holding): Promise<void> {
  for (let index = 0; index < WRITES_PER_TURN; index += 1) {
    const value = JSON.stringify({ name, key: lock.key, token: String(lock.fencingToken) });
    const { succeeded } = await client
      .txn()
      .if(lock.ownership())
      .then(client.op.put(HISTORY, value))
      .commit();
    if (!succeeded) return;
    await delay(BETWEEN_WRITES_MS);
  }
}

async function lead(endpoint: string, name: string, ttlSeconds: number): Promise<void> {
  await using client = await EtcdClient.connect({ endpoints: endpoint });
  await using session = await Session.create(client, { ttlSeconds });
  const leadership = await new Election(session, LOCK).campaign(name);
  await new Promise((resolve) => leadership.signal.addEventListener('abort', resolve));
}

// Whoever started it is gone. While there is one, this alone does not keep the process.
process.stdin.on('end', () => process.exit()).resume();
if (process.stdin instanceof Socket) process.stdin.unref();

const [mode, endpoint = '', ...rest] = process.argv.slice(2);
if (mode === 'count') await count(endpoint, rest[0] ?? '', Number(rest[1]));
else if (mode === 'lead') await lead(endpoint, rest[0] ?? '', Number(rest[1]));
else await write(endpoint, rest[0] ?? '', rest[1] as Recipe);
