import { status } from '@grpc/grpc-js';
import { beforeEach, describe, expect, it } from 'vitest';
import { CoarseTimers } from '../../../../src/internal/coarse-timers.js';
import { kv, maintenance, watchMessages } from '../../../../src/rpc/services.js';
import type { CallContext, Waiting } from '../../../../src/transport/call/call-context.js';
import { DuplexCall } from '../../../../src/transport/call/duplex-call.js';
import { ReceiptWatch } from '../../../../src/transport/call/silence.js';
import { startStream } from '../../../../src/transport/call/stream-call.js';
import { UnaryCall } from '../../../../src/transport/call/unary-call.js';
import { CallScope } from '../../../../src/transport/call-scope.js';
import { Balancer } from '../../../../src/transport/connection/balancer.js';
import type { TransportCallOptions } from '../../../../src/transport/transport.js';
import { failureOf } from '../../../support/client.js';
import { type FakeCall, FakeChannel } from '../../../support/fake-channel.js';
import { ManualClock } from '../../../support/manual-clock.js';

// A server that leaves calls unanswered is judged by a time of its own. The deadline of a call decides
// only where that call goes.

let clock: ManualClock;
let events: string[];
/** The channels to each endpoint, the latest last. */
let channels: Map<string, FakeChannel[]>;
let balancer: Balancer;

beforeEach(() => {
  clock = new ManualClock();
  events = [];
  channels = new Map();
  balancer = new Balancer({
    clock,
    serverVersion: undefined,
    tls: false,
    events: {
      connected: () => {},
      disconnected: (endpoint, error) => events.push(`${endpoint}: ${error.message}`),
    },
    openChannel: async ({ endpoint }) => {
      const channel = new FakeChannel();
      channels.set(endpoint, [...(channels.get(endpoint) ?? []), channel]);
      return channel;
    },
    statusMetadata: () => ({}),
  });
});

/** So many endpoints, each connected. */
async function connect(count: number): Promise<void> {
  balancer.set(['http://a:1', 'http://b:1', 'http://c:1'].slice(0, count));
  balancer.connect();
  await clock.advance(0);
  for (const [channel] of channels.values()) channel?.status.answer();
  await clock.advance(0);
}

function callContext(): CallContext {
  return {
    clock,
    balancer,
    auth: undefined,
    retry: { initialBackoffMs: 1, maxBackoffMs: 1 },
    abandoned: new Set(),
    looks: new CoarseTimers<Waiting>(clock, (one) => one.look()),
    metadata: () => ({}),
  };
}

type Method = typeof kv.range | typeof kv.put;

function call(
  method: Method,
  timeoutMs: number,
  options: TransportCallOptions = {},
): Promise<unknown> {
  const scope = new CallScope(method.name, {}, timeoutMs, clock, new Set());
  const message = (method as typeof kv.range).encode({ key: new Uint8Array([107]) });
  return new UnaryCall(callContext(), method as typeof kv.range, message, options, scope).run();
}

const read = (timeoutMs: number) => call(kv.range, timeoutMs);
const write = (timeoutMs: number, options?: TransportCallOptions) =>
  call(kv.put, timeoutMs, options);
/** What a call says that is never ended by a deadline. */
const NO_DEADLINE = 0;

/** All calls that a path saw, in no order, with where they went. */
function sent(path: string): { readonly at: string; readonly call: FakeCall }[] {
  return [...channels].flatMap(([endpoint, list]) =>
    list.flatMap(({ calls }) =>
      calls.filter((one) => one.path === path).map((one) => ({ at: endpoint, call: one })),
    ),
  );
}

const reads = () => sent(kv.range.path);
const writes = () => sent(kv.put.path);
/** How often the one endpoint was asked, after the first time. */
const questions = () => sent(maintenance.status.path).length - 1;

/** The endpoints other than this one answer the questions that they were asked. */
function othersAnswer(silent: string | undefined): void {
  for (const [endpoint, list] of channels) {
    if (endpoint !== silent) list.at(-1)?.status.answer();
  }
}

const LATE = [status.DEADLINE_EXCEEDED, 'Deadline exceeded after 0.030s'] as const;

