import { expect, it } from 'vitest';
import { CompactedError, KeyExistsError, LeaseNotFoundError } from '../../src/index.js';
import { clientIn, clientOf, failureOf, grantLease } from '../support/client.js';
import { describeEtcd } from '../support/describe-etcd.js';

describeEtcd('keys and values', (etcd) => {
  it('reads what was put, with everything the store knows about it', async () => {
    await using client = clientIn(await etcd.server());
    const { header, prev } = await client.put('name', 'first');
    expect(prev).toBeUndefined();
    await client.put('name', 'second');

    const kv = await client.get('name');
    expect(kv?.key).toBe('name');
    expect(kv?.value).toBe('second');
    expect(kv?.createRevision).toBe(header.revision);
    expect(kv?.modRevision).toBe(header.revision + 1n);
    expect(kv?.version).toBe(2n);
    expect(kv?.lease).toBe(0n);
  });

  it('answers undefined for a missing key, and the revision with a selection of it', async () => {
    await using client = clientIn(await etcd.server());
    const { header } = await client.put('other', 'x');
    expect(await client.get('missing')).toBeUndefined();
    const read = await client.range('missing').all();
    expect(read.kvs).toEqual([]);
    expect(read.count).toBe(0);
    expect(read.header.revision).toBe(header.revision);
    expect(read.header.clusterId).toBe(header.clusterId);
  });

  it('keeps empty values and bytes of any kind', async () => {
    await using client = clientIn(await etcd.server());
    await client.put('empty', '');
    expect((await client.get('empty'))?.value).toBe('');
    const key = Uint8Array.of(0xff, 0, 0x61);
    await client.put(key, 'under bytes');
    expect((await client.get(key))?.keyBytes).toEqual(key);
    await client.put('unicode 🦊', 'ключ');
    expect((await client.get('unicode 🦊'))?.value).toBe('ключ');
  });

  it('puts with the previous record, and deletes with it', async () => {
    await using client = clientIn(await etcd.server());
    await client.put('zoo', 'old');
    const put = await client.put('zoo', 'new', { prevKv: true });
    expect(put.prev?.value).toBe('old');

    const deleted = await client.delete('zoo', { prevKv: true });
    expect(deleted.deleted).toBe(1);
    expect(deleted.prev.map(({ key, value }) => [key, value])).toEqual([['zoo', 'new']]);
    expect(await client.get('zoo')).toBeUndefined();

    const again = await client.delete('zoo', { prevKv: true });
    expect(again).toMatchObject({ deleted: 0, prev: [] });
  });

  it('starts a key again with version 1 after its deletion', async () => {
    await using client = clientIn(await etcd.server());
    await client.put('k', '1');
    await client.delete('k');
    const { header } = await client.put('k', '2');
    expect(await client.get('k')).toMatchObject({ version: 1n, createRevision: header.revision });
  });

  it('reads the local data of a member when that is enough', async () => {
    await using client = clientIn(await etcd.server());
    await client.put('k', 'v');
    expect((await client.get('k', { serializable: true }))?.value).toBe('v');
  });

  it('logs records and headers with decimal strings', async () => {
    await using client = clientIn(await etcd.server());
    const { header } = await client.put('k', 'v');
    const kv = await client.get('k');
    expect(JSON.parse(JSON.stringify({ header, kv }))).toEqual({
      header: {
        clusterId: String(header.clusterId),
        memberId: String(header.memberId),
        revision: String(header.revision),
        raftTerm: String(header.raftTerm),
      },
      kv: {
        key: 'k',
        value: 'v',
        createRevision: String(header.revision),
        modRevision: String(header.revision),
        version: '1',
        lease: '0',
      },
    });
  });
});

describeEtcd('the history of a key', (etcd) => {
  it('is read at revisions 2 to 5, until a compaction takes it away', async () => {
    await using server = await etcd.start();
    await using client = clientOf(server);
    // A new store is at revision 1, and each put adds one.
    const written = ['two', 'three', 'four', 'five'];
    for (const value of written) await client.put('foo', value);

    const history: unknown[] = [];
    for (let revision = 2n; revision <= 5n; revision++) {
      const kv = await client.get('foo', { revision });
      history.push([kv?.value, kv?.modRevision, kv?.version]);
    }
    expect(history).toEqual([
      ['two', 2n, 1n],
      ['three', 3n, 2n],
      ['four', 4n, 3n],
      ['five', 5n, 4n],
    ]);
    expect(await client.get('foo', { revision: 1 })).toBeUndefined();

    const { header } = await client.compact(4n, { physical: true });
    expect(header.revision).toBe(5n);
    expect((await client.get('foo', { revision: 4n }))?.value).toBe('four');
    const error = await failureOf(client.get('foo', { revision: 3n }));
    expect(error).toBeInstanceOf(CompactedError);
    expect(error).toMatchObject({
      code: 'COMPACTED',
      retryable: false,
      method: 'KV.Range',
      endpoint: client.endpoints[0],
    });
  });

  it('cannot be compacted twice, nor past its end', async () => {
    await using server = await etcd.start();
    await using client = clientOf(server);
    await client.put('foo', '1');
    await client.compact(2);
    expect(await failureOf(client.compact(2))).toBeInstanceOf(CompactedError);
    expect(await failureOf(client.compact(99))).toMatchObject({
      code: 'FUTURE_REVISION',
      outcome: 'not-applied',
    });
  });

  it('cannot be read at a future revision', async () => {
    await using client = clientIn(await etcd.server());
    const { header } = await client.put('foo', '1');
    const error = await failureOf(client.get('foo', { revision: header.revision + 1n }));
    expect(error).toMatchObject({ code: 'FUTURE_REVISION', method: 'KV.Range' });
  });
});

