import { describe, expect, it } from 'vitest';
import { EtcdError, TimeoutError } from '../../../src/errors/index.js';
import { KeyedQueue } from '../../../src/internal/keyed-queue.js';
import { codecs } from '../../../src/model/codec/index.js';
import { Keyspace } from '../../../src/model/keys/index.js';
import type { RangeRequest } from '../../../src/rpc/generated/types.js';
import { View } from '../../../src/view/index.js';
import { WatchHub } from '../../../src/watch/index.js';
import { failureOf } from '../../support/client.js';
import { ManualClock } from '../../support/manual-clock.js';
import { RecordingTransport } from '../../support/recording-transport.js';

const clock = new ManualClock();

function viewOver(transport: RecordingTransport): View<Uint8Array> {
  const context = { transport, clock, timeoutMs: 0 };
  return new View(
    { ...context, watches: new WatchHub(context), updates: new KeyedQueue() },
    { keyspace: Keyspace.root, codec: codecs.bytes },
  );
}

const limits = ({ calls }: RecordingTransport): number[] =>
  calls.map(({ request }) => Number((request as RangeRequest).limit ?? 0n));

describe('a page whose time is over', () => {
  it('is asked for again with half as many keys, if some of it was on its way', async () => {
    const transport = new RecordingTransport((_, request) => {
      if (Number((request as RangeRequest).limit) > 4) {
        transport.calls.at(-1)?.options?.onProgress?.();
        throw new TimeoutError('late', {});
      }
      return { kvs: [], more: false };
    });
    for await (const _ of viewOver(transport).all());
    expect(limits(transport)).toEqual([16, 8, 4]);
    expect(transport.calls[0]?.options).toMatchObject({ timeoutPerMessage: true });
  });

  it('ends the iteration if nothing came, and if it is one key', async () => {
    const silent = new RecordingTransport(() => {
      throw new TimeoutError('late', {});
    });
    const drain = async (transport: RecordingTransport): Promise<void> => {
      for await (const _ of viewOver(transport).all());
    };
    expect(await failureOf(drain(silent))).toMatchObject({ code: 'TIMEOUT' });
    expect(limits(silent)).toEqual([16]);
    const slow = new RecordingTransport(() => {
      slow.calls.at(-1)?.options?.onProgress?.();
      throw new TimeoutError('late', {});
    });
    expect(await failureOf(drain(slow))).toMatchObject({ code: 'TIMEOUT' });
    expect(limits(slow)).toEqual([16, 8, 4, 2, 1]);
  });
});

describe('following', () => {
  it.each([
    new TimeoutError('late', { retryable: true }),
    new EtcdError('boom', { code: 'INTERNAL', retryable: true }),
  ])('ends with the error when the records cannot be listed: %s', async (failure) => {
    const transport = new RecordingTransport(() => {
      throw failure;
    });
    const first = failureOf(viewOver(transport).all().follow().next());
    await clock.advance(60_000);
    expect(await first).toBe(failure);
    expect(transport.calls).toHaveLength(5);
  });

  it('waits for a cluster that cannot be reached, however long', async () => {
    let attempts = 0;
    const transport = new RecordingTransport(() => {
      if (++attempts > 100) return { header: { revision: 7n }, kvs: [], more: false };
      throw new EtcdError('down', { code: 'UNAVAILABLE', retryable: true });
    });
    const following = viewOver(transport).all().follow().next();
    await clock.advance(600_000);
    expect((await following).value).toMatchObject({ type: 'snapshot', revision: 7n });
  });
});