describe('with one endpoint', () => {
  beforeEach(() => connect(1));

  it('a deadline that was too short affects only its caller', async () => {
    const hurried = failureOf(write(30));
    await clock.advance(30);
    writes()[0]?.call.fail(...LATE);
    expect(await hurried).toMatchObject({ code: 'TIMEOUT', outcome: 'unknown' });
    // The server is asked, and takes calls meanwhile.
    expect(questions()).toBe(1);
    const patient = write(5_000);
    await clock.advance(0);
    expect(writes()).toHaveLength(2);
    writes()[1]?.call.succeed();
    await patient;
    channels.get('http://a:1')?.[0]?.status.answer();
    await clock.advance(10_000);
    expect(events).toEqual([]);
  });

  it('a server that spoke meanwhile is not even asked', async () => {
    const hurried = failureOf(write(30));
    const patient = write(5_000);
    await clock.advance(20);
    writes()[1]?.call.succeed();
    await patient;
    await clock.advance(10);
    writes()[0]?.call.fail(...LATE);
    await hurried;
    expect(questions()).toBe(0);
  });

  it('a read over a connection that died in silence gets a new one, long before its deadline', async () => {
    const answer = read(5_000);
    await clock.advance(1_000);
    expect(questions()).toBe(1);
    await clock.advance(2_000);
    expect(events).toEqual(['http://a:1: no answer within 2000 ms']);
    await clock.advance(10);
    const [old, fresh] = channels.get('http://a:1') ?? [];
    expect(old?.closed).toBe(true);
    fresh?.status.answer();
    await expect.poll(() => reads().length).toBe(2);
    reads()[1]?.call.succeed();
    await answer;
  });

  it('a write there waits for its answer, and the next one goes over the new connection', async () => {
    const first = failureOf(write(5_000));
    await clock.advance(3_010);
    channels.get('http://a:1')?.[1]?.status.answer();
    await clock.advance(0);
    const second = write(5_000);
    await clock.advance(0);
    expect(writes()).toHaveLength(2);
    writes()[1]?.call.succeed();
    await second;
    writes()[0]?.call.fail(...LATE);
    expect(await first).toMatchObject({ code: 'TIMEOUT', outcome: 'unknown' });
  });

  it('a read waits on while the server answers questions, however long the read takes', async () => {
    const answer = read(60_000);
    for (let i = 0; i < 10; i++) {
      await clock.advance(1_000);
      channels.get('http://a:1')?.[0]?.status.answer({ leader: i % 2 === 0 ? 1n : 0n });
      await clock.advance(0);
    }
    expect(reads()).toHaveLength(1);
    expect(events).toEqual([]);
    reads()[0]?.call.succeed();
    await answer;
  });
});

