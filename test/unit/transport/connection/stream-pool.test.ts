import { beforeEach, describe, expect, it } from 'vitest';
import type { EtcdError } from '../../../../src/errors/index.js';
import { CallScope } from '../../../../src/transport/call-scope.js';
import { StreamPool, type StreamUse } from '../../../../src/transport/connection/stream-pool.js';
import type { StreamPermit } from '../../../../src/transport/connection/stream-queue.js';
import { FakeChannel } from '../../../support/fake-channel.js';
import { ManualClock } from '../../../support/manual-clock.js';

/** Of a channel that does not tell its limit, one stream is kept for the question whether the server lives. */
const SHORT = 99;
/** A quarter of the limit. */
const SHARED = 25;

let clock: ManualClock;
let first: FakeChannel;
let opened: FakeChannel[];
/** What happens to the next attempts to open a connection. */
let open: () => Promise<FakeChannel>;
let pool: StreamPool;
let scopes: Set<CallScope>;

beforeEach(() => {
  clock = new ManualClock();
  first = new FakeChannel();
  opened = [];
  open = async () => new FakeChannel();
  scopes = new Set();
  pool = new StreamPool(first, {
    clock,
    name: 'http://a:1',
    openChannel: async () => {
      const channel = await open();
      opened.push(channel);
      return channel;
    },
  });
});

/** Takes streams that are free, as many as there are and at most this many. */
function take(use: StreamUse, most = 1_000): StreamPermit[] {
  const permits: StreamPermit[] = [];
  while (permits.length < most) {
    const permit = pool.take(use);
    if (permit === undefined) break;
    permits.push(permit);
  }
  return permits;
}

/** A call that waits for a stream: what it got, or how it failed. */
class Waiting {
  permit: StreamPermit | undefined;
  error: EtcdError | undefined;
  readonly scope: CallScope;

  constructor(use: StreamUse, timeoutMs = 5_000) {
    this.scope = new CallScope('KV.Put', {}, timeoutMs, clock, scopes);
    pool.wait(use, this.scope).then(
      (permit) => {
        this.permit = permit;
      },
      (error: EtcdError) => {
        this.error = error;
      },
    );
  }
}

describe('lasting streams', () => {
  it('share the first connection up to a quarter of its limit, so that short calls find room', () => {
    expect(take('lasting')).toHaveLength(SHARED);
    expect(pool.isFull('short')).toBe(false);
    expect(take('short')).toHaveLength(SHORT - SHARED);
    expect(pool.isFull('short')).toBe(true);
  });

  it('get another connection beyond that, and all of it', async () => {
    take('lasting');
    const waiting = Array.from({ length: 100 }, () => new Waiting('lasting'));
    await clock.advance(0);
    expect(opened).toHaveLength(1);
    expect(waiting.every(({ permit }) => permit?.channel === opened[0])).toBe(true);
    new Waiting('lasting');
    await clock.advance(0);
    expect(opened).toHaveLength(2);
  });

  it('take the place of one that ended, and none is opened for them', async () => {
    const [held] = take('lasting');
    held?.release();
    held?.release();
    expect(take('lasting')).toHaveLength(1);
    expect(opened).toHaveLength(0);
  });
});

describe('an additional connection', () => {
  it('is closed when nobody has used it for a second', async () => {
    take('lasting');
    const waiting = new Waiting('lasting');
    await clock.advance(0);
    waiting.permit?.release();
    await clock.advance(500);
    const again = take('lasting', 1);
    again[0]?.release();
    await clock.advance(999);
    expect(opened[0]?.closed).toBe(false);
    await clock.advance(1);
    expect(opened[0]?.closed).toBe(true);
    expect(clock.timers).toBe(0);
  });

  it('that breaks is taken out, and the next is opened', async () => {
    take('lasting');
    new Waiting('lasting');
    await clock.advance(0);
    opened[0]?.lose();
    const next = new Waiting('lasting');
    await clock.advance(0);
    expect(next.permit?.channel).toBe(opened[1]);
  });

  it('that cannot be opened is tried again with pauses, and the error says why', async () => {
    let attempts = 0;
    open = () => {
      attempts++;
      return Promise.reject(new Error('no more connections here'));
    };
    take('lasting');
    const waiting = new Waiting('lasting', 1_000);
    await clock.advance(1_000);
    expect(attempts).toBeGreaterThan(1);
    expect(attempts).toBeLessThan(10);
    expect(waiting.error).toMatchObject({ code: 'TIMEOUT', outcome: 'not-sent' });
    expect(waiting.error?.message).toContain(
      'another could not be opened: no more connections here',
    );
  });

  it('that does not connect in time is closed', async () => {
    open = async () => Object.assign(new FakeChannel(), { connected: false });
    take('lasting');
    const waiting = new Waiting('lasting', 10_000);
    await clock.advance(3_000);
    expect(opened[0]?.closed).toBe(true);
    open = async () => new FakeChannel();
    await clock.advance(1_000);
    expect(waiting.permit).toBeDefined();
  });
});

