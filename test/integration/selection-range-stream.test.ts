import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { CompactedError, EtcdClient, type KeyValue, TimeoutError } from '../../src/index.js';
import { failureOf } from '../support/client.js';
import {
  type RangeStreamServer,
  type RangeStreamServerOptions,
  startRangeStreamServer,
} from '../support/range-stream-server.js';

// No packaged etcd has KV.RangeStream yet: a small server of our own stands in, on a real connection.

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
  it('takes the chunks of one call where the server has it', async () => {
    await using it = await serverAndClient({ keys: 1_050, keysPerChunk: 100 });
    expect(await collect(it.client.prefix('k/'))).toEqual(upTo(1_050));
    expect(it.server.requests.rangeStream).toHaveLength(1);
    expect(it.server.requests.range).toEqual([]);
  });

  it('hands on the limit, the namespace and the revision', async () => {
    await using it = await serverAndClient({ keys: 300 });
    const inside = it.client.namespace('k/').all().atRevision(40n);
    const keys: string[] = [];
    for await (const { key } of inside.limit(120)) keys.push(key);
    expect(keys).toHaveLength(120);
    expect(keys[0]).toBe('0000000');
    expect(it.server.requests.rangeStream[0]).toMatchObject({ limit: 120n, revision: 40n });
  });

  it('yields nothing of an empty range', async () => {
    await using it = await serverAndClient({ keys: 0 });
    expect(await collect(it.client.prefix('k/'))).toEqual([]);
    expect(it.server.requests.rangeStream).toHaveLength(1);
  });

  it('reads pages where sorting or a filter would be refused', async () => {
    await using it = await serverAndClient({ keys: 10 });
    await collect(it.client.prefix('k/').sortBy('value'));
    await collect(it.client.prefix('k/').modifiedSince(1n));
    expect(it.server.requests.rangeStream).toEqual([]);
    expect(it.server.requests.range).toHaveLength(2);
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
    const [first, second] = it.server.requests.range;
    // The pages are pinned to the revision of the first.
    expect(first?.revision).toBe(0n);
    expect(second?.revision).toBe(41n);
  });

  it('ends with CompactedError when the revision is compacted on the way', async () => {
    const conduct = { kind: 'compacted', afterChunks: 2 } as const;
    await using it = await serverAndClient({ keys: 500, conduct });
    const values: string[] = [];
    const iterate = async (): Promise<void> => {
      for await (const { value } of it.client.prefix('k/')) values.push(value);
    };
    const error = await failureOf(iterate());
    expect(error).toBeInstanceOf(CompactedError);
    expect(error).toMatchObject({ method: 'KV.RangeStream', endpoint: it.server.endpoint });
    // What came is kept, and nothing is begun again from the start.
    expect(values).toEqual(upTo(200));
    expect(it.server.requests).toMatchObject({ range: [], rangeStream: [{}] });
  });

  it('gives each chunk its time, and the consumer his own', async () => {
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
    expect(seen).toBe(200);
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
        if (++seen < 100) continue;
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
    expect(seen).toBe(100);
    await it.server.cancelled;
  });
});
