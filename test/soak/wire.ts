import { setTimeout as delay } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { EtcdClient, EtcdError } from '../../src/index.js';
import { dice } from '../support/dice.js';
import { startEtcd } from '../support/etcd.js';
import { UnrulyProxy } from '../support/unruly-proxy.js';
import { type Figures, measured, must, type Soak } from './soak.js';

export interface WireLoad {
  readonly seconds: number;
  /** Seconds after which what was done is compared with what the server has. */
  readonly roundSeconds: number;
  readonly goAwayEveryMs: number;
}

const WRITERS = 8;
const READERS = 4;
const TIMEOUT_MS = 5_000;
/** A call that takes longer than its time and this hangs. */
const SLACK_MS = 3_000;
/** One value in so many is large: it passes the tiny windows of the proxy bit by bit. */
const LARGE_IN = 40;
const LARGE_BYTES = 30_000;
/** One read in so many is given up by its caller. */
const ABORTED_IN = 10;
const LATEST_ABORT_MS = 8;
const LONGEST_PAUSE_MS = 20;
/** On a busy machine connections that live for a second may bring nothing through for many of them. */
const LEASE_SECONDS = 60;
/** What is alive after many rounds is not much more than after the first. */
const MOST_GROWTH_BYTES = 16 * 2 ** 20;
const COLLECTIONS = 3;
const COLLECTION_MS = 100;

/** The record of a round: what callers were told of each value. */
class Round {
  readonly acknowledged = new Set<string>();
  readonly notSent = new Set<string>();
  readonly unknown = new Set<string>();
}

/**
 * Makes calls over the direct wire through two proxies that send GOAWAY, reset streams at random and have tiny
 * windows, and compares what callers were told with what the server did.
 */
