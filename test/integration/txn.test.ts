import { expect, it } from 'vitest';
import { codecs } from '../../src/index.js';
import { clientIn, clientOf, failureOf, grantLease } from '../support/client.js';
import { describeEtcd } from '../support/describe-etcd.js';

describeEtcd('transactions', (etcd) => {
  it('do one branch or the other', async () => {
    await using client = clientIn(await etcd.server());
    const { op, compare } = client;
    await client.put('my_key', '10');
    const txn = client
      .txn()
      .if(compare('my_key').value('==', '10'))
      .then(op.put('my_key', '20', { prevKv: true }), op.get('other'))
      .else(op.get('my_key'));

    const first = await txn.commit();
    expect(first.succeeded).toBe(true);
    if (first.succeeded) {
      const [put, other] = first.results;
      expect(put.prev?.value).toBe('10');
      expect(put.header).toEqual(first.header);
      expect(other).toBeUndefined();
    }

    // A transaction is a value: it can be sent again.
    const second = await txn.commit();
    expect(second.succeeded).toBe(false);
    if (!second.succeeded) {
      const [current] = second.results;
      expect(current?.value).toBe('20');
      expect(current?.key).toBe('my_key');
    }
    expect((await client.get('my_key'))?.version).toBe(2n);
  });

  it('succeed without a condition, and without anything to do', async () => {
    await using client = clientIn(await etcd.server());
    const { header } = await client.put('k', 'v');
    const nothing = await client.txn().commit();
    expect(nothing).toMatchObject({ succeeded: true, results: [] });
    expect(nothing.header.revision).toBe(header.revision);
    const failed = await client.txn().if(client.compare('k').missing()).commit();
    expect(failed).toMatchObject({ succeeded: false, results: [] });
  });

  it('change everything at one revision', async () => {
    await using client = clientIn(await etcd.server());
    const { op } = client;
    await client.put('gone', 'x');
    const { header } = await client
      .txn()
      .then(op.put('a', '1'), op.put('b', '2'), op.delete('gone'))
      .commit();
    expect((await client.get('a'))?.modRevision).toBe(header.revision);
    expect((await client.get('b'))?.modRevision).toBe(header.revision);
    expect(await client.get('gone')).toBeUndefined();
  });

  it('read their own puts', async () => {
    await using client = clientIn(await etcd.server());
    const { op } = client;
    const result = await client
      .txn()
      .then(op.get('k'), op.put('k', 'now'), op.get('k'), op.get(client.prefix('')))
      .commit();
    if (!result.succeeded) throw new Error('no condition failed');
    const [before, , after, all] = result.results;
    expect(before).toBeUndefined();
    expect(after).toMatchObject({ value: 'now', modRevision: result.header.revision });
    expect(all.kvs.map(({ key }) => key)).toEqual(['k']);
  });

  it('get and delete selections, with limits, order and previous records', async () => {
    await using client = clientIn(await etcd.server());
    const { op } = client;
    for (const name of ['a/1', 'a/2', 'a/3', 'b']) await client.put(name, name);
    const result = await client
      .txn()
      .then(
        op.get(client.prefix('a/').sortBy('key', 'desc').limit(2)),
        op.delete(client.prefix('a/'), { prevKv: true }),
        op.delete('b'),
      )
      .commit();
    if (!result.succeeded) throw new Error('no condition failed');
    const [found, deleted, one] = result.results;
    expect(found.kvs.map(({ key }) => key)).toEqual(['a/3', 'a/2']);
    expect(found).toMatchObject({ count: 3, more: true });
    expect(found.header).toEqual({ ...result.header, revision: found.header.revision });
    expect(deleted.deleted).toBe(3);
    expect(deleted.prev.map(({ value }) => value)).toEqual(['a/1', 'a/2', 'a/3']);
    expect(one).toMatchObject({ deleted: 1, prev: [] });
  });

  it('read at an old revision', async () => {
    await using client = clientIn(await etcd.server());
    const { header } = await client.put('k', 'old');
    await client.put('k', 'new');
    const { op } = client;
    const { results } = await client
      .txn()
      .then(op.get('k', { revision: header.revision }))
      .commit();
    expect(results[0]?.value).toBe('old');
  });

  it('mix views: each result is read by the operation that made it', async () => {
    await using client = clientIn(await etcd.server());
    const json = client.namespace('json/').as(codecs.json<{ n: number }>());
    const bytes = client.namespace('bytes/').as(codecs.bytes);
    await client
      .txn()
      .then(
        json.op.put('k', { n: 1 }),
        bytes.op.put('k', Uint8Array.of(0xff)),
        client.op.put('k', 'text'),
      )
      .commit();
    const result = await client
      .txn()
      .if(json.compare('k').value('==', { n: 1 }), bytes.compare('k').value('>', Uint8Array.of(1)))
      .then(json.op.get('k'), bytes.op.get(bytes.all()), client.op.get('k'))
      .commit();
    if (!result.succeeded) throw new Error('the conditions hold');
    const [one, many, text] = result.results;
    expect(one?.value.n).toBe(1);
    expect(one?.key).toBe('k');
    expect(many.kvs.map(({ key, value }) => [key, value])).toEqual([['k', Uint8Array.of(0xff)]]);
    expect(text?.value).toBe('text');
  });

  it('nest, to the third depth, with typed and stripped results', async () => {
    await using client = clientIn(await etcd.server());
    const inside = client.namespace('deep/');
    const { op, compare } = client;
    const third = client
      .txn()
      .if(inside.compare('k').exists())
      .then(inside.op.get('k'))
      .else(inside.op.put('k', 'made below'), inside.op.get(inside.all()));
    const second = client.txn().then(op.txn(third), op.get('missing'));
    const first = client
      .txn()
      .if(compare('missing').exists())
      .else(op.put('top', '1'), op.txn(second));
    const result = await first.commit();
    expect(result.succeeded).toBe(false);
    if (result.succeeded) return;
    const [, middle] = result.results;
    if (!middle.succeeded) throw new Error('it has no condition');
    const [deep, missing] = middle.results;
    expect(missing).toBeUndefined();
    if (deep.succeeded) throw new Error('the key was missing');
    const [put, all] = deep.results;
    expect(put.header.revision).toBe(result.header.revision);
    expect(put.header.clusterId).toBe(result.header.clusterId);
    expect(all.kvs.map(({ key, value }) => [key, value])).toEqual([['k', 'made below']]);
    const again = await client.txn().then(op.txn(third)).commit();
    expect(again.results[0]).toMatchObject({ succeeded: true, results: [{ value: 'made below' }] });
  });
});