describeEtcd('keys on leases', (etcd) => {
  it('are attached by a put, kept by ignoreLease, moved and removed by touch', async () => {
    const server = await etcd.server();
    await using client = clientIn(server);
    const [first, second] = [await grantLease(server), await grantLease(server)];
    const leaseOf = async () => (await client.get('k'))?.lease;

    await client.put('k', 'v1', { lease: first });
    expect(await leaseOf()).toBe(first);
    await client.put('k', 'v2', { ignoreLease: true });
    expect(await leaseOf()).toBe(first);

    const moved = await client.touch('k', { lease: { id: second }, prevKv: true });
    expect(moved.prev).toMatchObject({ value: 'v2', lease: first });
    expect(await client.get('k')).toMatchObject({ value: 'v2', lease: second, version: 3n });
    await client.touch('k', { lease: null });
    expect(await leaseOf()).toBe(0n);
    await client.put('k', 'v3', { lease: first });
    await client.put('k', 'v4');
    expect(await leaseOf()).toBe(0n);
  });

  it('refuses a lease that does not exist, with a typed error', async () => {
    await using client = clientIn(await etcd.server());
    const error = await failureOf(client.put('k', 'v', { lease: 4711n }));
    expect(error).toBeInstanceOf(LeaseNotFoundError);
    expect(error).toMatchObject({ outcome: 'not-applied', retryable: false, method: 'KV.Put' });
    expect(await client.get('k')).toBeUndefined();
  });

  it('refuses to touch, or to keep the lease of, a key that is missing', async () => {
    await using client = clientIn(await etcd.server());
    const wanted = { code: 'KEY_NOT_FOUND', outcome: 'not-applied' };
    expect(await failureOf(client.touch('missing', { lease: null }))).toMatchObject(wanted);
    expect(await failureOf(client.put('missing', 'v', { ignoreLease: true }))).toMatchObject(
      wanted,
    );
  });

  it('refuses a touch that does not name a lease, and keeps the present one', async () => {
    const server = await etcd.server();
    await using client = clientIn(server);
    const lease = await grantLease(server);
    await client.put('k', 'v', { lease });
    for (const options of [undefined, {}, { lease: undefined }, { prevKv: true }]) {
      const error = await failureOf(client.touch('k', options as never));
      expect(error).toBeInstanceOf(TypeError);
      expect(error).toMatchObject({ argument: 'lease', outcome: 'not-sent' });
    }
    expect(await client.get('k')).toMatchObject({ lease, version: 1n });
  });

  it('creates on a lease', async () => {
    const server = await etcd.server();
    await using client = clientIn(server);
    const lease = await grantLease(server);
    await client.create('k', 'v', { lease });
    expect(await client.get('k')).toMatchObject({ lease, version: 1n });
  });
});

describeEtcd('create', (etcd) => {
  it('stores a key once', async () => {
    await using client = clientIn(await etcd.server());
    const { header } = await client.create('k', 'mine');
    expect(await client.get('k')).toMatchObject({ createRevision: header.revision });

    const error = await failureOf(client.create('k', 'theirs'));
    expect(error).toBeInstanceOf(KeyExistsError);
    expect(error).toMatchObject({ key: 'k', outcome: 'not-applied', retryable: false });
    expect((await client.get('k'))?.value).toBe('mine');
  });

  it('lets exactly one of many win', async () => {
    await using client = clientIn(await etcd.server());
    const contenders = Array.from({ length: 10 }, (_, i) => client.create('k', `${i}`));
    const outcomes = await Promise.allSettled(contenders);
    const winners = outcomes.flatMap(({ status }, i) => (status === 'fulfilled' ? [`${i}`] : []));
    expect(winners).toEqual([(await client.get('k'))?.value]);
  });
});