export async function soakWire(load: WireLoad): Promise<Figures> {
  await using server = await startEtcd();
  await using first = await UnrulyProxy.start(server.endpoint, { ...load, seed: 1 });
  await using second = await UnrulyProxy.start(server.endpoint, { ...load, seed: 2 });
  await using plain = await EtcdClient.connect({ endpoints: server.endpoint });
  await using client = new EtcdClient({
    endpoints: [first.endpoint, second.endpoint],
    wire: 'direct',
    batching: false,
    timeoutMs: TIMEOUT_MS,
  });
  const roll = dice(3);
  const codes = new Map<string, number>();
  let calls = 0;
  let slowestMs = 0;
  let round = new Round();

  const timed = async <T>(work: () => Promise<T>): Promise<T | EtcdError> => {
    const began = performance.now();
    calls++;
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof EtcdError)) throw error;
      const key = `${error.code}, ${error.outcome}`;
      codes.set(key, (codes.get(key) ?? 0) + 1);
      return error;
    } finally {
      slowestMs = Math.max(slowestMs, performance.now() - began);
    }
  };

  const write = async (writer: number, number: number): Promise<void> => {
    const id = `${writer}/${number}`;
    const value = roll(LARGE_IN) === 0 ? `${id} `.padEnd(LARGE_BYTES, 'x') : id;
    const result = await timed(() => client.put(`wire/${writer}`, value));
    if (!(result instanceof EtcdError)) round.acknowledged.add(id);
    else if (result.outcome === 'unknown') round.unknown.add(id);
    else round.notSent.add(id);
  };

  const read = async (): Promise<void> => {
    const controller = new AbortController();
    const given = roll(ABORTED_IN) === 0;
    if (given) setTimeout(() => controller.abort(), roll(LATEST_ABORT_MS));
    await timed(() => client.get(`wire/${roll(WRITERS)}`, { signal: controller.signal }));
  };

  const through = client.prefix('wire/').watch({ startRevision: 1 });
  const straight = plain.prefix('wire/').watch({ startRevision: 1 });
  const seenThrough = through[Symbol.asyncIterator]();
  const seenStraight = straight[Symbol.asyncIterator]();
  const next = async (events: typeof seenStraight): Promise<string> => {
    const { value } = await events.next();
    return value?.type === 'put' ? (value.kv.value.split(' ')[0] ?? '') : '';
  };
  const lease = await client.lease.grant(LEASE_SECONDS, { keepAlive: true });

  let rounds = 0;
  let written = 0;
  let number = 0;
  let liveAtFirst = 0;
  const { figures } = await measured(async () => {
    const endAt = performance.now() + load.seconds * 1_000;
    while (performance.now() < endAt) {
      round = new Round();
      const roundEndsAt = performance.now() + load.roundSeconds * 1_000;
      const goOn = (): boolean => performance.now() < roundEndsAt;
      const writers = Array.from({ length: WRITERS }, async (_, writer) => {
        while (goOn()) {
          await write(writer, number++);
          await delay(roll(LONGEST_PAUSE_MS));
        }
      });
      const readers = Array.from({ length: READERS }, async () => {
        while (goOn()) {
          await read();
          await delay(roll(LONGEST_PAUSE_MS));
        }
      });
      await Promise.all([...writers, ...readers]);
      // What is in doubt may still come: so the end of a round is a key of its own, and late ones count there.
      const marker = `end/${rounds}`;
      await plain.put('wire/end', marker);
      const applied = new Map<string, number>();
      for (let id = await next(seenStraight); id !== marker; id = await next(seenStraight)) {
        applied.set(id, (applied.get(id) ?? 0) + 1);
        must((await next(seenThrough)) === id, `the watch through the proxies brings ${id} next`);
      }
      must((await next(seenThrough)) === marker, 'the watch through the proxies misses nothing');
      for (const id of round.acknowledged) {
        must(
          applied.get(id) === 1,
          `${id}, which was acknowledged, was written once, and not ${applied.get(id)} times`,
        );
      }
      for (const id of round.unknown) {
        must((applied.get(id) ?? 0) <= 1, `${id}, which is in doubt, was written at most once`);
      }
      for (const id of round.notSent) {
        must(!applied.has(id), `${id}, which was not sent, was not written`);
      }
      must(
        lease.alive,
        `the lease is alive (${lease.signal.reason}; slowest call ${slowestMs} ms)`,
      );
      written += round.acknowledged.size;
      rounds++;
      if (rounds === 1) liveAtFirst = await liveBytes();
    }
  });
  must(slowestMs < TIMEOUT_MS + SLACK_MS, `no call hangs (one took ${Math.round(slowestMs)} ms)`);
  const grown = (await liveBytes()) - liveAtFirst;
  must(grown < MOST_GROWTH_BYTES, `nothing grows (${grown} bytes more are alive)`);
  const sum = (of: 'goAways' | 'resets' | 'refusals'): number => first[of] + second[of];
  return {
    ...figures,
    calls,
    'writes that were acknowledged': written,
    'the slowest call, ms': slowestMs.toFixed(0),
    'GOAWAY received': sum('goAways'),
    'streams reset': sum('resets'),
    'streams refused': sum('refusals'),
    'growth of what is alive, KiB': Math.round(grown / 1_024),
    ...Object.fromEntries([...codes].map(([code, count]) => [`calls that failed: ${code}`, count])),
  };
}

/**
 * The bytes that are still reachable; without the memory of Node's HTTP/2, which the proxies use and the wire does not.
 */
async function liveBytes(): Promise<number> {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  // The memory of buffers is given back some turns after their objects.
  for (let time = 0; time < COLLECTIONS; time++) {
    collect();
    await delay(COLLECTION_MS);
  }
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

const MINUTES = Number(process.env['ETCD_KIT_SOAK_MINUTES'] ?? 30);

export const soak: Soak = {
  title:
    'Calls, a watch and a lease over the direct wire, through two proxies that send GOAWAY every second, reset and refuse streams at random and have windows of 1,000 bytes',
  run: () => soakWire({ seconds: MINUTES * 60, roundSeconds: 10, goAwayEveryMs: 1_000 }),
};