describe('without a deadline', () => {
  /** Lets time pass; all servers answer each question, with or without a leader. */
  async function pass(ms: number, leader = 1n): Promise<void> {
    for (let passed = 0; passed < ms; passed += 100) {
      await clock.advance(100);
      for (const list of channels.values()) list.at(-1)?.status.answer({ leader });
    }
  }

  it('a read leaves a member that is silent', async () => {
    await connect(3);
    const answer = read(NO_DEADLINE);
    await clock.advance(1_499);
    expect(reads()).toHaveLength(1);
    await clock.advance(1);
    await expect.poll(() => reads().length).toBe(2);
    reads()[1]?.call.succeed();
    await answer;
  });

  it('a read leaves a member that lives and sees no leader', async () => {
    await connect(3);
    const answer = read(NO_DEADLINE);
    await clock.advance(1_000);
    const lonely = reads()[0]?.at ?? '';
    channels.get(lonely)?.[0]?.status.answer({ leader: 0n });
    othersAnswer(lonely);
    await clock.advance(0);
    await expect.poll(() => reads().length).toBe(2);
    expect(reads()[1]?.at).not.toBe(lonely);
    reads()[1]?.call.succeed();
    await answer;
    expect(events).toEqual([]);
  });

  it.each([1, 3])('a read waits where all %i see no leader', async (count) => {
    await connect(count);
    const answer = read(NO_DEADLINE);
    await pass(20_000, 0n);
    await expect.poll(() => reads().length).toBe(count);
    await pass(20_000, 0n);
    expect(reads()).toHaveLength(count);
    for (const { call: attempt } of reads()) attempt.succeed();
    await answer;
  });

  it('a write that may be repeated is, after growing times, at a server that lives', async () => {
    await connect(1);
    const answer = write(NO_DEADLINE, { idempotent: true });
    await pass(2_400);
    expect(writes()).toHaveLength(1);
    await pass(200);
    await expect.poll(() => writes().length).toBe(2);
    await pass(4_800);
    expect(writes()).toHaveLength(2);
    await pass(400);
    await expect.poll(() => writes().length).toBe(3);
    writes()[2]?.call.succeed();
    await answer;
  });

  it('a write that may not be repeated ends with the connection that nothing arrives on', async () => {
    await connect(1);
    const lost = failureOf(write(NO_DEADLINE));
    await clock.advance(3_000);
    expect(events).toEqual(['http://a:1: no answer within 2000 ms']);
    await clock.advance(2_000);
    expect(await lost).toMatchObject({ code: 'UNAVAILABLE', outcome: 'unknown' });
    expect(writes()).toHaveLength(1);
  });

  it('a write waits on a connection that was given up and speaks again', async () => {
    await connect(1);
    const answer = write(NO_DEADLINE);
    const [old] = channels.get('http://a:1') ?? [];
    await clock.advance(4_000);
    if (old !== undefined) old.receivedBytes += 17;
    await clock.advance(10_000);
    writes()[0]?.call.succeed();
    await answer;
  });

  it('a write at a member without a leader waits there, and the member is asked on', async () => {
    await connect(3);
    const lost = failureOf(write(NO_DEADLINE));
    await pass(10_000, 0n);
    expect(writes()).toHaveLength(1);
    // It falls silent, too.
    const at = writes()[0]?.at;
    for (let i = 0; i < 50; i++) {
      await clock.advance(100);
      othersAnswer(at);
    }
    expect(events).toEqual([`${at}: no answer within 2000 ms`]);
    expect(await lost).toMatchObject({ code: 'UNAVAILABLE', outcome: 'unknown' });
  });
});

describe('with three endpoints', () => {
  beforeEach(() => connect(3));

  it('a hurried read leaves a silent server after its share, and everybody else goes on there', async () => {
    const answer = read(300);
    await clock.advance(99);
    expect(reads()).toHaveLength(1);
    await clock.advance(1);
    await expect.poll(() => reads().length).toBe(2);
    const [first, second] = reads();
    expect(first?.at).not.toBe(second?.at);
    expect(balancer.preferred).toHaveLength(3);
    second?.call.succeed();
    await answer;
    expect(events).toEqual([]);
  });

  it('a read with much time leaves it sooner than the server is given up', async () => {
    const answer = read(60_000);
    await clock.advance(1_499);
    expect(reads()).toHaveLength(1);
    await clock.advance(1);
    await expect.poll(() => reads().length).toBe(2);
    expect(events).toEqual([]);
    reads()[1]?.call.succeed();
    othersAnswer(reads()[0]?.at);
    await answer;
    await clock.advance(1_500);
    expect(events).toEqual([`${reads()[0]?.at}: no answer within 2000 ms`]);
  });

  it('connections that all died at once are found out together, in the time of one', async () => {
    const answer = read(5_000);
    await clock.advance(1_000);
    expect(questions()).toBe(3 + 2);
    await clock.advance(2_000);
    expect(events).toHaveLength(3);
    await clock.advance(10);
    for (const [old, fresh] of channels.values()) {
      expect(old?.closed).toBe(true);
      fresh?.status.answer();
    }
    await expect.poll(() => reads().some(({ call }) => !call.cancelled)).toBe(true);
    reads().at(-1)?.call.succeed();
    for (const { call } of reads()) call.succeed();
    await answer;
  });

  it('others are asked once in a while, however many calls are in doubt', async () => {
    const calls = Array.from({ length: 30 }, () => read(5_000));
    await clock.advance(1_000);
    expect(questions()).toBe(3 + 2);
    othersAnswer(undefined);
    for (const { call } of reads()) call.succeed();
    await Promise.all(calls);
    expect(events).toEqual([]);
  });

  it('a read whose answer arrives slowly stays, and the server is not given up', async () => {
    const answer = read(60_000);
    await clock.advance(0);
    const [slow] = channels.get(reads()[0]?.at ?? '') ?? [];
    for (let i = 0; i < 80; i++) {
      await clock.advance(250);
      othersAnswer(reads()[0]?.at);
      if (slow !== undefined) slow.receivedBytes += 25_000;
    }
    expect(reads()).toHaveLength(1);
    expect(events).toEqual([]);
    // Its bytes stop coming: then it is as any other silent server.
    await clock.advance(1_500);
    await expect.poll(() => reads().length).toBe(2);
    reads()[1]?.call.succeed();
    await answer;
    await clock.advance(2_000);
    expect(events).toEqual([`${reads()[0]?.at}: no answer within 2000 ms`]);
  });

  it('a deadline as long as the way there and back is not cut in parts', async () => {
    for (const connection of balancer.preferred) connection.endpoint.succeeded(20);
    const answer = read(60);
    await clock.advance(59);
    expect(reads()).toHaveLength(1);
    reads()[0]?.call.succeed();
    await answer;
  });

  it('a server that leaves a call unanswered for a second is avoided until it says that it lives', async () => {
    const answer = write(60_000);
    await clock.advance(0);
    const slow = writes()[0]?.at ?? '';
    await clock.advance(1_000);
    expect(balancer.preferred.map(({ endpoint }) => endpoint.name)).not.toContain(slow);
    expect(balancer.ready).toHaveLength(3);
    channels.get(slow)?.[0]?.status.answer();
    await clock.advance(0);
    expect(balancer.preferred).toHaveLength(3);
    writes()[0]?.call.succeed();
    await answer;
    expect(events).toEqual([]);
  });
});

