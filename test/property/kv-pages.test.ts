import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareBytes, encodeUtf8 } from '../../src/internal/bytes.js';
import { KeyedQueue } from '../../src/internal/keyed-queue.js';
import { codecs } from '../../src/model/codec/index.js';
import { Keyspace } from '../../src/model/keys/index.js';
import type { KeyValue, RangeRequest } from '../../src/rpc/generated/types.js';
import { View } from '../../src/view/index.js';
import { WatchHub } from '../../src/watch/index.js';
import { ManualClock } from '../support/manual-clock.js';
import { RecordingTransport } from '../support/recording-transport.js';

const FIRST_REVISION = 100n;

function record(key: string, valueLength: number): KeyValue {
  return {
    key: encodeUtf8(key),
    value: new Uint8Array(valueLength),
    createRevision: 1n,
    modRevision: 1n,
    version: 1n,
    lease: 0n,
  };
}

/**
 * A store that changes with every read: what was there at the first revision is only seen by who asks
 * for that revision. Later there are records between all others.
 */
function changingStore(kvs: readonly KeyValue[]) {
  let revision = FIRST_REVISION;
  const later = kvs.flatMap((kv) => [kv, record(`${new TextDecoder().decode(kv.key)}!`, 1)]);
  return (request: RangeRequest) => {
    const seen = (request.revision || revision) === FIRST_REVISION ? kvs : later;
    const found = seen.filter(
      ({ key }) => compareBytes(key, request.key) >= 0 && compareBytes(key, request.rangeEnd) < 0,
    );
    const limit = Number(request.limit ?? 0n);
    const page = limit === 0 ? found : found.slice(0, limit);
    const header = { clusterId: 1n, memberId: 1n, revision, raftTerm: 1n };
    revision++;
    return { header, kvs: page, count: BigInt(found.length), more: page.length < found.length };
  };
}

describe('iterating a range', () => {
  const stores = fc.record({
    keys: fc.integer({ min: 0, max: 1_500 }),
    // Pages are measured in bytes: tiny records, records larger than a page, and both side by side.
    sizes: fc.array(fc.constantFrom(0, 10, 1_000, 5_000, 600_000), { minLength: 1, maxLength: 40 }),
    limit: fc.option(fc.integer({ min: 1, max: 1_600 }), { nil: undefined }),
  });

  it('yields every record of one revision once, in order, however the pages fall', async () => {
    await fc.assert(
      fc.asyncProperty(stores, async ({ keys, sizes, limit }) => {
        const kvs = Array.from({ length: keys }, (_, i) =>
          record(`k/${String(i).padStart(5, '0')}`, sizes[i % sizes.length] ?? 0),
        );
        const answer = changingStore(kvs);
        const transport = new RecordingTransport((_, request) => answer(request as RangeRequest));
        const context = { transport, clock: new ManualClock(), timeoutMs: 0 };
        const view = new View(
          { ...context, watches: new WatchHub(context), updates: new KeyedQueue() },
          { keyspace: Keyspace.root.sub('k/'), codec: codecs.bytes },
        );
        const seen: string[] = [];
        for await (const { key } of view.all().limit(limit ?? 0)) seen.push(key);
        const expected = kvs
          .slice(0, limit)
          .map(({ key }) => new TextDecoder().decode(key).slice(2));
        expect(seen).toEqual(expected);
        // No page is asked for that is not needed.
        const asked = transport.calls.length;
        expect(asked).toBeLessThanOrEqual(Math.max(1, expected.length));
      }),
      { numRuns: 40 },
    );
  });
});
