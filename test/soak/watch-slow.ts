import { setTimeout as delay } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { EtcdClient } from '../../src/index.js';
import { startEtcd } from '../support/etcd.js';
import { startProxy } from '../support/fault-proxy.js';
import { Collected, numbered } from '../support/watching.js';
import { type Figures, measured, must, type Soak } from './soak.js';

export interface SlowLoad {
  readonly events: number;
  readonly valueBytes: number;
  /** Puts in each transaction. */
  readonly perRevision: number;
}

/** Events the consumer takes between two pauses, and how long it pauses. */
const TAKEN_AT_ONCE = 2_000;
const PAUSE_MS = 20;

/** What an event takes on the wire beside its value: key, revisions, lengths. */
const EVENT_BYTES = 32;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Memory that JavaScript and its buffers hold on to. */
function inUse(): number {
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** A consumer sleeps through a history, then reads it slowly; a sibling on the same stream does not. */
export async function sleepThrough({
  events,
  valueBytes,
  perRevision,
}: SlowLoad): Promise<Figures> {
  await using server = await startEtcd({ flags: ['--quota-backend-bytes', String(8 * 2 ** 30)] });
  await using proxy = await startProxy({ target: server.endpoint });
  await using direct = new EtcdClient({ endpoints: server.endpoint });
  await using client = new EtcdClient({ endpoints: proxy.endpoint });
  await using slow = client.prefix('k').watch();
  await using sibling = client.watch('sibling');
  const heard = new Collected(sibling);
  await Promise.all([slow.ready, sibling.ready]);
  const start = proxy.bytes.toClient;
  const keys = numbered(events, 'k');
  const before = inUse();
  const value = 'v'.repeat(valueBytes);
  let highest = before;
  let beats = 0;
  let longestDelay = 0;
  const beat = async (): Promise<void> => {
    const since = performance.now();
    await direct.put('sibling', String(++beats));
    await heard.untilCount(beats);
    longestDelay = Math.max(longestDelay, performance.now() - since);
    if (beats % 10 === 0) highest = Math.max(highest, inUse());
  };

  for (let i = 0; i < events; i += perRevision) {
    const puts = keys.slice(i, i + perRevision).map((key) => direct.op.put(key, value));
    await direct
      .txn()
      .then(...puts)
      .commit();
    if (i % (perRevision * 50) === 0) await beat();
  }
  await beat();
  const whileAsleep = proxy.bytes.toClient - start;

  let taken = 0;
  const { figures } = await measured(async () => {
    for await (const batch of slow.batches()) {
      for (const event of batch.events) {
        must(event.key === keys[taken], `event ${taken} comes in its place`);
        taken += 1;
      }
      if (taken % TAKEN_AT_ONCE === 0) await Promise.all([delay(PAUSE_MS), beat()]);
      if (taken === events) break;
    }
  });
  const received = proxy.bytes.toClient - start;
  const history = events * (valueBytes + EVENT_BYTES);
  must(received < 2 * history, `no more than twice the history comes (${received} of ${history})`);
  must(longestDelay < 3_000, `the sibling is not held up (${longestDelay.toFixed(0)} ms)`);
  const mib = (bytes: number): string => (bytes / 2 ** 20).toFixed(1);
  return {
    events,
    'history, MiB': mib(history),
    'received while it slept, MiB': mib(whileAsleep),
    'received in all, MiB': mib(received),
    'live memory above the start, highest, MiB': mib(highest - before),
    "the sibling's longest delay, ms": longestDelay.toFixed(0),
    ...figures,
  };
}

export const soak: Soak = {
  title:
    'A consumer that sleeps through 200,000 events of 500 bytes and then reads slowly, beside one that does not',
  run: () => sleepThrough({ events: 200_000, valueBytes: 500, perRevision: 100 }),
};