describe('a stream', () => {
  let receipts: ReceiptWatch;
  let channel: FakeChannel;

  beforeEach(async () => {
    await connect(1);
    const [connection] = balancer.preferred;
    const [first] = channels.get('http://a:1') ?? [];
    if (connection === undefined || first === undefined) throw new Error('it is not connected');
    channel = first;
    receipts = new ReceiptWatch({ clock, connection, channel });
  });

  it('without an answer to a message makes the client ask, and get a new connection', async () => {
    receipts.sent();
    await clock.advance(999);
    expect(questions()).toBe(0);
    await clock.advance(1);
    expect(questions()).toBe(1);
    await clock.advance(2_000);
    expect(events).toEqual(['http://a:1: no answer within 2000 ms']);
  });

  it('with bytes after each message asks nothing', async () => {
    for (let i = 0; i < 20; i++) {
      receipts.sent();
      await clock.advance(200);
      channel.receivedBytes += 17;
    }
    await clock.advance(10_000);
    expect(questions()).toBe(0);
    expect(clock.timers).toBe(0);
  });

  it('counts the time from the first message that nothing came after', async () => {
    receipts.sent();
    channel.receivedBytes += 17;
    await clock.advance(500);
    receipts.sent();
    for (let i = 0; i < 9; i++) {
      await clock.advance(100);
      receipts.sent();
    }
    expect(questions()).toBe(0);
    await clock.advance(100);
    expect(questions()).toBe(1);
  });

  it('that its owner ends is no sign of a server that is silent', async () => {
    const options = {};
    const scope = new CallScope(watchMessages.name, options, NO_DEADLINE, clock, new Set());
    const context = callContext();
    const start = await startStream(context, options, scope);
    const ends: unknown[] = [];
    const handlers = { onMessage: () => {}, onEnd: (error: unknown) => ends.push(error) };
    new DuplexCall(context, watchMessages, start, handlers, options, scope).cancel();
    await clock.advance(5_000);
    expect(ends).toMatchObject([{ code: 'ABORTED' }]);
    expect(questions()).toBe(0);
  });

  it('that is over asks nothing', async () => {
    receipts.sent();
    receipts.close();
    expect(clock.timers).toBe(0);
    await clock.advance(5_000);
    expect(questions()).toBe(0);
  });
});
