import { status } from '@grpc/grpc-js';
import { beforeEach, describe, expect, it } from 'vitest';
import type { EtcdError } from '../../../../src/errors/index.js';
import { CoarseTimers } from '../../../../src/internal/coarse-timers.js';
import type { Method } from '../../../../src/rpc/method.js';
import { cluster, kv, maintenance } from '../../../../src/rpc/services.js';
import type { Waiting } from '../../../../src/transport/call/call-context.js';
import { UnaryCall } from '../../../../src/transport/call/unary-call.js';
import { CallScope } from '../../../../src/transport/call-scope.js';
import { Balancer } from '../../../../src/transport/connection/balancer.js';
import type { TransportCallOptions } from '../../../../src/transport/transport.js';
import { failureOf } from '../../../support/client.js';
import { type FakeCall, FakeChannel } from '../../../support/fake-channel.js';
import { ManualClock } from '../../../support/manual-clock.js';
import { until } from '../../../support/wait.js';

const ENDPOINTS = ['http://a:1', 'http://b:1'];
/** Milliseconds between two attempts at the same endpoint. */
const PAUSE_MS = 1;

/** Stands still: no deadline passes, and no server is under suspicion, however slow the machine. */
let clock: ManualClock;
let channels: Map<string, FakeChannel>;
let balancer: Balancer;

beforeEach(async () => {
  clock = new ManualClock();
  channels = new Map();
  balancer = new Balancer({
    clock,
    serverVersion: undefined,
    tls: false,
    events: { connected: () => {}, disconnected: () => {} },
    openChannel: async ({ endpoint }) => {
      const channel = new FakeChannel();
      channels.set(endpoint, channel);
      return channel;
    },
    statusMetadata: () => ({}),
  });
  balancer.set(ENDPOINTS);
  balancer.connect();
  await until(() => channels.size === 2);
  await until(() => [...channels.values()].every(({ calls }) => calls.length === 1));
  for (const { status: call } of channels.values()) call.answer();
  await until(() => balancer.ready.length === 2);
});

/** Makes a call, and answers each of its attempts by the next of these; then well. */
async function attempts<Request, Response>(
  method: Method<Request, Response>,
  request: Request,
  failures: readonly (readonly [code: number, details: string])[],
  options: TransportCallOptions = {},
  maxAttempts?: number,
): Promise<{ readonly at: string[]; readonly error: EtcdError | undefined }> {
  const at: string[] = [];
  const scope = new CallScope(method.name, options, 2_000, clock, new Set());
  const context = {
    clock,
    balancer,
    auth: undefined,
    retry: { initialBackoffMs: PAUSE_MS, maxBackoffMs: PAUSE_MS, maxAttempts },
    abandoned: new Set<() => void>(),
    looks: new CoarseTimers<Waiting>(clock, (one) => one.look()),
    metadata: () => ({}),
  };
  const seen = new Set<FakeCall>([...channels.values()].flatMap(({ calls }) => calls));
  let over = false;
  const run = new UnaryCall(context, method, method.encode(request), options, scope).run();
  const settled = run.then(
    () => undefined,
    (error: EtcdError) => error,
  );
  const end = settled.finally(() => {
    over = true;
  });
  const left = [...failures];
  while (!over) {
    for (const [endpoint, { calls }] of channels) {
      for (const call of calls.filter((one) => !seen.has(one))) {
        seen.add(call);
        if (call.path !== method.path) {
          call.answer();
          continue;
        }
        at.push(endpoint);
        const failure = left.shift();
        if (failure === undefined) call.succeed();
        else call.fail(...failure);
      }
    }
    // The clock moves for the pauses between attempts alone.
    if ((clock.nextTimerMs ?? Infinity) <= PAUSE_MS) await clock.advance(PAUSE_MS);
    else await new Promise((resolve) => setImmediate(resolve));
  }
  return { at, error: await end };
}

const key = new Uint8Array([107]);
const read = (...failure: (readonly [number, string])[]) => attempts(kv.range, { key }, failure);
const write = (...failure: [number, string][]) => attempts(kv.put, { key }, failure);

const NOT_SENT = [
  status.UNAVAILABLE,
  'No connection established. Last error: x. Resolution note: ',
] as const;
const LOST = [status.UNAVAILABLE, 'read ECONNRESET'] as const;
const etcd = (code: number, text: string) => [code, `etcdserver: ${text}`] as const;

describe('a write is sent again', () => {
  it.each([
    ['was never sent', NOT_SENT],
    ['met a learner', etcd(status.UNAVAILABLE, 'rpc not supported for learner')],
    ['was one too many', etcd(status.RESOURCE_EXHAUSTED, 'too many requests')],
    ['was dropped', etcd(status.UNKNOWN, 'raft proposal dropped')],
    ['found no leader', etcd(status.UNAVAILABLE, 'no leader')],
  ])('when it %s', async (_, failure) => {
    const { at, error } = await write([...failure], [...failure], [...failure]);
    expect(error).toBeUndefined();
    expect(at).toHaveLength(4);
    // Never the endpoint that just failed, as long as there is another.
    expect(new Set(at.slice(0, 2)).size).toBe(2);
  });
});

