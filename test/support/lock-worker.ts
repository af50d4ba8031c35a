// A process that wants a lock again and again; `lock-workers.ts` starts it.
//
//   count <endpoint> <file> <rounds>   adds one to the number in a file, which nothing but the lock protects
//   lead <endpoint> <name> <ttl>       campaigns for the election of the same name as the lock, and leads until it is killed
import { readFile, writeFile } from 'node:fs/promises';
import { Socket } from 'node:net';
import { Election, Mutex, Session } from '../../src/concurrency/index.js';
import { EtcdClient } from '../../src/index.js';
import { LOCK } from './locks.js';

/** Many of these processes start at once, on whatever else the machine does. */
const PATIENCE_MS = 30_000;

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
else await lead(endpoint, rest[0] ?? '', Number(rest[1]));
