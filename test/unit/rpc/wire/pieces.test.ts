import { describe, expect, it } from 'vitest';
import { codecs } from '../../../../src/model/codec/index.js';
import { toKeyValue } from '../../../../src/model/key-value.js';
import { Keyspace } from '../../../../src/model/keys/index.js';
import type { KeyValue } from '../../../../src/rpc/generated/types.js';
import { kv } from '../../../../src/rpc/services.js';
import { PIECE_BYTES } from '../../../../src/rpc/wire/pieces.js';
import { decodeMessage } from '../../../../src/rpc/wire/reader.js';
import { readWatchMessage } from '../../../../src/rpc/wire/watch.js';
import { loaderCodec } from '../../../support/loader-codec.js';

/** Bytes of the numbers and of the frame of a record, at most. */
const FRAME = 64;

const record = (index: number, valueBytes: number) => ({
  key: Buffer.from(`key/${index}`),
  value: new Uint8Array(valueBytes).fill(index),
  createRevision: 3n,
  modRevision: BigInt(100 + index),
  version: 1n,
  lease: 0n,
});

/** Checks that these are the records, and that each holds little beside its own bytes. */
function expectOwnBytes(kvs: readonly KeyValue[], sizes: readonly number[]): void {
  expect(kvs).toHaveLength(sizes.length);
  kvs.forEach(({ key, value, modRevision }, index) => {
    const size = sizes[index] ?? 0;
    expect(Buffer.from(key).toString()).toBe(`key/${index}`);
    expect(Buffer.compare(value, new Uint8Array(size).fill(index))).toBe(0);
    expect(modRevision).toBe(BigInt(100 + index));
    for (const { buffer } of [key, value]) {
      expect(buffer.byteLength).toBeLessThanOrEqual(Math.max(PIECE_BYTES, 2 * (size + FRAME)));
    }
  });
}

const MIXED = [10, 7_000, 0, 300, 300, 300, 2_000, 3_000, 1, 900, 900, 900, 100_000, 5];
const TINY = Array.from({ length: 1_000 }, () => 10);

describe('records of an answer hold little beside their own bytes', () => {
  it.each([
    ['of many sizes', MIXED],
    ['all small', TINY],
  ])('in a range, %s', (_, sizes) => {
    const kvs = sizes.map((size, index) => record(index, size));
    const answer = loaderCodec('etcdserverpb.RangeResponse').encode({ kvs });
    expectOwnBytes(kv.range.decode(answer).kvs, sizes);
  });

  it('in a transaction, such as a batch of reads', () => {
    const responses = MIXED.map((size, index) => ({
      responseRange: { kvs: [record(index, size)] },
    }));
    const answer = loaderCodec('etcdserverpb.TxnResponse').encode({ responses });
    const read = kv.txn.decode(answer).responses;
    expectOwnBytes(
      read.flatMap(({ responseRange }) => responseRange?.kvs ?? []),
      MIXED,
    );
  });

  it('in the answer to a lone read that came in memory shared with others', () => {
    const answer = loaderCodec('etcdserverpb.RangeResponse').encode({ kvs: [record(0, 10)] });
    const shared = new Uint8Array(8_192);
    shared.set(answer, 4_000);
    const received = shared.subarray(4_000, 4_000 + answer.length);
    expectOwnBytes(kv.range.decode(received).kvs, [10]);
  });

  it('in events that wait, and in those that were taken', () => {
    const events = MIXED.map((size, index) => ({ kv: record(index, size) }));
    const answer = loaderCodec('etcdserverpb.WatchResponse').encode({ events });
    const { runs } = decodeMessage('Watch.Watch response', answer, readWatchMessage);
    const read = runs.flatMap((run) => run.read());
    expectOwnBytes(
      read.flatMap((event) => event.kv ?? []),
      MIXED,
    );
  });

  it('in events that wait while what they came with is used again', () => {
    const events = TINY.map((size, index) => ({ kv: record(index, size) }));
    const answer = loaderCodec('etcdserverpb.WatchResponse').encode({ events });
    const shared = new Uint8Array(4 * answer.length);
    shared.set(answer, answer.length);
    const received = shared.subarray(answer.length, 2 * answer.length);
    const { runs } = decodeMessage('Watch.Watch response', received, readWatchMessage);
    shared.fill(0);
    const read = runs.flatMap((run) => run.read());
    expectOwnBytes(
      read.flatMap((event) => event.kv ?? []),
      TINY,
    );
  });

  it('also when their values are decoded later', () => {
    const values = MIXED.map((size, index) => ({ index, text: 'v'.repeat(size) }));
    const kvs = values.map((value, index) => ({
      ...record(index, 0),
      value: Buffer.from(JSON.stringify(value)),
    }));
    const answer = new Uint8Array(loaderCodec('etcdserverpb.RangeResponse').encode({ kvs }));
    const space = { keyspace: Keyspace.root, codec: codecs.json() };
    const records = kv.range.decode(answer).kvs.map((raw) => toKeyValue(raw, space));
    const largest = MIXED.indexOf(Math.max(...MIXED));
    answer.fill(0);
    records.forEach((kept, index) => {
      // One is most of the answer, and holds that.
      if (index !== largest) expect(kept.value).toEqual(values[index]);
    });
  });

  it('and a record that is most of its answer is not copied', () => {
    const encoded = loaderCodec('etcdserverpb.RangeResponse').encode({ kvs: [record(0, 100_000)] });
    const answer = new Uint8Array(encoded);
    const [read] = kv.range.decode(answer).kvs;
    expect(read?.value.buffer).toBe(answer.buffer);
  });
});
