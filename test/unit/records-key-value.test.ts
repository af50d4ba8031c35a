import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { type Codec, codecs } from '../../src/codec/index.js';
import { decodeUtf8, encodeUtf8 } from '../../src/internal/bytes.js';
import { Keyspace } from '../../src/keys/index.js';
import { type KeyValue, readKeyValue } from '../../src/records/index.js';

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

function recordOf<Value>(value: Uint8Array, codec: Codec<Value>, key = encodeUtf8('k')) {
  return readKeyValue({ key, value, ...revisions }, { keyspace: Keyspace.root, codec });
}

const logged = (kv: KeyValue<unknown>): unknown => JSON.parse(JSON.stringify(kv));

const counts: Codec<bigint> = {
  name: 'counts',
  encode: (value) => encodeUtf8(String(value)),
  decode: (stored) => BigInt(decodeUtf8(stored)),
};

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

  it('has bytes in hex, by another name where they were to be text', () => {
    const bytes = Uint8Array.of(0xff, 0);
    expect(logged(recordOf(bytes, codecs.bytes))).toMatchObject({ value: 'ff00' });
    expect(logged(recordOf(bytes, codecs.utf8, bytes))).toEqual({
      keyHex: 'ff00',
      valueHex: 'ff00',
      ...shown,
    });
  });

  it('shows the same on the console', () => {
    const text = inspect(recordOf(encodeUtf8('v'), codecs.utf8));
    expect(text).toContain("value: 'v'");
    expect(text).toContain("modRevision: '9223372036854775807'");
  });
});
