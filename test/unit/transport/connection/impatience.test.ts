import { status } from '@grpc/grpc-js';
import { expect, it } from 'vitest';
import { CallScope } from '../../../../src/transport/call-scope.js';
import { Balancer } from '../../../../src/transport/connection/balancer.js';
import { FakeChannel } from '../../../support/fake-channel.js';
import { ManualClock } from '../../../support/manual-clock.js';

// A stream that has no time to lose does not wait for the pauses that an endpoint makes by itself.

/** One endpoint that refuses every connection, and the moments at which it was tried. */
function setUp() {
  const clock = new ManualClock();
  const tries: number[] = [];
  let refuses = true;
  const balancer = new Balancer({
    clock,
    serverVersion: undefined,
    tls: false,
    lookUp: async () => [],
    events: { connected: () => {}, disconnected: () => {} },
    openChannel: async () => {
      tries.push(clock.now());
      const channel = new FakeChannel();
      // The Status call is made as soon as the channel is there.
      setImmediate(() => {
        channel.connected = !refuses;
        if (refuses) channel.status.fail(status.UNAVAILABLE, 'connect ECONNREFUSED a:1');
        else channel.status.answer();
      });
      return channel;
    },
    statusMetadata: () => ({}),
  });
  balancer.set(['http://a:1']);
  const scope = new CallScope('Lease.LeaseKeepAlive', {}, 0, clock, new Set());
  const wait = (longestPauseMs?: () => number) =>
    balancer.waitReady(scope, () => balancer.pick(), undefined, longestPauseMs);
  const serve = () => {
    refuses = false;
  };
  return { clock, tries, scope, wait, serve };
}

const pausesOf = (tries: readonly number[]) =>
  tries.slice(1).map((at, index) => at - (tries[index] ?? 0));

async function pass(clock: ManualClock, ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 10) await clock.advance(10);
}

it('an endpoint that fails is left alone for longer and longer', async () => {
  const { clock, tries, scope, wait } = setUp();
  const waiting = wait().catch(() => {});
  await pass(clock, 10_000);
  expect(Math.max(...pausesOf(tries))).toBeGreaterThan(1_000);
  scope.close();
  await waiting;
});

it('it is tried again in time for a stream that cannot wait as long, and not more often', async () => {
  const { clock, tries, wait, serve } = setUp();
  const waiting = wait(() => 500);
  await pass(clock, 10_000);
  expect(Math.max(...pausesOf(tries))).toBeLessThanOrEqual(530);
  expect(tries.length).toBeLessThan(60);
  serve();
  await pass(clock, 600);
  expect((await waiting).endpoint.name).toBe('http://a:1');
  expect(clock.timers).toBe(0);
});

it('nobody is in a hurry any more when the call has ended', async () => {
  const { clock, tries, scope, wait } = setUp();
  const waiting = wait(() => 500).catch(() => {});
  await pass(clock, 5_000);
  scope.close();
  await waiting;
  tries.length = 0;
  await pass(clock, 10_000);
  expect(Math.max(...pausesOf(tries))).toBeGreaterThan(1_000);
});
