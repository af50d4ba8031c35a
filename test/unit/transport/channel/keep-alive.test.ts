import type { Socket } from 'node:net';
import { ChannelCredentials } from '@grpc/grpc-js';
import { beforeEach, describe, expect, it } from 'vitest';
import { KeepAlive } from '../../../../src/transport/channel/keep-alive.js';
import { ManualClock } from '../../../support/manual-clock.js';

const INTERVAL_MS = 10_000;
const TIMEOUT_MS = 3_000;
/** A look more than the two together: dead is what was silent at so many looks. */
const DEAD_MS = INTERVAL_MS + TIMEOUT_MS + 1_000;

let clock: ManualClock;
let keepAlive: KeepAlive;
let socket: { bytesRead: number; destroyed: number; destroy(): void };

beforeEach(async () => {
  clock = new ManualClock();
  keepAlive = new KeepAlive({}, clock);
  socket = {
    bytesRead: 0,
    destroyed: 0,
    destroy() {
      this.destroyed += 1;
    },
  };
  const credentials = ChannelCredentials.createInsecure();
  keepAlive.observe(credentials);
  const target = { path: 'x' };
  await credentials._createSecureConnector(target, {}).connect(socket as unknown as Socket);
});

describe('a connection is ended', () => {
  it('when nothing arrived for the interval and the timeout, while a call was open', async () => {
    keepAlive.callOpened();
    await clock.advance(INTERVAL_MS + TIMEOUT_MS - 1_000);
    expect(socket.destroyed).toBe(0);
    await clock.advance(2_000);
    expect(socket.destroyed).toBe(1);
  });

  it('also when the calls that got no answer were short ones, one after the other', async () => {
    for (let i = 0; i < 28; i++) {
      const closed = keepAlive.callOpened();
      await clock.advance(500);
      closed();
    }
    expect(socket.destroyed).toBe(1);
  });

  it('when it falls silent after it was alive for long', async () => {
    keepAlive.callOpened();
    for (let i = 0; i < 20; i++) {
      socket.bytesRead += 1;
      await clock.advance(5_000);
    }
    expect(socket.destroyed).toBe(0);
    await clock.advance(DEAD_MS);
    expect(socket.destroyed).toBe(1);
  });
});

describe('a connection is kept', () => {
  it('while bytes arrive, however slowly', async () => {
    keepAlive.callOpened();
    for (let i = 0; i < 10; i++) {
      await clock.advance(12_000);
      socket.bytesRead += 1;
    }
    expect(socket.destroyed).toBe(0);
  });

  it('while no call is open, and then nothing keeps the time', async () => {
    const closed = keepAlive.callOpened();
    closed();
    await clock.advance(10 * DEAD_MS);
    expect(clock.timers).toBe(0);
    expect(socket.destroyed).toBe(0);
    keepAlive.callOpened();
    await clock.advance(INTERVAL_MS);
    expect(socket.destroyed).toBe(0);
  });

  it('when this process stood still and the answer waits to be read', async () => {
    keepAlive.callOpened();
    await clock.advance(INTERVAL_MS + 500);
    clock.block(60_000);
    // The timer that is due comes before anything is read.
    await clock.advance(1);
    socket.bytesRead += 17;
    await clock.advance(TIMEOUT_MS);
    expect(socket.destroyed).toBe(0);
  });
});

it('leaves the verdict to the channel where the sockets cannot be seen', () => {
  const blind = new KeepAlive({ intervalMs: 7_000, timeoutMs: 2_000 }, clock);
  blind.observe({} as ChannelCredentials);
  expect(blind.channelOptions).toMatchObject({
    'grpc.keepalive_time_ms': 7_000,
    'grpc.keepalive_timeout_ms': 2_000,
  });
  blind.callOpened();
  expect(clock.timers).toBe(0);
  expect(keepAlive.channelOptions['grpc.keepalive_timeout_ms']).toBeGreaterThan(1e9);
});

it('knows how much has arrived', () => {
  expect(new KeepAlive({}, clock).receivedBytes).toBe(0);
  socket.bytesRead = 42;
  expect(keepAlive.receivedBytes).toBe(42);
});
