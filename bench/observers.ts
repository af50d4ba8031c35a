// `npm run bench -- --observers`: CPU time of a get, by who listens to the client. One process and one server; the
// listeners take turns in every round, so that what else the machine does falls on all of them alike.

import diagnosticsChannel from 'node:diagnostics_channel';
import {
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { startEtcd } from 'etcd-kit/testing';
import { ensureOneEtcd } from '../scripts/etcd/ensure.mjs';
import type { EtcdClient, Logger } from '../src/index.js';
import { built } from './build.js';

const CALLERS = [1, 128];
const ROUNDS = 9;
const ROUND_MS = 400;
const KEYS = 64;
const LOOKS = 5_000_000;

/** Somebody who listens, or nobody. */
interface Observer {
  readonly name: string;
  readonly logger?: Logger;
  /** Begins to listen to the whole process; answers how to stop. */
  start?(): () => void;
}

const server = await startEtcd({ binary: (await ensureOneEtcd()).etcd });
const etcdKit = await built<typeof import('../src/index.js')>('index.js');
const telemetry =
  await built<typeof import('../src/opentelemetry/index.js')>('opentelemetry/index.js');

const tracers = new BasicTracerProvider({
  spanProcessors: [
    new BatchSpanProcessor({
      export: (_spans, done) => done({ code: 0 }),
      shutdown: async () => {},
    }),
  ],
});
const meters = new MeterProvider({
  readers: [new PeriodicExportingMetricReader({ exporter: new InMemoryMetricExporter(1) })],
});
const ignore = (): void => {};
const OBSERVERS: readonly Observer[] = [
  { name: 'nobody' },
  { name: 'a logger without `debug`', logger: { info: ignore, warn: ignore, error: ignore } },
  { name: 'a logger with `debug`', logger: { debug: ignore } },
  {
    name: 'an empty subscriber of `etcd-kit.call`',
    start() {
      const channel = diagnosticsChannel.tracingChannel('etcd-kit.call');
      channel.asyncEnd.subscribe(ignore);
      return () => void channel.asyncEnd.unsubscribe(ignore);
    },
  },
  {
    name: 'OpenTelemetry: spans and metrics',
    start() {
      const instrumentation = new telemetry.EtcdKitInstrumentation();
      instrumentation.setTracerProvider(tracers);
      instrumentation.setMeterProvider(meters);
      return () => instrumentation.disable();
    },
  },
];

const columns = CALLERS.map((callers) => `get, ${callers} ${callers === 1 ? 'caller' : 'callers'}`);
console.log(`| who listens | ${columns.join(' | ')} |`);
console.log(`|---|${'---|'.repeat(columns.length)}`);
const rows = OBSERVERS.map(({ name }): string[] => [name]);
for (const callers of CALLERS) {
  const all = await compare(callers);
  const base = median(all[0] ?? []);
  for (const [i, us] of all.map(median).entries()) {
    rows[i]?.push(`${us.toFixed(1)} us${i === 0 ? '' : ` (${(us / base).toFixed(2)}x)`}`);
  }
}
for (const row of rows) console.log(`| ${row.join(' | ')} |`);
console.log(`\nA look whether somebody listens: ${lookNs().toFixed(1)} ns.`);
await Promise.all([tracers.shutdown(), meters.shutdown()]);
await server[Symbol.asyncDispose]();

/** CPU time of a call in each round, in microseconds, by observer. */
async function compare(callers: number): Promise<readonly (readonly number[])[]> {
  const all = OBSERVERS.map((): number[] => []);
  for (let round = 0; round <= ROUNDS; round++) {
    for (let turn = 0; turn < OBSERVERS.length; turn++) {
      // Nobody is always the first.
      const i = (round + turn) % OBSERVERS.length;
      const { logger, start }: Observer = OBSERVERS[i] ?? { name: '' };
      await using etcd = await etcdKit.EtcdClient.connect({ endpoints: server.endpoint, logger });
      for (let key = 0; key < KEYS; key++) await etcd.get(`k${key}`);
      const stop = start?.();
      const cpu = process.cpuUsage();
      const count = await callFor(etcd, callers);
      const { user, system } = process.cpuUsage(cpu);
      stop?.();
      // The first round warms up.
      if (round > 0) all[i]?.push((user + system) / count);
    }
  }
  return all;
}

/** Calls for a while with so many callers; answers how many calls there were. */
async function callFor(etcd: EtcdClient, callers: number): Promise<number> {
  const end = performance.now() + ROUND_MS;
  let count = 0;
  const call = async (_: unknown, caller: number): Promise<void> => {
    for (let i = caller; performance.now() < end; i++) {
      await etcd.get(`k${i % KEYS}`);
      count++;
    }
  };
  await Promise.all(Array.from({ length: callers }, call));
  return count;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

/** Time of the five questions that each call asks, as the client asks them. */
function lookNs(): number {
  const { start, end, asyncStart, asyncEnd, error } =
    diagnosticsChannel.tracingChannel('etcd-kit.call');
  let listened = 0;
  const begin = performance.now();
  for (let i = 0; i < LOOKS; i++) {
    if (
      start.hasSubscribers ||
      asyncEnd.hasSubscribers ||
      error.hasSubscribers ||
      end.hasSubscribers ||
      asyncStart.hasSubscribers
    ) {
      listened++;
    }
  }
  const elapsedMs = performance.now() - begin;
  if (listened > 0) throw new Error('somebody listens');
  return (elapsedMs * 1e6) / LOOKS;
}
