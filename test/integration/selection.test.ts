import { expect, it } from 'vitest';
import { CompactedError, type EtcdClient, type Selection } from '../../src/index.js';
import { clientIn, clientOf, failureOf, thrownBy } from '../support/client.js';
import { describeEtcd } from '../support/describe-etcd.js';

/** Puts each key with its name as the value, in this order. */
async function seed(client: EtcdClient, ...names: readonly string[]): Promise<readonly bigint[]> {
  const revisions: bigint[] = [];
  for (const name of names) revisions.push((await client.put(name, name)).header.revision);
  return revisions;
}

async function keysOf(selection: Selection<string>): Promise<readonly string[]> {
  return (await selection.all()).kvs.map(({ key }) => key);
}

describeEtcd('selections', (etcd) => {
  it('are a prefix, a range, everything from a key on, one key, or all', async () => {
    await using client = clientIn(await etcd.server());
    await seed(client, 'a', 'b', 'b1', 'b2', 'c', 'd');
    expect(await client.prefix('b').keys()).toEqual(['b', 'b1', 'b2']);
    expect(await client.range('b', 'c').keys()).toEqual(['b', 'b1', 'b2']);
    expect(await client.range('b1', 'd').keys()).toEqual(['b1', 'b2', 'c']);
    expect(await client.range('b').keys()).toEqual(['b']);
    expect(await client.fromKey('b2').keys()).toEqual(['b2', 'c', 'd']);
    expect(await client.all().keys()).toEqual(['a', 'b', 'b1', 'b2', 'c', 'd']);
    expect(await client.prefix('').keys()).toEqual(['a', 'b', 'b1', 'b2', 'c', 'd']);
    expect(await client.range('d', 'a').keys()).toEqual([]);
  });

  it('reach the last byte: a prefix that ends in 0xff', async () => {
    await using client = clientIn(await etcd.server());
    const under = Uint8Array.of(0x61, 0xff, 0x31);
    await client.put(under, 'in');
    await client.put('b', 'out');
    const { kvs } = await client.prefix(Uint8Array.of(0x61, 0xff)).all();
    expect(kvs.map(({ keyBytes }) => keyBytes)).toEqual([under]);
  });

  it('read with a limit, a count and whether there is more', async () => {
    await using client = clientIn(await etcd.server());
    await seed(client, 'users/1', 'users/2', 'users/3', 'zoo');
    const users = client.prefix('users/');

    const two = await users.limit(2).all();
    expect(two.kvs.map(({ value }) => value)).toEqual(['users/1', 'users/2']);
    expect(two).toMatchObject({ count: 3, more: true });
    expect(await users.all()).toMatchObject({ count: 3, more: false });

    expect(await users.count()).toBe(3);
    expect(await users.limit(1).count()).toBe(3);
    expect((await users.first())?.key).toBe('users/1');
    expect(await client.prefix('nothing').first()).toBeUndefined();
    expect(await users.keys()).toEqual(['users/1', 'users/2', 'users/3']);
    expect(await users.limit(2).toMap()).toEqual(
      new Map([
        ['users/1', 'users/1'],
        ['users/2', 'users/2'],
      ]),
    );
    expect(await users.limit(2).limit(0).all()).toMatchObject({ more: false });
  });

  it('sort by every field, both ways', async () => {
    await using client = clientIn(await etcd.server());
    await client.put('a', '3');
    await client.put('b', '1');
    await client.put('c', '2');
    // b is put twice more, a once more: versions are c 1, a 2, b 3.
    await client.put('b', '1');
    await client.put('a', '3');
    await client.put('b', '1');
    const all = client.all();

    expect(await keysOf(all.sortBy('key'))).toEqual(['a', 'b', 'c']);
    expect(await keysOf(all.sortBy('key', 'desc'))).toEqual(['c', 'b', 'a']);
    expect(await keysOf(all.sortBy('version'))).toEqual(['c', 'a', 'b']);
    expect(await keysOf(all.sortBy('version', 'desc'))).toEqual(['b', 'a', 'c']);
    expect(await keysOf(all.sortBy('createRevision'))).toEqual(['a', 'b', 'c']);
    expect(await keysOf(all.sortBy('createRevision', 'desc'))).toEqual(['c', 'b', 'a']);
    expect(await keysOf(all.sortBy('modRevision'))).toEqual(['c', 'a', 'b']);
    expect(await keysOf(all.sortBy('modRevision', 'desc'))).toEqual(['b', 'a', 'c']);
    expect(await keysOf(all.sortBy('value'))).toEqual(['b', 'c', 'a']);
    expect(await keysOf(all.sortBy('value', 'desc'))).toEqual(['a', 'c', 'b']);
    expect(await keysOf(all.sortBy('modRevision', 'desc').limit(1))).toEqual(['b']);
    expect((await all.sortBy('value', 'desc').first())?.key).toBe('a');
    expect(await all.sortBy('value', 'desc').count()).toBe(3);
  });

  it('filter by revisions, and count what is left', async () => {
    await using client = clientIn(await etcd.server());
    const [a, b, c] = (await seed(client, 'a', 'b', 'c')) as [bigint, bigint, bigint];
    const { header } = await client.put('a', 'again');
    const all = client.all();

    expect(await keysOf(all.modifiedSince(c))).toEqual(['a', 'c']);
    expect(await keysOf(all.modifiedUntil(b))).toEqual(['b']);
    expect(await keysOf(all.createdSince(b))).toEqual(['b', 'c']);
    expect(await keysOf(all.createdUntil(a))).toEqual(['a']);
    expect(await keysOf(all.createdUntil(b).modifiedSince(header.revision))).toEqual(['a']);
    expect(await all.modifiedSince(c).count()).toBe(2);
    expect(await all.modifiedSince(header.revision + 1n).count()).toBe(0);
    expect(await all.modifiedSince(c).limit(1).count()).toBe(2);
    expect(await keysOf(all.modifiedSince(b).limit(2))).toEqual(['a', 'b']);
    expect(await all.modifiedSince(c).keys()).toEqual(['a', 'c']);
    for (const none of [all.modifiedUntil(0), all.createdUntil(0n), all.modifiedUntil(1)]) {
      expect(await keysOf(none)).toEqual([]);
      expect([await none.count(), await none.first()]).toEqual([0, undefined]);
    }
  });

  it('read the past, and fail below the compaction', async () => {
    await using server = await etcd.start();
    await using client = clientOf(server);
    await seed(client, 'a', 'b');
    await client.delete('a');
    expect(await client.all().keys()).toEqual(['b']);
    expect(await client.all().atRevision(3n).serializable().keys()).toEqual(['a', 'b']);
    expect(await client.all().atRevision(2).count()).toBe(1);
    await client.compact(4n);
    const past = client.all().atRevision(3n);
    for (const read of [() => past.all(), () => past.count(), () => past.first()]) {
      expect(await failureOf(read())).toBeInstanceOf(CompactedError);
    }
    expect(await failureOf(past[Symbol.asyncIterator]().next())).toBeInstanceOf(CompactedError);
  });

  it('delete, with what was there', async () => {
    await using client = clientIn(await etcd.server());
    await seed(client, 'a/1', 'a/2', 'b');
    const { deleted, prev } = await client.prefix('a/').delete({ prevKv: true });
    expect(deleted).toBe(2);
    expect(prev.map(({ key }) => key)).toEqual(['a/1', 'a/2']);
    expect(await client.all().keys()).toEqual(['b']);
    expect((await client.prefix('a/').delete()).deleted).toBe(0);
  });

  it('wipe everything with all() alone, and no more than the namespace', async () => {
    await using server = await etcd.start();
    await using everything = clientOf(server);
    await using client = clientIn(server);
    await everything.put('kept', 'x');
    await seed(client, 'a', 'b', '\u{10ffff}');
    expect((await client.all().delete()).deleted).toBe(3);
    expect(await everything.all().keys()).toEqual(['kept']);
  });

  it('refuse what a delete would ignore', async () => {
    await using client = clientIn(await etcd.server());
    await seed(client, 'a', 'b');
    const all = client.all();
    const refused = [
      all.limit(1),
      all.sortBy('key'),
      all.atRevision(1n),
      all.serializable(),
      all.modifiedSince(1n),
      all.modifiedUntil(1n),
      all.createdSince(1n),
      all.createdUntil(1n),
    ];
    for (const selection of refused) {
      const error = await failureOf(selection.delete());
      expect(error).toBeInstanceOf(TypeError);
      expect(error).toMatchObject({ outcome: 'not-sent' });
    }
    expect(await all.count()).toBe(2);
  });

  it('refuse wrong arguments where they are made', async () => {
    await using client = clientIn(await etcd.server());
    const all = client.all();
    const wrong = [
      () => all.limit(-1),
      () => all.limit(1.5),
      () => all.sortBy('size' as never),
      () => all.sortBy('key', 'up' as never),
      () => all.atRevision(-1n),
      () => all.modifiedSince('5' as never),
      () => all.serializable(1 as never),
      () => client.prefix(5 as never),
      () => client.range('a', ''),
      () => client.fromKey(undefined as never),
    ];
    for (const make of wrong) expect(thrownBy(make)).toBeInstanceOf(TypeError);
  });

  it('are immutable: two refinements of one do not affect each other', async () => {
    await using client = clientIn(await etcd.server());
    await seed(client, 'a', 'b', 'c');
    const all = client.all();
    const last = all.sortBy('key', 'desc');
    expect(await keysOf(last.limit(1))).toEqual(['c']);
    expect(await keysOf(last)).toEqual(['c', 'b', 'a']);
    expect(await keysOf(all)).toEqual(['a', 'b', 'c']);
    expect(Object.isFrozen(all)).toBe(true);
  });
});
