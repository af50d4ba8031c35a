import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { EtcdClient, type KeyValue, TimeoutError } from '../../src/index.js';
import { encodeUtf8 } from '../../src/internal/bytes.js';
import { failureOf } from '../support/client.js';
import {
  type RangeStreamServer,
  type RangeStreamServerOptions,
  STREAM_REVISION,
  type Status,
  startRangeStreamServer,
} from '../support/range-stream-server.js';

// A small server of our own, on a real connection, for what a real one does not do on command. Real servers are
// in `test/faults/iteration-breaks.test.ts`.

/** Keys of the page that tells the revision; the chunks follow it. */
const FIRST_PAGE = 16;
const AUTH_STORE_OLD = 'etcdserver: revision of auth store is old';

async function serverAndClient(options: RangeStreamServerOptions): Promise<{
  readonly server: RangeStreamServer;
  readonly client: EtcdClient;
  [Symbol.asyncDispose](): Promise<void>;
}> {
  const server = await startRangeStreamServer(options);
  // Connected: what the server can do is known from here on.
  const client = await EtcdClient.connect({ endpoints: server.endpoint });
  return {
    server,
    client,
    async [Symbol.asyncDispose]() {
      await client.close();
      await server[Symbol.asyncDispose]();
    },
  };
}

async function collect(records: AsyncIterable<KeyValue>): Promise<readonly string[]> {
  const values: string[] = [];
  for await (const { value } of records) values.push(value);
  return values;
}

const upTo = (count: number) => Array.from({ length: count }, (_, index) => String(index));