describe('a write that may be repeated', () => {
  const context = () => ({
    clock,
    balancer,
    auth: undefined,
    retry: { initialBackoffMs: 1, maxBackoffMs: 1 },
    abandoned: new Set<() => void>(),
    looks: new CoarseTimers<Waiting>(clock, (one) => one.look()),
    metadata: () => ({}),
  });
  const puts = (): FakeCall[] =>
    [...channels.values()].flatMap(({ calls }) => calls.filter(({ path }) => path === kv.put.path));
  /** Lets time pass while the servers live: each question about their status is answered. */
  async function pass(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += 50) {
      await clock.advance(50);
      for (const { calls } of channels.values()) {
        for (const call of calls) if (call.path === maintenance.status.path) call.answer();
      }
    }
    await clock.advance(0);
  }
  function begin(
    options: TransportCallOptions,
    value = new Uint8Array(),
    timeoutMs = 4_000,
  ): Promise<unknown> {
    const scope = new CallScope(kv.put.name, options, timeoutMs, clock, new Set());
    const message = kv.put.encode({ key, value });
    const run = new UnaryCall(context(), kv.put, message, options, scope).run();
    run.catch(() => {});
    return run;
  }

  it('makes two attempts when it has no time for one at each endpoint', async () => {
    balancer.set([...ENDPOINTS, 'http://c:1']);
    await clock.advance(0);
    for (const { status: asked } of channels.values()) asked.answer();
    await clock.advance(0);
    expect(balancer.preferred).toHaveLength(3);
    const run = begin({ idempotent: true }, undefined, 1_400);
    await pass(450);
    expect(puts()).toHaveLength(1);
    await pass(100);
    await until(() => puts().length === 2);
    puts()
      .find(({ cancelled }) => !cancelled)
      ?.succeed();
    await run;
  });

  it('goes to another server after its share of the time when a live server does not answer', async () => {
    const run = begin({ idempotent: true });
    await pass(1_900);
    expect(puts()).toHaveLength(1);
    await pass(150);
    await until(() => puts().length === 2);
    const at = [...channels].flatMap(([name, { calls }]) =>
      calls.some(({ path }) => path === kv.put.path) ? [name] : [],
    );
    expect(at).toEqual(ENDPOINTS);
    expect(puts().filter(({ cancelled }) => cancelled)).toHaveLength(1);
    puts()
      .find(({ cancelled }) => !cancelled)
      ?.succeed();
    await run;
  });

  it('is repeated at its one endpoint too', async () => {
    const run = begin({ idempotent: true, endpoint: 'http://a:1' });
    await pass(2_100);
    // The pause before it is not of the clock.
    await until(() => puts().length === 2);
    expect(channels.get('http://b:1')?.calls.some(({ path }) => path === kv.put.path)).toBe(false);
    puts()[1]?.succeed();
    await run;
  });

  it.each([
    ['may not be repeated', {}, 1],
    ['is so large that a slow link is still at it', { idempotent: true }, 2 ** 20],
  ])('waits for its answer when it %s', async (_, options, bytes) => {
    const run = begin(options, new Uint8Array(bytes));
    await pass(3_900);
    expect(puts()).toHaveLength(1);
    puts()[0]?.succeed();
    await run;
  });
});

describe('a read is given up', () => {
  it.each([
    ['breaks down', [status.INTERNAL, 'boom'] as const, 'INTERNAL'],
    ['says what nobody understands', [status.UNKNOWN, 'boom'] as const, 'UNKNOWN'],
    ['ends without an answer', [status.OK, ''] as const, 'INTERNAL'],
  ])('soon, with the reason, when every server %s', async (_, failure, code) => {
    const { at, error } = await read(...Array.from({ length: 20 }, () => [...failure] as const));
    expect(error).toMatchObject({ code, method: 'KV.Range' });
    expect(at).toHaveLength(6);
    expect(new Set(at).size).toBe(2);
  });
});

describe('a call that every endpoint has refused', () => {
  it.each([0, 1])('is tried at every endpoint, whichever is the first: %i', async (turn) => {
    for (let i = 0; i < turn; i++) balancer.pick();
    const busy = etcd(status.RESOURCE_EXHAUSTED, 'too many requests');
    const { at, error } = await write([...busy], [...busy], [...busy], [...busy], [...busy]);
    expect(error).toBeUndefined();
    for (const [index, endpoint] of at.slice(1).entries()) expect(endpoint).not.toBe(at[index]);
    expect(at).toHaveLength(6);
  });
});

