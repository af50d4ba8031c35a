import { inspect } from 'node:util';
import { runInNewContext } from 'node:vm';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { EtcdError, InvalidArgumentError } from '../../../src/errors/index.js';
import { auth, cluster, kv, lease, maintenance, watch } from '../../../src/rpc/services.js';
import { loaderCodec } from '../../support/loader-codec.js';

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);

describe('a value of the wrong type is refused by the name of its field, and nothing is cut to fit', () => {
  // What is wrong here is wrong for the compiler too, as it would be for callers without types.
  const wrong: readonly (readonly [string, () => unknown, string])[] = [
    [
      'text for bytes',
      () => kv.put.encode({ key: 'a' as never }),
      'PutRequest.key: got a string; ',
    ],
    ['null for bytes', () => kv.put.encode({ key: null as never }), 'PutRequest.key: got null'],
    [
      'a number for a bigint',
      () => kv.put.encode({ lease: 5 as never }),
      'PutRequest.lease: got 5',
    ],
    ['NaN', () => kv.range.encode({ limit: Number.NaN as never }), 'RangeRequest.limit: got NaN'],
    ['2^63', () => kv.range.encode({ revision: 2n ** 63n }), 'RangeRequest.revision: got 92'],
    ['-2^63-1', () => kv.range.encode({ limit: -(2n ** 63n) - 1n }), 'RangeRequest.limit: got -92'],
    [
      'text for a bool',
      () => kv.range.encode({ keysOnly: 'no' as never }),
      'RangeRequest.keysOnly',
    ],
    [
      'no value of the enum',
      () => kv.range.encode({ sortOrder: 'DOWN' as never }),
      `RangeRequest.sortOrder: got "DOWN"; allowed are 'NONE', 'ASCEND', 'DESCEND'`,
    ],
    [
      'the name of something every object has',
      () => kv.range.encode({ sortOrder: 'toString' as never }),
      'RangeRequest.sortOrder: got "toString"',
    ],
    ['no message', () => kv.range.encode(undefined as never), 'KV.Range request: got undefined'],
    ['a list for a message', () => kv.put.encode([] as never), 'KV.Put request: got an array of 0'],
    [
      'no list',
      () => kv.txn.encode({ success: {} as never }),
      'TxnRequest.success: got an object; allowed is an array',
    ],
    [
      'a hole in a list',
      () => kv.txn.encode({ success: [undefined as never] }),
      'TxnRequest.success: got undefined; allowed is an object',
    ],
    [
      'two operations in one',
      () => kv.txn.encode({ success: [{ requestPut: {}, requestRange: {} } as never] }),
      'RequestOp: got 2 of requestRange, requestPut, requestDeleteRange, requestTxn;',
    ],
    [
      'two operands in one comparison',
      () => kv.txn.encode({ compare: [{ version: 1n, lease: 2n } as never] }),
      'Compare: got 2 of version, createRevision, modRevision, value, lease;',
    ],
    [
      'two requests in one of a watch',
      () => watch.watch.encode({ createRequest: {}, cancelRequest: {} } as never),
      'WatchRequest: got 2 of createRequest, cancelRequest, progressRequest;',
    ],
    [
      'an unknown filter',
      () => watch.watch.encode({ createRequest: { filters: ['NOTHING' as never] } }),
      'WatchCreateRequest.filters: got "NOTHING"',
    ],
    [
      'NaN, cold',
      () => lease.leaseGrant.encode({ ttl: Number.NaN as never }),
      'LeaseGrantRequest.ttl: got NaN',
    ],
    [
      'text for bytes, cold',
      () => auth.roleRevokePermission.encode({ key: 'k' as never }),
      'AuthRoleRevokePermissionRequest.key',
    ],
    [
      'a number for text, cold',
      () => auth.userAdd.encode({ name: 1 as never }),
      'AuthUserAddRequest.name: got 1',
    ],
    [
      'text for a bool, cold',
      () => cluster.memberList.encode({ linearizable: 'x' as never }),
      'MemberListRequest.linearizable',
    ],
    [
      '2^63, cold',
      () => lease.leaseRevoke.encode({ id: 2n ** 63n }),
      'LeaseRevokeRequest.id: got 92',
    ],
    [
      '-1 for an unsigned integer',
      () => cluster.memberRemove.encode({ id: -1n }),
      'MemberRemoveRequest.id: got -1n',
    ],
    [
      '2^64',
      () => cluster.memberRemove.encode({ id: 2n ** 64n }),
      'MemberRemoveRequest.id: got 184',
    ],
    [
      'no list, cold',
      () => cluster.memberAdd.encode({ peerUrls: 'x' as never }),
      'MemberAddRequest.peerUrls',
    ],
    [
      'inside a message',
      () => auth.roleGrantPermission.encode({ perm: { permType: 'ALL' as never } }),
      `Permission.permType: got "ALL"; allowed are 'READ', 'WRITE', 'READWRITE'`,
    ],
    [
      'no message, cold',
      () => lease.leaseTimeToLive.encode(undefined as never),
      'LeaseTimeToLiveRequest: got undefined',
    ],
    [
      '2^32',
      () => loaderCodec('etcdserverpb.HashResponse').encode({ hash: 2 ** 32 }),
      'HashResponse.hash: got 4294967296',
    ],
    [
      'half an integer',
      () => loaderCodec('etcdserverpb.HashResponse').encode({ hash: 0.5 }),
      'HashResponse.hash: got 0.5',
    ],
    [
      'a newer enum value that was read',
      () => maintenance.alarm.encode({ alarm: 'UNRECOGNIZED' as never }),
      'AlarmRequest.alarm: got "UNRECOGNIZED"',
    ],
  ];

  test.each(wrong)('%s', (_what, encode, message) => {
    let error: unknown;
    try {
      encode();
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(InvalidArgumentError);
    expect(error).toBeInstanceOf(EtcdError);
    expect((error as Error).message).toContain(message);
  });

  test('a transaction that contains itself is refused', () => {
    const success: object[] = [];
    success.push({ requestTxn: { success } });
    expect(() => kv.txn.encode({ success })).toThrow(/allowed are 100 messages inside one another/);
  });

  test('after a refusal the next message is whole', () => {
    const before = kv.put.encode({ key: bytes(1), value: bytes(2) });
    expect(() => kv.put.encode({ key: bytes(9, 9, 9), lease: 1 as never })).toThrow();
    expect(kv.put.encode({ key: bytes(1), value: bytes(2) })).toEqual(before);
  });
});

describe('what is accepted', () => {
  test('fields that the message does not have are ignored', () => {
    const put = { key: bytes(1), prev_kv: true, nonsense: 5 };
    expect(kv.put.encode(put)).toEqual(kv.put.encode({ key: bytes(1) }));
    const grant = { ttl: 5n, TTL: 6n };
    expect(lease.leaseGrant.encode(grant)).toEqual(lease.leaseGrant.encode({ ttl: 5n }));
  });

  test('bytes of another realm are bytes', () => {
    const foreign = runInNewContext('Uint8Array.from([1, 2])') as Uint8Array;
    expect(foreign).not.toBeInstanceOf(Uint8Array);
    expect(kv.put.encode({ key: foreign })).toEqual(kv.put.encode({ key: bytes(1, 2) }));
  });

  test('a message may be larger than any before it, and the next is small again', () => {
    const value = new Uint8Array(3 << 20).fill(7);
    const { decode } = loaderCodec('etcdserverpb.TxnRequest');
    const { success } = decode(kv.txn.encode({ success: [{ requestPut: { value } }] }));
    expect(Buffer.compare(success[0]?.requestPut?.value ?? bytes(), value)).toBe(0);
    expect([...kv.put.encode({ key: bytes(1) })]).toEqual([0o12, 1, 1]);
  });

  test('a getter that writes another message while one is written disturbs neither', () => {
    const inner: Uint8Array[] = [];
    const put = {
      key: bytes(1),
      get value() {
        inner.push(kv.put.encode({ key: bytes(5, 6) }));
        return bytes(2);
      },
    };
    const plain = kv.put.encode({ key: bytes(1), value: bytes(2) });
    expect(kv.put.encode(put)).toEqual(plain);
    expect([...(inner[0] ?? [])]).toEqual([0o12, 2, 5, 6]);
  });

  test('an operand with its default is still an operand', () => {
    const { decode } = loaderCodec('etcdserverpb.TxnRequest');
    const compare = [{ createRevision: 0n }, { value: bytes() }, {}];
    const read = decode(kv.txn.encode({ compare })).compare;
    expect(read.map(({ createRevision, value }) => [createRevision, value])).toEqual([
      [0n, undefined],
      [undefined, bytes()],
      [undefined, undefined],
    ]);
  });
});

describe('what is read', () => {
  const { encode } = loaderCodec('etcdserverpb.RangeResponse');
  const message = encode({
    kvs: [{ key: bytes(1, 2), value: bytes(3), modRevision: 9n, lease: -1n }],
  });
  // A message that has its memory for itself; of memory that is shared a record would keep a copy.
  const received = Buffer.from(Uint8Array.from(message).buffer);

  test('bytes are plain arrays on the received ones, not copies and not Buffers', () => {
    const [record] = kv.range.decode(received).kvs;
    expect(record?.key.constructor).toBe(Uint8Array);
    expect(record?.key.buffer).toBe(received.buffer);
    expect(record?.key).toEqual(bytes(1, 2));
    expect(record?.value).toEqual(bytes(3));
  });

  test('a record shows its fields when it is logged', () => {
    const [record] = kv.range.decode(received).kvs;
    expect(inspect(record)).toContain('modRevision: 9n');
    expect(
      JSON.stringify(record, (_key, value) => (typeof value === 'bigint' ? `${value}` : value)),
    ).toContain('"modRevision":"9","version":"0"');
  });

  test('an enum value from the future is UNRECOGNIZED, in an event and in an alarm', () => {
    const event = watch.watch.decode(bytes(0o132, 2, 0o10, 2));
    expect(event.events[0]?.type).toBe('UNRECOGNIZED');
    const alarm = maintenance.alarm.decode(bytes(0o22, 2, 0o20, 9));
    expect(alarm.alarms[0]?.alarm).toBe('UNRECOGNIZED');
  });

  test.each([
    ['an integer that is cut short', bytes(0o40, 0xff), /too long or cut short/],
    ['an integer of eleven bytes', bytes(0o40, ...new Array(10).fill(0xff), 1), /too long/],
    ['a length that goes past the end', bytes(0o12, 5, 1), /past the end/],
    ['a length of 4 GiB', bytes(0o12, 0xff, 0xff, 0xff, 0xff, 0x0f), /past the end/],
    ['a fixed field that is cut short', bytes(0o241, 1, 0, 0), /cut short/],
    ['a field without a number', bytes(0, 0), /without a number/],
    ['a group, which proto3 does not have', bytes(0o243, 1), /unknown kind/],
    ['a field that goes past its message', bytes(0o12, 2, 0o30, 0x80, 0o30, 1), /past its message/],
  ])('%s is an error', (_what, damaged, message) => {
    expect(() => kv.range.decode(damaged)).toThrow(message);
    expect(() => kv.range.decode(damaged)).toThrow(/^malformed KV\.Range response: /);
  });

  test('messages nested without end are an error and not an exhausted stack', () => {
    let nested = bytes();
    for (let level = 0; level < 1_000; level++) {
      const length = nested.length;
      const prefix = length < 0x80 ? [length] : [(length & 0x7f) | 0x80, length >> 7];
      const wrap = level % 2 === 0 ? 0o42 : 0o32;
      if (length >= 1 << 14) break;
      nested = bytes(wrap, ...prefix, ...nested);
    }
    expect(() => kv.txn.decode(nested)).toThrow(/nested too deeply/);
  });
});

describe('the descriptor', () => {
  afterEach(() => {
    vi.restoreAllMocks();
    vi.resetModules();
  });

  test('is parsed, by proto-loader, when a message needs it and not when the library is loaded', async () => {
    vi.resetModules();
    const parse = vi.spyOn(JSON, 'parse');
    const fresh = await import('../../../src/rpc/services.js');
    const { descriptorJson } = await import('../../../src/rpc/generated/descriptor.js');
    fresh.kv.put.encode({ key: bytes(1) });
    fresh.kv.range.decode(bytes());
    // Nor by what every connection and every lease begins with.
    fresh.maintenance.status.decode(bytes());
    fresh.lease.leaseGrant.encode({ ttl: 1n });
    fresh.auth.authenticate.encode({ name: 'ada' });
    expect(fresh.kv.put.prepare).toBeUndefined();
    expect(() => fresh.cluster.memberRemove.encode({ id: 1n })).toThrow(/await `prepare\(\)`/);
    expect(parse).not.toHaveBeenCalledWith(descriptorJson);
    await fresh.cluster.memberRemove.prepare?.();
    // From now on nobody has to wait.
    expect(fresh.cluster.memberPromote.prepare?.()).toBeUndefined();
    fresh.cluster.memberRemove.encode({ id: 1n });
    fresh.cluster.memberPromote.encode({ id: 1n });
    expect(parse.mock.calls.filter(([text]) => text === descriptorJson)).toHaveLength(1);
  });

  test('is enough to copy a request, as deep as it goes', () => {
    const key = bytes(1);
    const request = { name: 'reader', perm: { permType: 'READ' as const, key, rangeEnd: bytes() } };
    const copy = auth.roleGrantPermission.copy?.(request);
    expect(copy).toEqual(request);
    key[0] = 9;
    request.perm.rangeEnd = bytes(8);
    request.name = 'writer';
    const perm = { permType: 'READ', key: bytes(1), rangeEnd: bytes() };
    expect(copy).toEqual({ name: 'reader', perm });
    const peerURLs = ['http://a:1'];
    const added = cluster.memberAdd.copy?.({ peerUrls: peerURLs });
    peerURLs.push('http://b:1');
    expect(added).toEqual({ peerUrls: ['http://a:1'] });
    // What is wrong is left to `encode`, which names it.
    const wrong = cluster.memberRemove.copy?.({ id: 'one' as never });
    expect(wrong).toEqual({ id: 'one' });
    expect(() => cluster.memberRemove.copy?.(undefined as never)).toThrow(InvalidArgumentError);
  });
});
