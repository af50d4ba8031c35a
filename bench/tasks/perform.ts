import { setTimeout as delay } from 'node:timers/promises';
import type { BenchClient } from '../clients/bench-client.js';
import { MEBI, measure, measureClosely } from '../meter.js';
import { decode } from './decode.js';
import { delays } from './delays.js';
import { type DecodeTask, type Outcome, PREFIX, SMALL_KEYS, type Task, VALUE } from './task.js';

/** Does one task and measures it. `ready` is called when a watch waits for its events, and when leases are held. */
export async function perform(
  open: () => Promise<BenchClient>,
  task: Task,
  ready: () => void,
): Promise<Outcome> {
  return task.kind === 'decode' ? decode(task) : use(await open(), task, ready);
}

function use(
  client: BenchClient,
  task: Exclude<Task, DecodeTask>,
  ready: () => void,
): Promise<Outcome> {
  switch (task.kind) {
    case 'get':
      return repeat(task.callers, task.ms, (i) => client.get(`${PREFIX.small}${i % SMALL_KEYS}`));
    case 'put':
      return repeat(task.callers, task.ms, (i) =>
        client.put(`${PREFIX.small}${i % SMALL_KEYS}`, VALUE),
      );
    case 'lock':
      return repeat(task.contenders, task.ms, async (i) => {
        const release = await able(client.lock)('bench/lock', i % task.contenders);
        await release();
      });
    case 'hand-over':
    case 'notification':
      return delays(client, task);
    case 'range':
      return counted(() => able(client.readAll)(PREFIX.range));
    case 'iterate':
      return counted(() => able(client.iterate)(PREFIX.range));
    case 'watch':
      return watch(client, task, ready);
    case 'leases':
      return leases(client, task, ready);
  }
}

/** Calls again and again, so many at a time, for so long. */
async function repeat(
  callers: number,
  ms: number,
  call: (index: number) => Promise<unknown>,
): Promise<Outcome> {
  let count = 0;
  const reading = await measure(async () => {
    const end = performance.now() + ms;
    const caller = async (first: number): Promise<void> => {
      for (let i = first; performance.now() < end; i += callers) {
        await call(i);
        count++;
      }
    };
    await Promise.all(Array.from({ length: callers }, (_, i) => caller(i)));
  });
  return { ...reading, count };
}

async function counted(read: () => Promise<number>): Promise<Outcome> {
  let count = 0;
  const reading = await measureClosely(async () => {
    count = await read();
  });
  return { ...reading, count };
}

async function watch(
  client: BenchClient,
  { prefix, from, events, watches }: Extract<Task, { readonly kind: 'watch' }>,
  ready: () => void,
): Promise<Outcome> {
  let count = 0;
  const reading = await measure(async () => {
    const stops: (() => Promise<void>)[] = [];
    await new Promise<void>((resolve, reject) => {
      const onEvents = (more: number): void => {
        count += more;
        if (count >= events * watches) resolve();
      };
      const start = from === undefined ? undefined : BigInt(from);
      for (let i = 0; i < watches; i++) {
        able(client.watch)(prefix, start, onEvents).then((stop) => {
          stops.push(stop);
          if (stops.length === watches) ready();
        }, reject);
      }
    });
    await Promise.all(stops.map((stop) => stop()));
  });
  return { ...reading, count };
}

/** What it takes to hold leases, without granting them. */
async function leases(
  client: BenchClient,
  { count, ttlSeconds, ms }: Extract<Task, { readonly kind: 'leases' }>,
  ready: () => void,
): Promise<Outcome> {
  await client.get(PREFIX.small);
  const before = settledMemory();
  const held = await able(client.holdLeases)(count, ttlSeconds);
  ready();
  const holding = await measure(() => delay(ms));
  const peakMemoryMb = (settledMemory() - before) / MEBI;
  const alive = held.alive();
  if (alive < count) throw new Error(`${alive} of ${count} leases are alive`);
  await held.end();
  return { ...holding, peakMemoryMb, count };
}

/** Memory of this process without what is garbage. */
function settledMemory(): number {
  globalThis.gc?.();
  return process.memoryUsage.rss();
}

function able<T>(method: T | undefined): T {
  if (method === undefined) throw new Error('this client cannot do that');
  return method;
}