describeEtcd('conditions', (etcd) => {
  it('compare everything the store knows of a key', async () => {
    const server = await etcd.server();
    await using client = clientIn(server);
    const lease = await grantLease(server);
    await client.put('k', 'a');
    await client.put('k', 'b', { lease });
    const kv = await client.get('k');
    if (kv === undefined) throw new Error('it was put');
    const k = client.compare('k');
    const { createRevision: created, modRevision: modified } = kv;

    const holding = [
      [k.value('==', 'b'), k.value('!=', 'a'), k.value('<', 'c'), k.value('>', 'a')],
      [k.version('==', 2), k.version('!=', 1n), k.version('<', 3n), k.version('>', 1)],
      [k.createRevision('==', created), k.createRevision('!=', modified)],
      [k.createRevision('<', modified), k.createRevision('>', created - 1n)],
      [k.modRevision('==', modified), k.modRevision('!=', created)],
      [k.modRevision('<', modified + 1n), k.modRevision('>', created)],
      [k.lease('==', lease), k.lease('!=', 0n), k.lease('>', 1), k.lease('<', { id: lease + 1n })],
      [k.exists(), client.compare('missing').missing()],
    ].flat();
    for (const [index, compare] of holding.entries()) {
      const { succeeded } = await client.txn().if(compare).commit();
      expect(succeeded, `condition ${index}`).toBe(true);
    }
    expect(
      (
        await client
          .txn()
          .if(...holding)
          .commit()
      ).succeeded,
    ).toBe(true);

    const failing = [
      k.value('==', 'a'),
      k.value('!=', 'b'),
      k.version('>', 2n),
      k.createRevision('==', modified),
      k.modRevision('<', modified),
      k.lease('==', 0n),
      k.missing(),
      client.compare('missing').exists(),
      // The value of a missing key is compared with nothing, whatever the operator.
      client.compare('missing').value('!=', 'a'),
    ];
    for (const [index, compare] of failing.entries()) {
      const { succeeded } = await client.txn().if(compare).commit();
      expect(succeeded, `condition ${index}`).toBe(false);
    }
    // One that fails is enough.
    expect((await client.txn().if(k.exists(), k.missing()).commit()).succeeded).toBe(false);
  });

  it('compare every key of a selection', async () => {
    await using client = clientIn(await etcd.server());
    const [first] = [(await client.put('r/1', 'x')).header.revision];
    await client.put('r/2', 'x');
    const holds = async (compare: ReturnType<typeof range.missing>): Promise<boolean> =>
      (await client.txn().if(compare).commit()).succeeded;
    const range = client.compare(client.prefix('r/'));
    expect(await holds(range.value('==', 'x'))).toBe(true);
    expect(await holds(range.modRevision('>', first))).toBe(false);
    expect(await holds(range.createRevision('>', first - 1n))).toBe(true);
    expect(await holds(range.exists())).toBe(true);
    expect(await holds(range.missing())).toBe(false);
    await client.put('r/3', 'y');
    expect(await holds(range.value('==', 'x'))).toBe(false);
    expect(await holds(client.compare(client.prefix('none/')).missing())).toBe(true);
    expect(await holds(client.compare(client.prefix('none/')).exists())).toBe(false);
    // The codec of a selection is that of its view.
    const json = client.namespace('json/').as(codecs.json<number>());
    await json.put('n', 5);
    expect(await holds(client.compare(json.all()).value('==', 5))).toBe(true);
  });
});

