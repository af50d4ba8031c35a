// `npm run bench -- --callers`: how long a get takes, gathered and not, at numbers of callers and on links
// of several lengths. Each caller makes the next call a short random while after the answer to the last, as
// the handlers of a server do: calls do not come in step.

import { setTimeout as pause } from 'node:timers/promises';
import { startEtcd } from 'etcd-kit/testing';
import { ensureOneEtcd } from '../scripts/etcd/ensure.mjs';
import type { EtcdClient } from '../src/index.js';
import { built } from './build.js';
import { startDelayProxy } from './delay-proxy.js';

const CALLERS = [1, 2, 4, 6, 16, 64];
const ROUND_TRIPS_MS = [0, 1, 20, 60];
const ROUNDS = 5;
const ROUND_MS = 500;
/** The longest pause of a caller between two calls. */
const MAX_PAUSE_MS = 5;
const KEYS = 64;

/** Milliseconds of calls, sorted. */
type Times = number[];

const server = await startEtcd({ binary: (await ensureOneEtcd()).etcd });
const proxy = await startDelayProxy(server.endpoint);
const etcdKit = await built<typeof import('../src/index.js')>('index.js');

console.log(
  '| round trip | callers | alone: median, p90 | gathered: median, p90 | CPU of a call |',
);
console.log('|---|---|---|---|---|');
for (const roundTripMs of ROUND_TRIPS_MS) {
  proxy.delayMs = roundTripMs / 2;
  const { endpoint } = roundTripMs === 0 ? server : proxy;
  await using alone = await etcdKit.EtcdClient.connect({ endpoints: endpoint, batching: false });
  await using gathered = await etcdKit.EtcdClient.connect({ endpoints: endpoint });
  for (let i = 0; i < KEYS; i++) await alone.put(`k${i}`, 'a small value');
  for (const callers of CALLERS) {
    const [one, other] = await compare([alone, gathered], callers);
    const cells = [`${roundTripMs} ms`, callers, told(one), told(other), cpuOf(one, other)];
    console.log(`| ${cells.join(' | ')} |`);
  }
}
await proxy[Symbol.asyncDispose]();
await server[Symbol.asyncDispose]();

/** Times of calls, and the CPU time that each took. */
interface Measured {
  readonly times: Times;
  cpuMs: number;
}

/** Lets the clients take turns, so that what else the machine does falls on both alike. */
async function compare(
  clients: readonly [EtcdClient, EtcdClient],
  callers: number,
): Promise<readonly [Measured, Measured]> {
  const measured: readonly [Measured, Measured] = [
    { times: [], cpuMs: 0 },
    { times: [], cpuMs: 0 },
  ];
  for (let round = 0; round < ROUNDS; round++) {
    for (const i of round % 2 === 0 ? ([0, 1] as const) : ([1, 0] as const)) {
      const cpu = process.cpuUsage();
      measured[i].times.push(...(await callFor(clients[i], callers)));
      const { user, system } = process.cpuUsage(cpu);
      measured[i].cpuMs += (user + system) / 1_000;
    }
  }
  for (const { times } of measured) times.sort((a, b) => a - b);
  return measured;
}

/** Calls for a while with so many callers; answers how long each call took. */
async function callFor(etcd: EtcdClient, callers: number): Promise<Times> {
  const times: Times = [];
  const end = performance.now() + ROUND_MS;
  const call = async (_: unknown, caller: number): Promise<void> => {
    for (let i = caller; performance.now() < end; i++) {
      const start = performance.now();
      await etcd.get(`k${i % KEYS}`);
      times.push(performance.now() - start);
      await pause(Math.random() * MAX_PAUSE_MS);
    }
  };
  await Promise.all(Array.from({ length: callers }, call));
  return times;
}

function told({ times }: Measured): string {
  const at = (share: number): string => (times[Math.floor(times.length * share)] ?? 0).toFixed(1);
  return `${at(0.5)} ms, ${at(0.9)} ms`;
}

function cpuOf(one: Measured, other: Measured): string {
  const each = ({ times, cpuMs }: Measured): number => cpuMs / times.length;
  return `${(each(other) / each(one)).toFixed(2)}x`;
}
