import { expect, it } from 'vitest';
import { DELETE, type EtcdClient, KEEP, TimeoutError } from '../../src/index.js';
import { clientIn, clientOf, failureOf, grantLease } from '../support/client.js';
import { describeEtcd } from '../support/describe-etcd.js';
import { startProxy } from '../support/fault-proxy.js';
import { deferred } from '../support/wait.js';

const increment = (current: string | undefined): string => String(Number(current ?? 0) + 1);

describeEtcd('update', (etcd) => {
  it('makes the new value from the present one', async () => {
    await using client = clientIn(await etcd.server());
    const first = await client.update('counter', increment);
    expect(first.header.revision).toBe((await client.get('counter'))?.modRevision);
    await client.update('counter', async (current, kv) => {
      expect(kv).toMatchObject({ key: 'counter', version: 1n });
      return increment(current);
    });
    expect((await client.get('counter'))?.value).toBe('2');
  });

  it.each([
    ['thirty clients', { clients: 30, rounds: 5, latencyMs: 0 }],
    ['twenty clients that are 20 ms away', { clients: 20, rounds: 3, latencyMs: 10 }],
  ])(
    'loses no increment and fails for nobody among %s',
    async (_, { clients, rounds, latencyMs }) => {
      const server = await etcd.server();
      await using proxy = await startProxy({ target: server.endpoint });
      proxy.latency(latencyMs);
      const place = latencyMs === 0 ? server : proxy;
      const key = `contended/${clients}`;
      const contenders = Array.from({ length: clients }, () => clientOf(place));
      await Promise.all(contenders.map((client) => client.get('connected')));
      const work = async (client: EtcdClient): Promise<void> => {
        for (let i = 0; i < rounds; i++) await client.update(key, increment);
      };
      const settled = await Promise.allSettled(contenders.map(work));
      expect(settled.filter(({ status }) => status === 'rejected')).toEqual([]);
      const total = clients * rounds;
      expect(await contenders[0]?.get(key)).toMatchObject({
        value: String(total),
        version: BigInt(total),
      });
      await Promise.all(contenders.map((client) => client.close()));
    },
    90_000,
  );

  it('never conflicts with other updates of the same client', async () => {
    await using server = await etcd.start();
    await using client = clientOf(server);
    const calls: (string | undefined)[] = [];
    const results = await Promise.all(
      Array.from({ length: 200 }, () =>
        client.update('counter', (current) => {
          calls.push(current);
          return increment(current);
        }),
      ),
    );
    expect(calls).toHaveLength(200);
    expect(results.map(({ value }) => value)).toEqual(
      Array.from({ length: 200 }, (_, index) => String(index + 1)),
    );
    expect(await client.get('counter')).toMatchObject({ value: '200', version: 200n });
  });

  it('keeps the value or deletes the key, and returns what stands now', async () => {
    await using client = clientIn(await etcd.server());
    const put = await client.put('k', 'v');
    const kept = await client.update('k', () => KEEP);
    expect(kept).toMatchObject({ value: 'v', prev: undefined });
    expect(await client.get('k')).toMatchObject({ modRevision: put.header.revision });

    const gone = await client.update('k', async (current) => (current === 'v' ? DELETE : KEEP));
    expect(gone.value).toBeUndefined();
    expect(gone.header.revision).toBe(put.header.revision + 1n);
    expect(await client.get('k')).toBeUndefined();
    expect((await client.update('k', () => DELETE)).header.revision).toBe(gone.header.revision);

    const again = await client.update('k', () => 'w');
    expect(again).toMatchObject({ value: 'w', prev: undefined });
    expect(again.header.revision).toBe((await client.get('k'))?.modRevision);
  });

  it('deletes only what its function saw', async () => {
    await using client = clientIn(await etcd.server());
    await client.put('k', 'old');
    const result = await client.update('k', async (current) => {
      if (current === 'new') return KEEP;
      await client.put('k', 'new');
      return DELETE;
    });
    expect(result.value).toBe('new');
    expect((await client.get('k'))?.value).toBe('new');
  });

  it('writes nothing when its function is slower than its deadline', async () => {
    await using client = clientIn(await etcd.server());
    await client.put('k', 'old');
    const value = deferred<string>();
    const error = await failureOf(client.update('k', () => value.promise, { timeoutMs: 50 }));
    expect(error).toMatchObject({ code: 'TIMEOUT', outcome: 'not-sent' });
    value.resolve('late');
    // The next update comes after everything that the one before could still do.
    expect((await client.update('k', () => KEEP)).value).toBe('old');
    expect(await client.get('k')).toMatchObject({ value: 'old', version: 1n });
  });

  it('runs again with the new value when another writer came between', async () => {
    await using client = clientIn(await etcd.server());
    await client.put('k', 'first');
    const seen: unknown[] = [];
    await client.update('k', async (current) => {
      seen.push(current);
      if (seen.length === 1) await client.put('k', 'between');
      return `${current}, then mine`;
    });
    expect(seen).toEqual(['first', 'between']);
    expect((await client.get('k'))?.value).toBe('between, then mine');
  });

  it('runs again when the key was created or deleted meanwhile', async () => {
    await using client = clientIn(await etcd.server());
    const seen: unknown[] = [];
    await client.update('k', async (current) => {
      seen.push(current);
      if (seen.length === 1) await client.put('k', 'came');
      if (seen.length === 2) await client.delete('k');
      return 'mine';
    });
    expect(seen).toEqual([undefined, 'came', undefined]);
    expect(await client.get('k')).toMatchObject({ value: 'mine', version: 1n });
  });

  it('keeps the lease of the key, or moves it', async () => {
    const server = await etcd.server();
    await using client = clientIn(server);
    const [first, second] = [await grantLease(server), await grantLease(server)];
    await client.put('k', '1', { lease: first });
    await client.update('k', increment);
    expect(await client.get('k')).toMatchObject({ value: '2', lease: first });
    await client.update('k', increment, { lease: second });
    expect(await client.get('k')).toMatchObject({ value: '3', lease: second });
  });

  it('rejects with what its function throws, and writes nothing', async () => {
    await using client = clientIn(await etcd.server());
    await client.put('k', 'v');
    const fault = new RangeError('not like this');
    const update = client.update('k', () => {
      throw fault;
    });
    await expect(update).rejects.toBe(fault);
    expect((await client.get('k'))?.version).toBe(1n);
  });

  it('stops at its deadline when others are always faster', async () => {
    await using client = clientIn(await etcd.server());
    const error = await failureOf(
      client.update(
        'k',
        async (current) => {
          await client.put('k', increment(current));
          return 'never';
        },
        { timeoutMs: 250 },
      ),
    );
    expect(error).toBeInstanceOf(TimeoutError);
    expect((await client.get('k'))?.value).not.toBe('never');
  });

  it('stops by its signal, between rounds and within one', async () => {
    await using client = clientIn(await etcd.server());
    const controller = new AbortController();
    const running = deferred();
    const error = failureOf(
      client.update(
        'k',
        async (current) => {
          await client.put('k', increment(current));
          running.resolve();
          return 'never';
        },
        { signal: controller.signal, timeoutMs: 0 },
      ),
    );
    await running.promise;
    controller.abort(new Error('enough'));
    expect(await error).toMatchObject({ code: 'ABORTED', cause: new Error('enough') });
    expect((await client.get('k'))?.value).not.toBe('never');
  });
});

