import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { EtcdClient, EtcdClientOptions } from '../src/index.js';
import { PREFIX, SMALL_KEYS, VALUE } from './tasks/task.js';

/** Work for one build of the package, so many times. */
export interface AgainstTask {
  readonly leg: string;
  readonly count: number;
  /** Where the history under the prefix of a watch begins. */
  readonly from?: string;
}

/** One round of such work. */
export interface Round {
  /** Microseconds of CPU for each operation. */
  readonly us: number;
  /** Operations a second. */
  readonly perSecond: number;
}

type Leg = (task: AgainstTask) => Promise<void>;

const [dist = '', endpoints = '', options = '{}'] = process.argv.slice(2);
const load = <Module>(path: string): Promise<Module> =>
  import(pathToFileURL(join(dist, path)).href);

const { EtcdClient: Client } = await load<typeof import('../src/index.js')>('esm/index.js');
const etcd: EtcdClient = await Client.connect({
  ...(JSON.parse(options) as EtcdClientOptions),
  endpoints,
});
const locks = await load<typeof import('../src/concurrency/index.js')>('esm/concurrency/index.js');
const session = await locks.Session.create(etcd);
const mutex = new locks.Mutex(session, `bench/against/${process.pid}`);
/** Records that were looked at: the number is told, so that no engine leaves the looking out. */
let seen = 0;

const LEGS: Readonly<Record<string, Leg>> = {
  'get, 1 caller': calls(1, (i) => etcd.get(key(i))),
  'get, 16 callers': calls(16, (i) => etcd.get(key(i))),
  'get, 128 callers': calls(128, (i) => etcd.get(key(i))),
  'put, 1 caller': calls(1, (i) => etcd.put(key(i), VALUE)),
  'put, 16 callers': calls(16, (i) => etcd.put(key(i), VALUE)),
  'put, 128 callers': calls(128, (i) => etcd.put(key(i), VALUE)),
  'range, not looked at': async () => {
    seen += (await etcd.prefix(PREFIX.range).all({ timeoutMs: 0 })).kvs.length;
  },
  range: async () => {
    const { kvs } = await etcd.prefix(PREFIX.range).all({ timeoutMs: 0 });
    for (const kv of kvs) if (kv.key !== kv.value) seen++;
  },
  'iterate, not looked at': async () => {
    for await (const _ of etcd.prefix(PREFIX.range)) seen++;
  },
  iterate: async () => {
    for await (const kv of etcd.prefix(PREFIX.range)) if (kv.key !== kv.value) seen++;
  },
  'watch, 10 a revision, not looked at': watching('bench/history-10/', false),
  'watch, 10 a revision': watching('bench/history-10/', true),
  'watch, 1 a revision, not looked at': watching('bench/history-1/', false),
  'watch, 1 a revision': watching('bench/history-1/', true),
  'lock and unlock': calls(1, async () => {
    const lock = await mutex.acquire();
    await lock.release();
  }),
};

process.on('message', async (task: AgainstTask | 'close') => {
  if (task === 'close') {
    await session.close();
    await etcd.close();
    process.disconnect();
    return;
  }
  const cpu = process.cpuUsage();
  const begin = performance.now();
  await LEGS[task.leg]?.(task);
  const { user, system } = process.cpuUsage(cpu);
  const elapsedMs = performance.now() - begin;
  const round: Round = {
    us: (user + system) / task.count,
    perSecond: (task.count / elapsedMs) * 1_000,
  };
  process.send?.({ ...round, seen });
});
process.on('disconnect', () => process.exit());
process.send?.(Object.keys(LEGS));

function key(i: number): string {
  return `${PREFIX.small}${i % SMALL_KEYS}`;
}

function calls(callers: number, call: (i: number) => Promise<unknown>): Leg {
  return async ({ count }) => {
    const caller = async (first: number): Promise<void> => {
      for (let i = first; i < count; i += callers) await call(i);
    };
    await Promise.all(Array.from({ length: callers }, (_, i) => caller(i)));
  };
}

/** Catches up on a history, event by event. */
function watching(prefix: string, looking: boolean): Leg {
  return async ({ count, from = '1' }) => {
    let left = count;
    const watcher = etcd.prefix(prefix).watch({ startRevision: BigInt(from) });
    for await (const event of watcher) {
      if (looking && event.type === 'put' && event.kv.key !== event.kv.value) seen++;
      if (--left === 0) break;
    }
    await watcher.cancel();
  };
}
