import { beforeAll, describe, expect, it } from 'vitest';
import { codecs, EtcdClient } from '../../src/index.js';
import { clientIn } from '../support/client.js';
import { startCluster } from '../support/cluster.js';
import { allConnected } from '../support/connected.js';
import { describeEtcd } from '../support/describe-etcd.js';
import { type EtcdServer, startEtcd } from '../support/etcd.js';
import { startProxy } from '../support/fault-proxy.js';
import { startProgram } from '../support/programs/run.js';
import { until } from '../support/wait.js';

const BATCH = 'grpc_server_handled_total';
const names = (count: number) => Array.from({ length: count }, (_, i) => `k${i}`);

describeEtcd('batching on a real server', (context) => {
  let server: EtcdServer;
  beforeAll(async () => {
    server = await context.server();
  });

  const handled = (method: string) =>
    server.metric(BATCH, { grpc_method: method, grpc_code: 'OK' });

  it('gathers reads by default where that is safe, and decodes each with its own view', async () => {
    await using etcd = clientIn(server, { batching: {} });
    const numbers = etcd.namespace('numbers/').as(codecs.json<number>());
    await Promise.all(names(20).map((name) => etcd.put(name, name)));
    await Promise.all(names(20).map((name, i) => numbers.put(name, i)));
    const before = await handled('Txn');
    const [texts, values, missing] = await Promise.all([
      Promise.all(names(20).map((name) => etcd.get(name))),
      Promise.all(names(20).map((name) => numbers.get(name))),
      etcd.get('missing'),
    ]);
    expect(texts.map((kv) => kv?.value)).toEqual(names(20));
    expect(values.map((kv) => kv?.value)).toEqual(names(20).map((_, i) => i));
    expect(values.map((kv) => kv?.key)).toEqual(names(20));
    expect(missing).toBeUndefined();
    expect(await handled('Txn')).toBe(before + 1);
  });

  it('sends each put alone with its own revision by default', async () => {
    await using etcd = clientIn(server, { batching: {} });
    const before = await handled('Txn');
    const puts = await Promise.all(names(10).map((name) => etcd.put(name, 'v')));
    expect(new Set(puts.map(({ header }) => header.revision)).size).toBe(10);
    expect(await handled('Txn')).toBe(before);
  });

  it('gathers puts with writes: true, and a batch has one revision and full headers', async () => {
    await using etcd = clientIn(server, { batching: { writes: true } });
    const lone = await etcd.put('first', 'v');
    const puts = await Promise.all(names(10).map((name) => etcd.put(name, name)));
    for (const { header, prev } of puts) {
      expect(header).toEqual({ ...lone.header, revision: lone.header.revision + 1n });
      expect(prev).toBeUndefined();
    }
    expect((await etcd.get('k3'))?.modRevision).toBe(lone.header.revision + 1n);
  });

  it('applies puts of one key in the order of the calls', async () => {
    await using etcd = clientIn(server, { batching: { writes: true } });
    const puts = await Promise.all(
      names(200).map((name, i) => etcd.put(`k${i % 3}`, name, { prevKv: i % 5 === 0 })),
    );
    for (let key = 0; key < 3; key++) {
      const revisions = puts.filter((_, i) => i % 3 === key).map(({ header }) => header.revision);
      expect(revisions).toEqual(revisions.toSorted((a, b) => Number(a - b)));
      expect(new Set(revisions).size).toBe(revisions.length);
    }
    const values = [await etcd.get('k0'), await etcd.get('k1'), await etcd.get('k2')];
    expect(values.map((kv) => kv?.value)).toEqual(['k198', 'k199', 'k197']);
  });

  it('can be switched off', async () => {
    await using etcd = clientIn(server, { batching: false });
    const before = await handled('Txn');
    await Promise.all(names(20).map((name) => etcd.get(name)));
    expect(await handled('Txn')).toBe(before);
  });

  it('does not make large answers wait for each other', async () => {
    await using etcd = clientIn(server, { batching: {} });
    await Promise.all(names(40).map((name) => etcd.put(name, 'x'.repeat(100_000))));
    const read = async () => {
      const kvs = await Promise.all(names(40).map((name) => etcd.get(name)));
      expect(kvs.every((kv) => kv?.value.length === 100_000)).toBe(true);
    };
    await read();
    const before = await handled('Txn');
    await read();
    expect(await handled('Txn')).toBe(before);
  });
});

describe('batching with a member that hangs', () => {
  it('does not keep the process of a closed client alive', async () => {
    await using server = await startEtcd();
    await using program = await startProgram('close-with-batch', [server.endpoint]);
    await program.printed('ready');
    await server.pause();
    program.kill('SIGUSR2');
    await program.printed('CLIENT_CLOSED CLIENT_CLOSED CLIENT_CLOSED');
    const told = performance.now();
    expect(await program.ended).toMatchObject({ exitCode: 0, signal: null, stderr: '' });
    // Pings would end the connection too, but only after ten seconds.
    expect(performance.now() - told).toBeLessThan(8_000);
  }, 40_000);

  it('delays only the reads that were sent to it', async () => {
    await using cluster = await startCluster({ size: 3 });
    const [follower] = await cluster.followers();
    if (follower === undefined) throw new Error('a cluster of three has followers');
    await using hanging = await startProxy({ target: follower.endpoint });
    await using etcd = new EtcdClient({
      endpoints: [
        hanging.endpoint,
        ...cluster.endpoints.filter((endpoint) => endpoint !== follower.endpoint),
      ],
      batching: { maxOperations: 16 },
    });
    await allConnected(etcd);
    await etcd.put('key', 'value');
    hanging.freeze();
    const rounds: Promise<unknown>[] = [];
    let held = 0;
    for (let round = 0; round < 100; round++) {
      const { requests } = hanging;
      let answered = false;
      const reads = Promise.all(Array.from({ length: 8 }, () => etcd.get('key'))).then(() => {
        answered = true;
      });
      rounds.push(reads);
      await until(() => answered || hanging.requests > requests, { intervalMs: 1 });
      if (!answered) held++;
    }
    // Two batches may be under way to a member; the rest is for the question whether it lives.
    expect(held).toBeGreaterThan(0);
    expect(held).toBeLessThanOrEqual(6);
    // Those that it held went elsewhere: it hangs still.
    await Promise.all(rounds);
  }, 60_000);
});