describeEtcd('when the answer to a write is lost', (etcd) => {
  it.each(['update', 'create'] as const)('%s rejects, and has written once', async (verb) => {
    const server = await etcd.server();
    await using proxy = await startProxy({ target: server.endpoint });
    await using client = clientOf(proxy, { namespace: `lost-${verb}/` });
    await client.get('warm');
    let calls = 0;

    const call =
      verb === 'create'
        ? () => client.create('k', '1')
        : () =>
            client.update('k', (current) => {
              calls++;
              // From here on the server works and nothing of it is heard.
              proxy.dropReplies();
              return increment(current);
            });
    const { responses } = proxy;
    if (verb === 'create') proxy.dropReplies();
    const failure = failureOf(call());
    await proxy.waitForResponses(responses + (verb === 'create' ? 1 : 2));
    proxy.deliverReplies();

    expect(await failure).toMatchObject({
      outcome: 'unknown',
      retryable: false,
      method: 'KV.Txn',
    });
    expect(calls).toBe(verb === 'create' ? 0 : 1);
    await using direct = clientOf(server, { namespace: `lost-${verb}/` });
    expect(await direct.get('k')).toMatchObject({ value: '1', version: 1n });
  });

  it('a transaction that only reads is repeated, one that writes is not', async () => {
    await using server = await etcd.start();
    await using proxy = await startProxy({ target: server.endpoint });
    await using client = clientOf(proxy);
    const { op, compare } = client;
    await client.put('k', 'v');
    const txns = () => server.metric('grpc_server_started_total', { grpc_method: 'Txn' });
    const loseTheFirstAnswer = async <T>(call: () => Promise<T>): Promise<T> => {
      // Connected, so that the next answer is the one to this call.
      await client.get('k');
      const { responses } = proxy;
      proxy.dropReplies();
      const result = call();
      result.catch(() => {});
      await proxy.waitForResponses(responses + 1);
      proxy.deliverReplies();
      return result;
    };

    const nested = client.txn().then(op.get(client.all()));
    const reading = client.txn().if(compare('k').exists()).then(op.get('k'), op.txn(nested));
    const read = await loseTheFirstAnswer(() => reading.commit());
    expect(read.results[0]).toMatchObject({ value: 'v' });
    expect(await txns()).toBe(2);

    // The write is in a branch of a nested transaction, and does not even run.
    const inner = client.txn().if(compare('k').missing()).then(op.put('k', 'w'));
    const writing = client.txn().then(op.get('k'), op.txn(inner));
    const error = await failureOf(loseTheFirstAnswer(() => writing.commit()));
    expect(error).toMatchObject({ outcome: 'unknown', method: 'KV.Txn' });
    expect(await txns()).toBe(3);

    // The caller may know better.
    const known = client.txn().then(op.put('k', 'once or twice'));
    await loseTheFirstAnswer(() => known.commit({ idempotent: true }));
    expect(await txns()).toBe(5);
    expect(await client.get('k')).toMatchObject({ value: 'once or twice', version: 3n });
  });
});