describe('iterating with RangeStream', () => {
  it('reads the first page, and takes the chunks of one call for the rest', async () => {
    await using it = await serverAndClient({ keys: 1_050, keysPerChunk: 100 });
    expect(await collect(it.client.prefix('k/'))).toEqual(upTo(1_050));
    expect(it.server.requests.range).toMatchObject([{ limit: BigInt(FIRST_PAGE), revision: 0n }]);
    expect(it.server.requests.rangeStream).toMatchObject([
      { key: encodeUtf8('k/0000015\0'), limit: 0n, revision: STREAM_REVISION },
    ]);
  });

  it('passes on the rest of the limit, the namespace and the revision', async () => {
    await using it = await serverAndClient({ keys: 300 });
    const inside = it.client.namespace('k/').all().atRevision(40n);
    const keys: string[] = [];
    for await (const { key } of inside.limit(120)) keys.push(key);
    expect(keys).toHaveLength(120);
    expect(keys[0]).toBe('0000000');
    expect(it.server.requests.rangeStream).toMatchObject([{ limit: 104n, revision: 40n }]);
  });

  it.each([0, 3, FIRST_PAGE])('is one page when that has all keys: %i', async (keys) => {
    await using it = await serverAndClient({ keys });
    expect(await collect(it.client.prefix('k/'))).toEqual(upTo(keys));
    expect(it.server.requests).toMatchObject({ range: [{}], rangeStream: [] });
  });

  it('reads pages where sorting or a filter would be refused', async () => {
    await using it = await serverAndClient({ keys: 40 });
    await collect(it.client.prefix('k/').sortBy('value'));
    await collect(it.client.prefix('k/').modifiedSince(1n));
    expect(it.server.requests.rangeStream).toEqual([]);
    expect(it.server.requests.range).toHaveLength(3);
  });

  it('reads pages of a server before 3.7, without asking', async () => {
    await using it = await serverAndClient({ keys: 700, version: '3.6.9' });
    expect(await collect(it.client.prefix('k/'))).toEqual(upTo(700));
    expect(it.server.requests.rangeStream).toEqual([]);
    expect(it.server.requests.range.length).toBeGreaterThan(1);
  });

  it('reads pages when the server turns out not to know the call', async () => {
    await using it = await serverAndClient({ keys: 700, conduct: { kind: 'unimplemented' } });
    expect(await collect(it.client.prefix('k/'))).toEqual(upTo(700));
    const [first, ...others] = it.server.requests.range;
    // The pages are pinned to the revision of the first.
    expect(first?.revision).toBe(0n);
    expect(new Set(others.map(({ revision }) => revision))).toEqual(new Set([STREAM_REVISION]));
  });

  it.each<Status>([
    { code: 'UNAVAILABLE', details: 'Connection dropped' },
    { code: 'INTERNAL', details: 'Received RST_STREAM with code 0' },
    { code: 'INVALID_ARGUMENT', details: 'etcdserver: revision of auth store is old' },
    { code: 'UNAUTHENTICATED', details: 'etcdserver: invalid auth token' },
    { code: 'UNAVAILABLE', details: 'etcdserver: rpc not supported for learner' },
    { code: 'UNAVAILABLE', details: 'etcdserver: no leader' },
    { code: 'CANCELLED', details: 'context canceled' },
    { code: 'OUT_OF_RANGE', details: 'etcdserver: mvcc: required revision is a future revision' },
    { code: 'UNKNOWN', details: 'nobody has seen this before' },
  ])('goes on from its last key after $code: $details', async (status) => {
    const conduct = { kind: 'fail', afterChunks: 2, status } as const;
    await using it = await serverAndClient({ keys: 1_050, conduct });
    expect(await collect(it.client.prefix('k/'))).toEqual(upTo(1_050));
    const { range, rangeStream } = it.server.requests;
    // A page after each break, and then a stream again, all at one revision.
    expect(rangeStream.length).toBeGreaterThan(1);
    const pinned = [...range.slice(1), ...rangeStream].map(({ revision }) => revision);
    expect(new Set(pinned)).toEqual(new Set([STREAM_REVISION]));
  });

  it('does not treat a stream without its last chunk as whole', async () => {
    await using it = await serverAndClient({
      keys: 500,
      conduct: { kind: 'cut', afterChunks: 2 },
    });
    expect(await collect(it.client.prefix('k/'))).toEqual(upTo(500));
  });

  it('looks for more when users were changed meanwhile, and there is none', async () => {
    const status = { code: 'INVALID_ARGUMENT', details: AUTH_STORE_OLD } as const;
    const conduct = { kind: 'fail', afterChunks: Infinity, status } as const;
    await using it = await serverAndClient({ keys: 500, conduct });
    expect(await collect(it.client.prefix('k/'))).toEqual(upTo(500));
    expect(it.server.requests.range).toMatchObject([{}, { key: encodeUtf8('k/0000499\0') }]);
  });

  it('opens no further stream after one that delivered nothing', async () => {
    const status = { code: 'UNAVAILABLE', details: 'Received HTTP status code 502' } as const;
    const conduct = { kind: 'fail', afterChunks: 0, status } as const;
    await using it = await serverAndClient({ keys: 1_050, conduct });
    expect(await collect(it.client.prefix('k/'))).toEqual(upTo(1_050));
    expect(it.server.requests.rangeStream).toHaveLength(1);
  });

  it.each([
    ['COMPACTED', 'OUT_OF_RANGE', 'mvcc: required revision has been compacted'],
    ['PERMISSION_DENIED', 'PERMISSION_DENIED', 'permission denied'],
  ] as const)('ends with %s when that comes on the way', async (code, grpcCode, text) => {
    const status = { code: grpcCode, details: `etcdserver: ${text}` };
    const conduct = { kind: 'fail', afterChunks: 2, status } as const;
    await using it = await serverAndClient({ keys: 500, conduct });
    const values: string[] = [];
    const iterate = async (): Promise<void> => {
      for await (const { value } of it.client.prefix('k/')) values.push(value);
    };
    const error = await failureOf(iterate());
    expect(error).toMatchObject({ code, method: 'KV.RangeStream', endpoint: it.server.endpoint });
    // What came is kept, and nothing is begun again.
    expect(values).toEqual(upTo(FIRST_PAGE + 200));
    expect(it.server.requests).toMatchObject({ range: [{}], rangeStream: [{}] });
  });

  it('applies the timeout to each chunk, and not to the consumer', async () => {
    await using it = await serverAndClient({
      keys: 300,
      conduct: { kind: 'stall', afterChunks: 2 },
    });
    // More than a busy machine takes for the chunks that do come.
    const timeoutMs = 2_500;
    let seen = 0;
    const iterate = async (): Promise<void> => {
      for await (const _ of it.client.prefix('k/').iterate({ timeoutMs })) {
        // Longer than a chunk may take: the time of the call would be over.
        if (++seen === 50) await delay(timeoutMs + 500);
      }
    };
    const error = await failureOf(iterate());
    expect(error).toBeInstanceOf(TimeoutError);
    expect(error).toMatchObject({ method: 'KV.RangeStream' });
    expect(seen).toBe(FIRST_PAGE + 200);
    await it.server.cancelled;
  });

  it.each(['a signal', 'a break', 'the end of the client'])('is ended by %s', async (how) => {
    await using it = await serverAndClient({
      keys: 500,
      conduct: { kind: 'stall', afterChunks: 1 },
    });
    const controller = new AbortController();
    let seen = 0;
    const iterate = async (): Promise<void> => {
      for await (const _ of it.client.prefix('k/').iterate({ signal: controller.signal })) {
        if (++seen < FIRST_PAGE + 100) continue;
        if (how === 'a break') break;
        // The next chunk never comes: the iteration waits when this happens.
        setImmediate(() => {
          if (how === 'a signal') controller.abort(new Error('enough'));
          else void it.client.close();
        });
      }
    };
    if (how === 'a break') await iterate();
    else {
      const code = how === 'a signal' ? 'ABORTED' : 'CLIENT_CLOSED';
      expect(await failureOf(iterate())).toMatchObject({ code });
    }
    expect(seen).toBe(FIRST_PAGE + 100);
    await it.server.cancelled;
  });
});
