import { expect, it } from 'vitest';
import {
  Session,
  type StmIsolation,
  type StmOptions,
  type StmTransaction,
  stm,
} from '../../src/concurrency/index.js';
import { codecs, type EtcdClient, InvalidArgumentError } from '../../src/index.js';
import { clientIn, failureOf, thrownBy } from '../support/client.js';
import { describeEtcd } from '../support/describe-etcd.js';

const LEVELS: readonly StmIsolation[] = [
  'serializable-snapshot',
  'serializable',
  'repeatable-reads',
  'read-committed',
];

describeEtcd('stm', (etcd) => {
  const open = async (): Promise<EtcdClient> => clientIn(await etcd.server());

  it('reads, computes, and writes all of it at once, at the end', async () => {
    await using client = await open();
    await client.put('a', '5');
    const answer = await stm(client, async (tx) => {
      const from = Number((await tx.get('a'))?.value);
      tx.put('a', String(from - 1));
      tx.put('b', '1');
      tx.delete('none');
      expect((await client.get('a'))?.value).toBe('5');
      return from - 1;
    });
    expect(answer).toBe(4);
    const [a, b] = [await client.get('a'), await client.get('b')];
    expect([a?.value, b?.value]).toEqual(['4', '1']);
    expect(a?.modRevision).toBe(b?.modRevision);
  });

  it('reads its own writes, of keys and of ranges, whatever view they were made in', async () => {
    await using client = await open();
    await using session = await Session.create(client);
    const numbers = client.namespace('n/').as(codecs.json<number>());
    await client.put('n/a', '1');
    await client.put('n/c', '3');
    await client.put('o', 'behind the range');
    await stm(client, async (tx) => {
      tx.put('b', 2, { in: numbers, lease: session.lease });
      tx.put('n/c', '4');
      tx.delete('a', { in: numbers });
      expect(await tx.get('n/a')).toBeUndefined();
      expect(await tx.get('b', { in: numbers })).toMatchObject({ key: 'b', value: 2 });
      expect({ ...(await tx.get('n/b')) }).toEqual({
        ...{ key: 'n/b', value: '2', lease: session.lease.id },
        ...{ createRevision: 0n, modRevision: 0n, version: 0n },
      });
      const all = await tx.all(numbers.all());
      expect(all.map(({ key, value }) => [key, value])).toEqual([
        ['b', 2],
        ['c', 4],
      ]);
      tx.put('n/b', 'no number');
      const unreadable = await tx.get('b', { in: numbers });
      expect(thrownBy(() => unreadable?.value)).toMatchObject({ code: 'DECODE', key: 'b' });
      tx.put('b', 5, { in: numbers, lease: session.lease });
    });
    expect(await client.prefix('n/').toMap()).toEqual(
      new Map([
        ['n/b', '5'],
        ['n/c', '4'],
      ]),
    );
    expect((await client.get('n/b'))?.lease).toBe(session.lease.id);
  });

  it('reads all keys as they were at the first read, and reads none of them twice', async () => {
    await using client = await open();
    await client.put('a', '1');
    await client.put('b', '1');
    const seen = await stm(client, async (tx) => {
      const a = (await tx.get('a'))?.value;
      await client.txn().then(client.op.put('a', '2'), client.op.put('b', '2')).commit();
      const [b, again] = await Promise.all([tx.get('b'), tx.get('a')]);
      const range = await tx.all(client.all());
      return [a, b?.value, again?.value, ...range.map(({ value }) => value)];
    });
    // It only reads, so that what came between is no conflict.
    expect(seen).toEqual(['1', '1', '1', '1', '1']);
  });

  it.each([
    ['changed', (client: EtcdClient) => client.put('r/1', 'other')],
    ['created', (client: EtcdClient) => client.put('r/2', 'other')],
    ['deleted', (client: EtcdClient) => client.delete('r/1')],
  ])('runs again when a key of a range that it read was %s', async (_, interfere) => {
    await using client = await open();
    await client.put('r/1', 'one');
    let runs = 0;
    const seen = await stm(client, async (tx) => {
      runs += 1;
      const all = await tx.all(client.prefix('r/'));
      if (runs === 1) await interfere(client);
      const values = all.map(({ key, value }) => `${key}=${value}`);
      tx.put('seen', values.join());
      return values;
    });
    expect(runs).toBe(2);
    const now = await client.prefix('r/').all();
    expect(seen).toEqual(now.kvs.map(({ key, value }) => `${key}=${value}`));
  });

  /** Runs a transaction that somebody else's put of `a` may come between, in its first run. */
  const between = async (
    client: EtcdClient,
    isolation: StmIsolation,
    work: (tx: StmTransaction, interfere: () => Promise<unknown>) => Promise<unknown>,
  ) => {
    await client.txn().then(client.op.put('a', 'old'), client.op.put('b', 'old')).commit();
    let runs = 0;
    const seen: unknown[] = [];
    await stm(
      client,
      async (tx) => {
        runs += 1;
        const interfere = async () => runs === 1 && client.put('a', 'other');
        seen.push(await work(tx, interfere));
      },
      { isolation },
    );
    return { runs, first: seen[0] };
  };

  it('checks at each level what the level promises, and no more', async () => {
    await using client = await open();
    const runsOf = async (work: Parameters<typeof between>[2]) => {
      const runs: number[] = [];
      for (const level of LEVELS) runs.push((await between(client, level, work)).runs);
      return runs;
    };
    // A key that was read is changed.
    const read = await runsOf(async (tx, interfere) => {
      await tx.get('a');
      await interfere();
      tx.put('c', 'mine');
    });
    expect(read).toEqual([2, 2, 2, 1]);
    // A key that is written, and was not read, is changed after the first read.
    const written = await runsOf(async (tx, interfere) => {
      await tx.get('b');
      await interfere();
      tx.put('a', 'mine');
    });
    expect(written).toEqual([2, 1, 1, 1]);
    // Nothing was read.
    const blind = await runsOf(async (tx, interfere) => {
      await interfere();
      tx.put('a', 'mine');
    });
    expect(blind).toEqual([1, 1, 1, 1]);
    // Nothing is written.
    const reading = await runsOf(async (tx, interfere) => {
      await tx.get('a');
      await interfere();
      await tx.get('b');
    });
    expect(reading).toEqual([1, 1, 2, 1]);
  });

  it('sees at each level what the level shows', async () => {
    await using client = await open();
    const shown: unknown[] = [];
    for (const level of LEVELS) {
      const { first } = await between(client, level, async (tx, interfere) => {
        await tx.get('b');
        await interfere();
        return (await tx.get('a'))?.value;
      });
      shown.push(first);
    }
    expect(shown).toEqual(['old', 'old', 'other', 'other']);
  });

  it('allows at a weaker level what a stronger one prevents', async () => {
    await using client = await open();
    const { op } = client;
    const put = (...entries: readonly (readonly [string, string])[]) =>
      client
        .txn()
        .then(...entries.map(([key, value]) => op.put(key, value)))
        .commit();
    const valueIn = async (tx: StmTransaction, key: string) => (await tx.get(key))?.value;
    const anomaliesOf = async (isolation: StmIsolation) => {
      const found: string[] = [];
      await put(['n', '0'], ['a', 'old'], ['b', 'old'], ['unseen', 'old']);
      let runs = 0;
      // Two that add one to a number, one within the other.
      const add = async (tx: StmTransaction) => {
        runs += 1;
        const count = Number(await valueIn(tx, 'n'));
        if (runs === 1) await put(['n', '1']);
        tx.put('n', String(count + 1));
      };
      await stm(client, add, { isolation });
      if ((await client.get('n'))?.value === '1') found.push('a lost update');
      runs = 0;
      const read = async (tx: StmTransaction) => {
        runs += 1;
        const a = await valueIn(tx, 'a');
        if (runs === 1) await put(['a', 'new'], ['b', 'new']);
        if (a !== (await valueIn(tx, 'b'))) found.push('half of a change is seen');
        tx.put('seen', a ?? '');
      };
      await stm(client, read, { isolation });
      runs = 0;
      const overwrite = async (tx: StmTransaction) => {
        runs += 1;
        await valueIn(tx, 'a');
        if (runs === 1) await put(['unseen', 'other']);
        tx.put('unseen', 'mine');
      };
      await stm(client, overwrite, { isolation });
      if (runs === 1) found.push('a write is written over unseen');
      return found;
    };
    const found: Record<string, string[]> = {};
    for (const level of LEVELS) found[level] = await anomaliesOf(level);
    const [lost, half, over] = [
      ...['a lost update', 'half of a change is seen', 'a write is written over unseen'],
    ];
    expect(found).toEqual({
      'serializable-snapshot': [],
      serializable: [over],
      'repeatable-reads': [half, over],
      'read-committed': [lost, half, over],
    });
  });

  it('runs again when its revision was compacted before it had read everything', async () => {
    await using server = await etcd.start();
    await using client = clientIn(server);
    await client.put('a', '1');
    let runs = 0;
    const value = await stm(client, async (tx) => {
      runs += 1;
      await tx.get('b');
      if (runs === 1) {
        const { header } = await client.put('a', '2');
        await client.compact(header.revision);
      }
      const a = await tx.get('a');
      tx.put('b', a?.value ?? '');
      return a?.value;
    });
    expect({ runs, value }).toEqual({ runs: 2, value: '2' });
  });

  it('writes nothing when the function throws, when it is aborted, and when its time is over', async () => {
    await using client = await open();
    const written = (tx: StmTransaction) => tx.put('k', 'v');
    const wrong = new Error('wrong');
    await expect(
      stm(client, (tx) => {
        written(tx);
        throw wrong;
      }),
    ).rejects.toBe(wrong);
    const never = new Promise<void>(() => {});
    const abort = new AbortController();
    const aborted = failureOf(
      stm(
        client,
        async (tx) => {
          await tx.get('k');
          written(tx);
          abort.abort('enough');
          await never;
        },
        { signal: abort.signal },
      ),
    );
    expect(await aborted).toMatchObject({
      code: 'ABORTED',
      outcome: 'not-applied',
      cause: 'enough',
    });
    const late = failureOf(
      stm(
        client,
        (tx) => {
          written(tx);
          return never;
        },
        { timeoutMs: 50 },
      ),
    );
    expect(await late).toMatchObject({
      ...{ code: 'TIMEOUT', outcome: 'not-applied' },
      message: 'stm timed out after 50 ms: the function has not returned',
    });
    expect(await client.get('k')).toBeUndefined();
  });

  it('rejects with CONFLICT when its attempts are used up', async () => {
    await using client = await open();
    let runs = 0;
    const work = async (tx: StmTransaction) => {
      runs += 1;
      await tx.get('a');
      await client.put('a', String(runs));
      tx.put('a', 'mine');
    };
    expect(await failureOf(stm(client, work, { maxAttempts: 3 }))).toMatchObject({
      ...{ code: 'CONFLICT', outcome: 'not-applied', retryable: true },
    });
    expect(runs).toBe(3);
    expect((await client.get('a'))?.value).toBe('3');
  });

  it('cannot be used after its end', async () => {
    await using client = await open();
    const kept = await stm(client, (tx) => tx);
    const ended = { code: 'INVALID_ARGUMENT', message: expect.stringContaining('has ended') };
    expect(await failureOf(kept.get('a'))).toMatchObject(ended);
    expect(await failureOf(kept.all(client.all()))).toMatchObject(ended);
    expect(thrownBy(() => kept.put('a', 'v'))).toMatchObject(ended);
    expect(thrownBy(() => kept.delete('a'))).toMatchObject(ended);
  });

  it('says how many comparisons a transaction has that is too large for the server', async () => {
    await using client = await open();
    const puts = Array.from({ length: 128 }, (_, index) => client.op.put(`r/${index}`, 'v'));
    await client
      .txn()
      .then(...puts)
      .commit();
    expect(await stm(client, async (tx) => (await tx.all(client.all())).length)).toBe(128);
    const error = await failureOf(
      stm(client, async (tx) => {
        await tx.all(client.prefix('r/'));
        tx.put('k', 'v');
      }),
    );
    expect(error).toMatchObject({ code: 'TOO_MANY_OPERATIONS', outcome: 'not-applied' });
    expect(error.message).toContain('130 comparisons and 1 writes');
    expect(error.message).toContain('Read fewer keys');
    expect(await client.get('k')).toBeUndefined();
  });

  it('counts correctly with many callers at once', async () => {
    await using client = await open();
    const add = (tx: StmTransaction, key: string) =>
      tx.get(key).then((kv) => tx.put(key, String(Number(kv?.value ?? 0) + 1)));
    const options: StmOptions = { timeoutMs: 30_000 };
    await Promise.all(
      Array.from({ length: 30 }, () =>
        stm(client, (tx) => Promise.all([add(tx, 'x'), add(tx, 'y')]), options),
      ),
    );
    expect(await client.all().toMap()).toEqual(
      new Map([
        ['x', '30'],
        ['y', '30'],
      ]),
    );
  });

  it('refuses wrong arguments, and sends nothing', async () => {
    await using client = await open();
    const refused = async (argument: string, call: () => Promise<unknown>) => {
      const error = await failureOf(call());
      expect(error).toBeInstanceOf(InvalidArgumentError);
      expect(error).toMatchObject({ argument, outcome: 'not-sent' });
    };
    const work = () => {};
    await refused('etcd', () => stm({} as EtcdClient, work));
    await refused('fn', () => stm(client, undefined as never));
    await refused('fn', () => stm(client, 'work' as never));
    await refused('isolation', () => stm(client, work, { isolation: 'snapshot' as never }));
    await refused('maxAttempts', () => stm(client, work, { maxAttempts: 0 }));
    await refused('timeoutMs', () => stm(client, work, { timeoutMs: -1 }));
    await refused('options.level', () => stm(client, work, { level: 1 } as StmOptions));
    await refused('key', () => stm(client, (tx) => tx.get(null as never)));
    await refused('key', () => stm(client, (tx) => tx.put(1 as never, 'v')));
    await refused('value', () => stm(client, (tx) => tx.put('k', 1 as never)));
    await refused('lease', () => stm(client, (tx) => tx.put('k', 'v', { lease: 'no' as never })));
    await refused('in', () => stm(client, (tx) => tx.get('k', { in: {} as EtcdClient })));
    await refused('options.prefix', () => stm(client, (tx) => tx.get('k', { prefix: 1 } as never)));
    await refused('selection', () => stm(client, (tx) => tx.all('r/' as never)));
    await refused('selection', () => stm(client, (tx) => tx.all(client.all().limit(1))));
  });
});
