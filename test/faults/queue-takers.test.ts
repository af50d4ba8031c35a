import { expect, it } from 'vitest';
import { type EtcdClient, EtcdError, TakeUnknownError } from '../../src/index.js';
import { PriorityQueue, Queue } from '../../src/queue/index.js';
import { clientOf } from '../support/client.js';
import { describeEtcd } from '../support/describe-etcd.js';
import { dice } from '../support/dice.js';
import { type FaultProxy, startProxy } from '../support/fault-proxy.js';
import { until } from '../support/wait.js';

const PRODUCERS = 3;
const VALUES_OF_A_PRODUCER = 25;
const CONSUMERS = 5;

/** A queue as the test drives it: values are its items' names. */
interface Driven {
  enqueue(value: string): Promise<void>;
  dequeue(options: { readonly signal: AbortSignal }): Promise<string>;
  tryDequeue(): Promise<string | undefined>;
}

const KINDS: Record<string, (client: EtcdClient) => Driven> = {
  queue: (client) => new Queue(client.namespace('jobs/')),
  'priority queue': (client) => {
    const queue = new PriorityQueue(client.namespace('jobs/'));
    return {
      enqueue: (value) => queue.enqueue(value, value.length),
      dequeue: (options) => queue.dequeue(options),
      tryDequeue: () => queue.tryDequeue(),
    };
  },
};

/** Cuts a connection again and again, most often so that the answer to a request is lost. */
async function disturb(proxy: FaultProxy, seed: number, done: () => boolean): Promise<void> {
  const roll = dice(seed);
  while (!done()) {
    await Promise.race([
      proxy.cutAfterResponses(2 + roll(6)),
      until(done, { timeoutMs: 60_000 }),
    ]).catch(() => {});
  }
}

describeEtcd('takers of a queue', (etcd) => {
  it.each(Object.keys(KINDS))(
    'take each value once, and report each value that may be lost, while replies are lost (%s)',
    async (kind) => {
      const open = KINDS[kind] as (client: EtcdClient) => Driven;
      await using server = await etcd.start();
      await using direct = clientOf(server);
      await using proxy = await startProxy({ target: server.endpoint });
      const acknowledged: string[] = [];
      const taken: string[] = [];
      const doubtful: string[] = [];
      const unexpected: unknown[] = [];
      let producing = PRODUCERS;
      const produce = async (id: number): Promise<void> => {
        await using client = clientOf(proxy);
        const queue = open(client);
        for (let i = 0; i < VALUES_OF_A_PRODUCER; i++) {
          const value = `${id}.${i}`;
          await queue.enqueue(value).then(
            () => acknowledged.push(value),
            // It may be in the queue, or not.
            (error) => error instanceof EtcdError || unexpected.push(error),
          );
        }
        producing -= 1;
      };
      const stop = new AbortController();
      const consume = async (id: number): Promise<void> => {
        let client = clientOf(proxy);
        for (let turn = 0; !stop.signal.aborted; turn++) {
          const abort = AbortSignal.any([stop.signal, AbortSignal.timeout(200 + 50 * id)]);
          const dequeued = open(client)
            .dequeue({ signal: abort })
            .then(
              (value) => void taken.push(value),
              (error) => {
                if (error instanceof TakeUnknownError) {
                  doubtful.push(new TextDecoder().decode(error.valueBytes));
                } else if (!(error instanceof EtcdError)) unexpected.push(error);
              },
            );
          if (turn % 8 === id) {
            // The consumer dies in the middle of it.
            await client.close();
            client = clientOf(proxy);
          }
          await dequeued;
        }
        await client.close();
      };
      const producers = Array.from({ length: PRODUCERS }, (_, id) => produce(id));
      const consumers = Array.from({ length: CONSUMERS }, (_, id) => consume(id));
      const trouble = disturb(proxy, 7, () => producing === 0);
      await Promise.all([...producers, trouble]);
      await proxy.restore();
      await until(async () => (await direct.all().count()) === 0);
      stop.abort();
      await Promise.all(consumers);

      // What the store saw is what was put and what was taken, and each item left it once.
      const put = new Map<string, string>();
      const deleted: string[] = [];
      const { header } = await direct.all().all();
      const history = direct.all().watch({ startRevision: 1n });
      for await (const batch of history.batches()) {
        for (const event of batch.events) {
          if (event.type === 'put') put.set(event.key, event.kv.value);
          else deleted.push(put.get(event.key) ?? '');
        }
        if (deleted.length === put.size && batch.revision === header.revision) break;
      }
      expect(unexpected).toEqual([]);
      expect(new Set(deleted).size).toBe(deleted.length);
      expect(new Set(taken).size).toBe(taken.length);
      expect(acknowledged.filter((value) => !deleted.includes(value))).toEqual([]);
      const handed = new Set([...taken, ...doubtful]);
      expect(deleted.filter((value) => !handed.has(value))).toEqual([]);
      expect(taken.filter((value) => !deleted.includes(value))).toEqual([]);
      expect(acknowledged.length).toBeGreaterThan(PRODUCERS);
      expect(proxy.accepted).toBeGreaterThan(10);
    },
    90_000,
  );
});
