import assert from 'node:assert/strict';
import { inspect, isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from 'vitest';
import { DecodeError } from '../../../src/errors/index.js';
import { decodeUtf8, encodeUtf8 } from '../../../src/internal/bytes.js';
import { type Codec, codecs } from '../../../src/model/codec/index.js';
import { type KeyValue, toKeyValue } from '../../../src/model/key-value.js';
import { Keyspace } from '../../../src/model/keys/index.js';
import { kv as methods } from '../../../src/rpc/services.js';
import { loaderCodec } from '../../support/loader-codec.js';

const revisions = {
  createRevision: 2n,
  modRevision: 2n ** 63n - 1n,
  version: 3n,
  lease: 0n,
};
const shown = {
  createRevision: '2',
  modRevision: '9223372036854775807',
  version: '3',
  lease: '0',
};

/** A record of an answer as a server sends it. */
function recordOf<Value>(
  value: Uint8Array,
  codec: Codec<Value>,
  { key = encodeUtf8('k'), keyspace = Keyspace.root } = {},
) {
  const stored = { key: keyspace.encodeKey(key), value, ...revisions };
  const answer = loaderCodec('etcdserverpb.RangeResponse').encode({ kvs: [stored] });
  const [raw] = methods.range.decode(answer).kvs;
  return toKeyValue(raw!, { keyspace, codec });
}

const logged = (kv: KeyValue<unknown>): unknown => JSON.parse(JSON.stringify(kv));

const counts: Codec<bigint> = {
  name: 'counts',
  encode: (value) => encodeUtf8(String(value)),
  decode: (stored) => BigInt(decodeUtf8(stored)),
};

const long = 'long '.repeat(10_000);
const notText = Uint8Array.of(0xff, 0);

describe('a copy of a record', () => {
  it.each([
    ['a short text', 'v', recordOf(encodeUtf8('v'), codecs.utf8)],
    ['a long text', long, recordOf(encodeUtf8(long), codecs.utf8)],
    ['JSON', { a: [1] }, recordOf(encodeUtf8('{"a":[1]}'), codecs.json())],
    ['bytes', notText, recordOf(notText, codecs.bytes)],
    ['a number', 7n, recordOf(encodeUtf8('7'), counts)],
    [
      'a text in a namespace',
      'v',
      recordOf(encodeUtf8('v'), codecs.utf8, { keyspace: Keyspace.root.sub('ns/') }),
    ],
  ] as const)('has all its fields, with %s as its value', (_what, value, record) => {
    const whole = { key: 'k', value, ...revisions };
    assert.deepEqual({ ...record }, whole);
    assert.deepEqual(Object.assign({}, record), whole);
    assert.deepEqual(structuredClone(record), whole);
    expect(record).toEqual(whole);
  });

  it('is not made of a record whose bytes are not valid: the error says which', () => {
    const record = recordOf(notText, codecs.utf8);
    expect(() => ({ ...record })).toThrow(DecodeError);
    expect(() => structuredClone(record)).toThrow('the value of "k" is not valid');
    // All else can still be read.
    expect(record).toHaveProperty('modRevision', revisions.modRevision);
    expect(record.valueBytes).toEqual(notText);
  });

  it('has no bytes, and the record still has them', () => {
    const keyspace = Keyspace.root.sub('ns/');
    for (const text of ['v', '', 'für', '\ufeffmark', '\ufffd', long]) {
      const record = recordOf(encodeUtf8(text), codecs.utf8, { key: encodeUtf8('kö'), keyspace });
      expect(record.keyBytes).toEqual(encodeUtf8('kö'));
      expect(record.valueBytes).toEqual(encodeUtf8(text));
      expect(record.value).toBe(text);
      expect(Object.keys(record)).toEqual(['key', 'value', ...Object.keys(revisions)]);
    }
  });
});

describe('two records', () => {
  it('are equal only when all their fields are equal', () => {
    const record = (value: string, key = 'k') =>
      recordOf(encodeUtf8(value), codecs.utf8, { key: encodeUtf8(key) });
    assert.deepEqual(record('v'), record('v'));
    assert.deepEqual(record(long), record(long));
    assert.ok(!isDeepStrictEqual(record('v'), record('w')));
    assert.ok(!isDeepStrictEqual(record('v'), record('v', 'l')));
    assert.ok(!isDeepStrictEqual(record(long), record(`${long}.`)));
    assert.ok(!isDeepStrictEqual([record('v')], [record('w')]));
    const bytes = (value: number) => recordOf(Uint8Array.of(0xff, value), codecs.bytes);
    assert.deepEqual(bytes(1), bytes(1));
    assert.ok(!isDeepStrictEqual(bytes(1), bytes(2)));
  });

  it('are equal whether one was decoded or not', () => {
    const [read, unread] = [
      recordOf(encodeUtf8(long), codecs.utf8),
      recordOf(encodeUtf8(long), codecs.utf8),
    ];
    expect(read.value).toBe(long);
    assert.deepEqual(read, unread);
    expect(unread).toEqual(read);
  });
});

describe('a value that is no short text', () => {
  it('is decoded when it is read, and once', () => {
    let decoded = 0;
    const codec: Codec<object> = { ...codecs.json<object>(), decode: () => ({ nth: ++decoded }) };
    const record = recordOf(encodeUtf8('{}'), codec);
    expect(decoded).toBe(0);
    expect(record.value).toBe(record.value);
    expect({ ...record }.value).toBe(record.value);
    expect(decoded).toBe(1);
  });
});

describe('a record in a log', () => {
  it('has its key, its value and its numbers, exactly', () => {
    expect(logged(recordOf(encodeUtf8('v'), codecs.utf8))).toEqual({
      key: 'k',
      value: 'v',
      ...shown,
    });
    const large = 2n ** 70n;
    expect(logged(recordOf(encodeUtf8(`${large}`), counts))).toMatchObject({ value: `${large}` });
  });

  it('cuts a long text on the console alone, unless more is asked for', () => {
    const record = recordOf(encodeUtf8(long), codecs.utf8);
    expect(inspect(record).length).toBeLessThan(400);
    expect(inspect(record)).toContain('49800 more characters');
    expect(inspect(record, { maxStringLength: null })).toContain(long);
    expect(logged(record)).toMatchObject({ value: long });
  });

  it('has bytes in hex, by another name where they were to be text', () => {
    expect(logged(recordOf(notText, codecs.bytes))).toMatchObject({ value: 'ff00' });
    expect(logged(recordOf(notText, codecs.utf8, { key: notText }))).toEqual({
      keyHex: 'ff00',
      valueHex: 'ff00',
      ...shown,
    });
  });

  it('shows the same on the console, bigints as bigints', () => {
    const text = inspect(recordOf(encodeUtf8('v'), codecs.utf8), { breakLength: Infinity });
    expect(text).toBe(
      "KeyValue { key: 'k', value: 'v', createRevision: 2n, modRevision: 9223372036854775807n, version: 3n, lease: 0n }",
    );
    expect(inspect(recordOf(notText, codecs.utf8))).toContain("valueHex: 'ff00'");
  });
});