describeEtcd('transactions that the server refuses', (etcd) => {
  it('say that nothing was applied', async () => {
    await using client = clientIn(await etcd.server());
    const { op } = client;
    const twice = client.txn().then(op.put('k', '1'), op.put('k', '2'));
    expect(await failureOf(twice.commit())).toMatchObject({
      code: 'DUPLICATE_KEY',
      outcome: 'not-applied',
      retryable: false,
      method: 'KV.Txn',
    });
    const ops = Array.from({ length: 129 }, (_, i) => op.put(`k${i}`, 'v'));
    expect(
      await failureOf(
        client
          .txn()
          .then(...ops)
          .commit(),
      ),
    ).toMatchObject({
      code: 'TOO_MANY_OPERATIONS',
      outcome: 'not-applied',
    });
    expect(await client.all().count()).toBe(0);
    const most = await client
      .txn()
      .then(...ops.slice(1))
      .commit();
    expect(most.results).toHaveLength(128);
  });

  it('are not sent when they would crash the server', async () => {
    await using server = await etcd.start();
    await using client = clientOf(server);
    const { op } = client;
    await client.put('x', '0');
    const everything = client.txn().then(op.delete(client.all()), op.put('x', '1'));
    const nested = [
      op.txn(client.txn().then(op.put('x', '1'))),
      op.txn(client.txn().then(op.delete('x'))),
    ];
    for (const txn of [everything, client.txn().then(...nested)]) {
      const refused = { code: 'DUPLICATE_KEY', outcome: 'not-sent' };
      expect(await failureOf(txn.commit())).toMatchObject(refused);
    }
    const { header } = await client.put('y', '1');
    await client.compact(header.revision, { physical: true });
    expect((await client.get('x'))?.value).toBe('0');
  });

  it('may have as many operations as the server allows', async () => {
    await using server = await etcd.start({ flags: ['--max-txn-ops', '2'] });
    await using client = clientOf(server);
    const { op } = client;
    const txn = client.txn().then(op.get('a'), op.get('b'), op.get('c'));
    expect(await failureOf(txn.commit())).toMatchObject({ code: 'TOO_MANY_OPERATIONS' });
  });

  it('fail as the single calls do: a lease, a compaction, the future', async () => {
    await using server = await etcd.start();
    await using client = clientOf(server);
    const { op } = client;
    await client.put('k', 'v');
    await client.put('k', 'w');
    await client.compact(3n);
    const compacted = client.txn().then(op.get('k', { revision: 2n }));
    expect(await failureOf(compacted.commit())).toMatchObject({ code: 'COMPACTED' });
    const future = client.txn().then(op.get('k', { revision: 99n }));
    expect(await failureOf(future.commit())).toMatchObject({ code: 'FUTURE_REVISION' });
    const nowhere = client.txn().then(op.put('k', 'v', { ignoreLease: true, prevKv: true }));
    expect((await nowhere.commit()).results[0]?.prev?.value).toBe('w');
  });
});

describeEtcd('a lock made by hand', (etcd) => {
  it('is a key that is created if it is missing', async () => {
    const server = await etcd.server();
    await using client = clientIn(server);
    const { op, compare } = client;
    const lease = await grantLease(server);
    const acquire = (owner: string) =>
      client
        .txn()
        .if(compare('lock').createRevision('==', 0))
        .then(op.put('lock', owner, { lease }))
        .else(op.get('lock'))
        .commit();
    const mine = await acquire('me');
    const theirs = await acquire('them');
    expect(mine.succeeded).toBe(true);
    if (theirs.succeeded) throw new Error('two owners');
    expect(theirs.results[0]).toMatchObject({ value: 'me', lease });
    await server.ctl('lease', 'revoke', lease.toString(16));
    expect(await client.get('lock')).toBeUndefined();
  });
});
