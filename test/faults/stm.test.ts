import { expect, it } from 'vitest';
import { type StmIsolation, stm } from '../../src/concurrency/index.js';
import { type EtcdClient, EtcdError } from '../../src/index.js';
import { clientOf, failureOf } from '../support/client.js';
import { describeEtcd } from '../support/describe-etcd.js';
import { startProxy } from '../support/fault-proxy.js';
import { dice, hurt } from '../support/hurt.js';
import { randomTransaction, replayTransactions } from '../support/stm-history.js';
import { readStoreHistory } from '../support/store-history.js';

const CLIENTS = 4;
const TRANSACTIONS = 30;
const FAULTS = 8;
const LEVELS: readonly StmIsolation[] = [
  'serializable-snapshot',
  'serializable',
  'repeatable-reads',
  'read-committed',
];

describeEtcd('transactions of stm from many clients, whose connections break', (etcd) => {
  it('have the effect of some serial order, and each is applied once or not at all', async () => {
    await using server = await etcd.start();
    const proxies = await Promise.all(
      Array.from({ length: CLIENTS }, () => startProxy({ target: server.endpoint })),
    );
    const clients = proxies.map((proxy) => clientOf(proxy, { timeoutMs: 15_000 }));
    const outcomes = new Map<string, 'done' | EtcdError['outcome']>();
    let working = CLIENTS;
    const work = async (client: EtcdClient, place: number) => {
      const random = dice(place + 1);
      for (let round = 0; round < TRANSACTIONS; round += 1) {
        const id = `${place}-${round}`;
        const isolation = LEVELS[round % LEVELS.length] as StmIsolation;
        const plan = { client, id, isolation, random };
        const run = stm(client, (tx) => randomTransaction(tx, plan), { isolation });
        outcomes.set(
          id,
          await run.then(
            () => 'done' as const,
            (error) => {
              if (!(error instanceof EtcdError)) throw error;
              return error.outcome;
            },
          ),
        );
      }
      working -= 1;
    };
    await Promise.all([
      ...clients.map(work),
      hurt(proxies, dice(7), { ended: () => working === 0, least: FAULTS }),
    ]);
    await using direct = clientOf(server);
    const { committed, violations } = replayTransactions(await readStoreHistory(direct));
    expect(violations).toEqual([]);
    expect(new Set(committed).size).toBe(committed.length);
    // The store confirms what each caller was told.
    const told = (...wanted: readonly string[]) =>
      [...outcomes].filter(([, outcome]) => wanted.includes(outcome)).map(([id]) => id);
    expect(committed).toEqual(expect.arrayContaining(told('done')));
    expect(committed.filter((id) => told('not-sent', 'not-applied').includes(id))).toEqual([]);
    expect(outcomes.size).toBe(CLIENTS * TRANSACTIONS);
    expect(committed.length).toBeGreaterThan((CLIENTS * TRANSACTIONS) / 2);
    await Promise.all(clients.map((client) => client.close()));
    await Promise.all(proxies.map((proxy) => proxy.stop()));
  });

  it('reject with an unknown outcome when the reply to the writes is lost, and do not run again', async () => {
    await using server = await etcd.start();
    await using proxy = await startProxy({ target: server.endpoint });
    await using client = clientOf(proxy);
    await using direct = clientOf(server);
    await client.get('warm');
    const { responses } = proxy;
    let runs = 0;
    const counting = failureOf(
      stm(client, async (tx) => {
        runs += 1;
        const count = Number((await tx.get('count'))?.value ?? 0);
        proxy.dropReplies();
        tx.put('count', String(count + 1));
      }),
    );
    // The answer to the read, and the one to the writes, which is lost.
    await proxy.waitForResponses(responses + 2);
    expect((await direct.get('count'))?.value).toBe('1');
    proxy.deliverReplies();
    expect(await counting).toMatchObject({ code: 'UNAVAILABLE', outcome: 'unknown' });
    expect(runs).toBe(1);
    expect((await direct.get('count'))?.version).toBe(1n);
  });

  it('reject with the timeout of the whole stm when no server answers a read in time', async () => {
    await using server = await etcd.start();
    await using proxy = await startProxy({ target: server.endpoint });
    await using client = clientOf(proxy);
    await client.get('k');
    proxy.freeze();
    const late = Array.from({ length: 5 }, () =>
      failureOf(stm(client, (tx) => tx.get('k'), { timeoutMs: 300 })),
    );
    for (const error of await Promise.all(late)) {
      expect(error).toMatchObject({
        ...{ code: 'TIMEOUT', outcome: 'not-applied' },
        message: 'stm timed out after 300 ms: no server has answered a read',
      });
    }
    proxy.thaw();
  });

  it('reject with an unknown outcome when no server answers the writes in time', async () => {
    await using server = await etcd.start();
    await using proxy = await startProxy({ target: server.endpoint });
    await using client = clientOf(proxy);
    const late = failureOf(
      stm(
        client,
        async (tx) => {
          await tx.get('k');
          proxy.freeze();
          tx.put('k', 'v');
        },
        { timeoutMs: 500 },
      ),
    );
    expect(await late).toMatchObject({
      ...{ code: 'TIMEOUT', outcome: 'unknown' },
      message: 'stm timed out after 500 ms: no server has answered the writes',
    });
    proxy.thaw();
  });
});