describe('short calls', () => {
  it('wait for a stream in their order, and more connections are opened for them: three', async () => {
    take('short');
    const waiting = Array.from({ length: 1_000 }, () => new Waiting('short'));
    await clock.advance(0);
    expect(opened).toHaveLength(3);
    // In several turns of the event loop: see below.
    for (let turn = 0; turn < 3; turn++) await clock.advance(0);
    const served = waiting.filter(({ permit }) => permit !== undefined).length;
    expect(served).toBe(300);
    expect(waiting[served - 1]?.permit).toBeDefined();
    waiting[0]?.permit?.release();
    await clock.advance(0);
    expect(waiting[served]?.permit).toBeDefined();
  });

  it('are handed over a few in each turn of the event loop, so that a burst is not sent late', async () => {
    first.streamLimit = 2 ** 32 - 1;
    expect(take('short')).toHaveLength(128);
    const waiting = Array.from({ length: 1_000 }, () => new Waiting('short'));
    const served = (): number => waiting.filter(({ permit }) => permit !== undefined).length;
    await clock.advance(0);
    expect(served()).toBe(128);
    for (let turn = 0; turn < 10; turn++) await clock.advance(0);
    // So many are under way at a time; those before are not over.
    expect(served()).toBe(1_024 - 128);
    waiting[0]?.permit?.release();
    await clock.advance(0);
    expect(served()).toBe(1_024 - 128 + 1);
    expect(opened).toHaveLength(0);
  });

  it('that found no stream in time were not sent, and the error says what they waited for', async () => {
    open = () => new Promise(() => {});
    take('short');
    const waiting = new Waiting('short', 250);
    await clock.advance(250);
    expect(waiting.error).toMatchObject({ code: 'TIMEOUT', outcome: 'not-sent' });
    expect(waiting.error?.message).toBe(
      'KV.Put timed out after 250 ms: it waited for a free stream: the server, or a proxy before ' +
        'it, allows 100 at a time on a connection (connections: 1)',
    );
  });

  it('are passed over when they were aborted, or are too late for their timer to say so', async () => {
    open = () => new Promise(() => {});
    const held = take('short');
    const aborted = new Waiting('short');
    const late = new Waiting('short', 100);
    const patient = new Waiting('short');
    aborted.scope.abort();
    clock.block(200);
    held[0]?.release();
    await clock.advance(0);
    expect(patient.permit).toBeDefined();
    expect(late.error).toMatchObject({ code: 'TIMEOUT', outcome: 'not-sent' });
    expect(aborted.error).toMatchObject({ code: 'ABORTED', outcome: 'not-sent' });
  });
});

describe('a pool that is closed', () => {
  it('ends those who wait, its additional connections and those that are being opened', async () => {
    take('lasting');
    new Waiting('lasting');
    await clock.advance(0);
    take('short');
    open = async () => Object.assign(new FakeChannel(), { connected: false });
    const waiting = new Waiting('short');
    await clock.advance(0);
    pool.close();
    await clock.advance(0);
    expect(waiting.error).toMatchObject({
      code: 'UNAVAILABLE',
      outcome: 'not-sent',
      retryable: true,
    });
    expect(opened.map(({ closed }) => closed)).toEqual([true, true]);
    expect(first.closed).toBe(false);
    expect(pool.take('short')).toBeUndefined();
    expect(clock.timers).toBe(0);
  });
});