describe('a write is not sent again', () => {
  it.each([
    ['lost its answer', LOST, 'UNAVAILABLE', 'unknown', false],
    [
      'ran out of time on the server',
      etcd(status.UNAVAILABLE, 'request timed out'),
      'SERVER_TIMEOUT',
      'unknown',
      false,
    ],
    [
      'met a change of leader',
      etcd(status.UNAVAILABLE, 'leader changed'),
      'LEADER_CHANGED',
      'unknown',
      false,
    ],
    [
      'met a stopping server',
      etcd(status.UNAVAILABLE, 'server stopped'),
      'SERVER_STOPPED',
      'unknown',
      false,
    ],
    [
      'was cancelled on the server',
      [status.CANCELLED, 'context canceled'] as const,
      'TIMEOUT',
      'unknown',
      false,
    ],
    [
      'found no space',
      etcd(status.RESOURCE_EXHAUSTED, 'mvcc: database space exceeded'),
      'NO_SPACE',
      'unknown',
      false,
    ],
    [
      'is wrong',
      etcd(status.INVALID_ARGUMENT, 'key is not provided'),
      'KEY_REQUIRED',
      'not-applied',
      false,
    ],
    [
      'may not be done',
      etcd(status.PERMISSION_DENIED, 'permission denied'),
      'PERMISSION_DENIED',
      'not-applied',
      false,
    ],
    // It passes, but not soon: the caller decides.
    [
      'met an unhealthy cluster',
      etcd(status.UNAVAILABLE, 'unhealthy cluster'),
      'UNHEALTHY_CLUSTER',
      'not-applied',
      true,
    ],
  ])('when it %s', async (_, failure, code, outcome, retryable) => {
    const { at, error } = await write([...failure]);
    expect(at).toHaveLength(1);
    expect(error).toMatchObject({ code, outcome, retryable, method: 'KV.Put', endpoint: at[0] });
  });

  it('after an attempt that may have been applied, whatever came before', async () => {
    const { at, error } = await write([...NOT_SENT], [...LOST]);
    expect(at).toHaveLength(2);
    expect(error).toMatchObject({ outcome: 'unknown', retryable: false });
    for (const endpoint of ENDPOINTS) expect(error?.message).toContain(`${endpoint} (`);
  });
});

describe('a read is sent again', () => {
  it.each([
    ['lost its answer', LOST],
    ['was never sent', NOT_SENT],
    ['ran out of time on the server', etcd(status.UNAVAILABLE, 'request timed out')],
    ['met a change of leader', etcd(status.UNAVAILABLE, 'leader changed')],
    ['was cancelled on the server', [status.CANCELLED, 'context canceled'] as const],
  ])('when it %s', async (_, failure) => {
    const { at, error } = await read([...failure], [...failure]);
    expect(error).toBeUndefined();
    expect(at).toHaveLength(3);
  });

  it('and not when its revision is gone', async () => {
    const { at, error } = await read([
      status.OUT_OF_RANGE,
      'etcdserver: mvcc: required revision has been compacted',
    ]);
    expect(at).toHaveLength(1);
    expect(error).toMatchObject({ name: 'CompactedError', retryable: false });
  });

  it('as a write that may be repeated is', async () => {
    const { at, error } = await attempts(kv.put, { key }, [[...LOST]], { idempotent: true });
    expect(error).toBeUndefined();
    expect(at).toHaveLength(2);
  });

  it('as a transaction that only reads is', async () => {
    const { at } = await attempts(kv.txn, {}, [[...LOST]], { readOnly: true });
    expect(at).toHaveLength(2);
  });

  it('as often as was allowed', async () => {
    const lost = [...LOST] as [number, string];
    const { at, error } = await attempts(kv.range, { key }, [lost, lost, lost], {}, 2);
    expect(at).toHaveLength(2);
    expect(error).toMatchObject({ code: 'UNAVAILABLE', retryable: true });
  });
});

describe('a call about one member', () => {
  it('is sent again to that member alone', async () => {
    const options = { endpoint: ENDPOINTS[1] };
    const { at } = await attempts(maintenance.hash, {}, [[...LOST], [...NOT_SENT]], options);
    expect(at).toEqual([ENDPOINTS[1], ENDPOINTS[1], ENDPOINTS[1]]);
  });

  it('is not sent again when the member is a learner and does not take it', async () => {
    const learner = etcd(status.UNAVAILABLE, 'rpc not supported for learner');
    const options = { endpoint: ENDPOINTS[0] };
    const { at, error } = await attempts(cluster.memberList, {}, [[...learner]], options);
    expect(at).toHaveLength(1);
    expect(error?.code).toBe('NOT_SUPPORTED_FOR_LEARNER');
  });

  it('is refused when it is none of the endpoints', async () => {
    const scope = new CallScope('KV.Range', {}, 100, clock, new Set());
    const options = { endpoint: 'http://c:1' };
    const context = {
      clock,
      balancer,
      auth: undefined,
      retry: undefined,
      abandoned: new Set<() => void>(),
      looks: new CoarseTimers<Waiting>(clock, (one) => one.look()),
      metadata: () => ({}),
    };
    const call = new UnaryCall(context, kv.range, key, options, scope).run();
    expect(await failureOf(call)).toMatchObject({ code: 'INVALID_ARGUMENT' });
  });
});
