import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Cache } from '../../src/cache/index.js';
import { EtcdClient } from '../../src/index.js';
import { startEtcd } from '../support/etcd.js';
import { type Figures, must, type Soak } from './soak.js';

export interface CacheLoad {
  readonly keys: number;
  readonly changes: number;
  readonly reads: number;
}

/** Operations of one transaction, the most that a server takes. */
const MOST_OPERATIONS = 128;
const VALUE_LENGTH = 100;
/** Milliseconds for a call: what is measured is the cache, and the machine may be busy. */
const TIMEOUT_MS = 60_000;

/** Opens a cache of many records and measures what it costs. */
export async function measureCache({ keys, changes, reads }: CacheLoad): Promise<Figures> {
  await using server = await startEtcd();
  await using client = new EtcdClient({ endpoints: server.endpoint, timeoutMs: TIMEOUT_MS });
  const keyOf = (i: number): string => `config/services/${String(i).padStart(7, '0')}`;
  for (let first = 0; first < keys; first += MOST_OPERATIONS) {
    const count = Math.min(MOST_OPERATIONS, keys - first);
    const puts = Array.from({ length: count }, (_, i) =>
      client.op.put(keyOf(first + i), textOf(first + i)),
    );
    await client
      .txn()
      .then(...puts)
      .commit();
  }
  const before = liveBytes();
  const began = performance.now();
  await using cache = await Cache.open(client.prefix('config/'));
  const openMs = performance.now() - began;
  const bytes = liveBytes() - before;
  must(cache.size === keys, `all ${keys} records are there (${cache.size} are)`);

  const syncBegan = performance.now();
  await cache.sync();
  const syncMs = performance.now() - syncBegan;

  // Changes of what is there, and then new keys in the middle, which move others.
  const changed = await costOf(cache, changes, (i) => keyOf((i * 7_919) % keys));
  const added = await costOf(cache, changes, (i) => `${keyOf((i * 7_919) % keys)}+${i}`);
  must(cache.size === keys + changes, 'the new records are there');
  const wanted = Array.from({ length: keys }, (_, i) => keyOf((i * 7_919) % keys));
  const looked = perSecond(reads, (i) => cache.get(wanted[i % keys] ?? '') !== undefined);
  const ends = Array.from({ length: keys }, (_, i) => keyOf(((i * 7_919) % keys) + 10));
  const ranged = perSecond(reads / 10, (i) => {
    return cache.range(wanted[i % keys] ?? '', ends[i % keys] ?? '').length > 0;
  });
  const iterateBegan = performance.now();
  let iterated = 0;
  for (const { value } of cache) iterated += value.length > 0 ? 1 : 0;
  const iterateMs = performance.now() - iterateBegan;
  must(iterated === cache.size, 'the iteration has all records');
  return {
    records: keys,
    'bytes of a key and its value': keyOf(0).length + VALUE_LENGTH,
    'to open, ms': openMs.toFixed(0),
    'memory for a record, bytes': Math.round(bytes / keys),
    'sync() without a change, ms': syncMs.toFixed(1),
    'processor time of this process for the change of a record, us': changed,
    'processor time of this process for a new record, us': added,
    'get() a second': looked,
    'range() of about 10 records a second': ranged,
    'to iterate all, ms': iterateMs.toFixed(1),
  };

  /** Puts records in transactions; answers the time from their answer until the cache has told the changes. */
  async function costOf(cache: Cache, count: number, key: (i: number) => string): Promise<string> {
    const txns: { key: string; value: string }[][] = [];
    for (let i = 0; i < count; i += 1) {
      if (i % MOST_OPERATIONS === 0) txns.push([]);
      txns.at(-1)?.push({ key: key(i), value: textOf(-i) });
    }
    let told = 0;
    const listener = (): void => {
      told += 1;
    };
    cache.on('change', listener);
    let used = 0;
    for (const puts of txns) {
      const { op } = client;
      const txn = client.txn().then(...puts.map(({ key, value }) => op.put(key, value)));
      const { header } = await txn.commit();
      const cpu = process.cpuUsage();
      await cache.waitFor(header.revision);
      const { user, system } = process.cpuUsage(cpu);
      used += user + system;
    }
    cache.off('change', listener);
    must(told === count, `each of ${count} changes was told once (${told} were)`);
    return (used / count).toFixed(1);
  }
}

/** No two values are equal, so that none is shared. */
function textOf(i: number): string {
  return String(i).padEnd(VALUE_LENGTH, 'v');
}

function perSecond(count: number, read: (i: number) => boolean): number {
  const began = performance.now();
  let found = 0;
  for (let i = 0; i < count; i++) if (read(i)) found += 1;
  must(found === count, 'each read found what it looked for');
  return Math.round(count / ((performance.now() - began) / 1_000));
}

/** The bytes that are still reachable. */
function liveBytes(): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

export const soak: Soak = {
  title: 'A cache of 100,000 records: what it takes to open, to hold, to change and to read',
  run: () => measureCache({ keys: 100_000, changes: 12_800, reads: 1_000_000 }),
};
