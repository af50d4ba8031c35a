import { describe, expect, it } from 'vitest';
import {
  AuthenticationError,
  ClientClosedError,
  type EtcdError,
  LeaseLostError,
  LeaseNotFoundError,
  PermissionDeniedError,
  UnavailableError,
} from '../../../src/errors/index.js';
import { SleepAwareClock } from '../../../src/internal/sleep-aware-clock.js';
import { type Lease, LeaseKeeper, LeaseNews, Leases } from '../../../src/lease/index.js';
import { Keyspace } from '../../../src/model/keys/index.js';
import { ManualClock } from '../../support/manual-clock.js';
import { type ScriptedStream, ScriptedTransport } from '../../support/scripted-transport.js';

/** The leases of a client, on a network and a clock that are the test. */
function setUp({ endpoints = 2, timeoutMs = 5_000 } = {}) {
  const transport = new ScriptedTransport();
  const clock = new ManualClock();
  const leaseClock = new SleepAwareClock(clock);
  const keeper = new LeaseKeeper(transport, leaseClock, () => endpoints > 1);
  const calls = new LeaseNews(transport, keeper.registry);
  const leases = new Leases({
    transport: calls,
    clock: leaseClock,
    keeper,
    keyspace: Keyspace.root,
    timeoutMs,
  });
  transport.answer = (method, request, { onSend }) => {
    onSend?.();
    const { ttl, id } = request as { ttl?: bigint; id?: bigint };
    return method === 'Lease.LeaseGrant' ? { id, ttl } : {};
  };
  const open = async (endpoint?: string): Promise<ScriptedStream> => {
    await clock.advance(0);
    const stream = transport.last.open(endpoint);
    await clock.advance(0);
    return stream;
  };
  /** A lease of 9 s that is kept alive, and the stream that it is renewed on. */
  const keptLease = async () => {
    const lease = await leases.grant(9, { id: 7n, keepAlive: true });
    return { lease, stream: await open('a:1') };
  };
  return { transport, clock, keeper, calls, leases, open, keptLease };
}

/** Writes down what a lease tells. */
function listen(lease: Lease): string[] {
  const heard: string[] = [];
  lease.signal.addEventListener('abort', () => heard.push(`abort ${lossOf(lease).reason}`));
  lease.on('renewed', (ttl) => heard.push(`renewed ${ttl}`));
  lease.on('lost', (error) => heard.push(`lost ${error.reason}`));
  return heard;
}

function lossOf(lease: Lease): LeaseLostError {
  expect(lease.signal.reason).toBeInstanceOf(LeaseLostError);
  return lease.signal.reason;
}

/** The ids that were written on a stream. */
const ids = (stream: ScriptedStream) =>
  stream.written.map((message) => (message as { id: bigint }).id);
const unavailable = () => new UnavailableError('the connection was lost', {});

describe('renewing', () => {
  it('goes on at every third of the time to live, counted from the sending', async () => {
    const { clock, keptLease } = setUp();
    const { lease, stream } = await keptLease();
    const heard = listen(lease);
    await clock.advance(2_999);
    expect(ids(stream)).toEqual([]);
    await clock.advance(1);
    expect(ids(stream)).toEqual([7n]);
    // The answer is on its way for 2 s, which do not count.
    await clock.advance(2_000);
    stream.deliver({ id: 7n, ttl: 9n });
    expect(heard).toEqual(['renewed 9']);
    await clock.advance(999);
    expect(ids(stream)).toHaveLength(1);
    await clock.advance(1);
    expect(ids(stream)).toHaveLength(2);
  });

  it('has one request of a lease in flight at a time', async () => {
    const { clock, keptLease } = setUp({ endpoints: 1 });
    const { lease, stream } = await keptLease();
    await clock.advance(3_000);
    const once = lease.keepAliveOnce();
    lease.keepAlive();
    await clock.advance(2_000);
    expect(ids(stream)).toEqual([7n]);
    stream.deliver({ id: 7n, ttl: 9n });
    expect(await once).toBe(9);
  });

  it('uses the time to live that the server tells', async () => {
    const { clock, keptLease } = setUp();
    const { lease, stream } = await keptLease();
    await clock.advance(3_000);
    stream.deliver({ id: 7n, ttl: 30n });
    expect(lease.ttlSeconds).toBe(30);
    await clock.advance(9_999);
    expect(ids(stream)).toHaveLength(1);
    await clock.advance(1);
    expect(ids(stream)).toHaveLength(2);
  });

  it('uses one stream for all leases, opened with the first and closed with the last', async () => {
    const { transport, clock, leases, open } = setUp();
    const first = await leases.grant(9, { id: 1n });
    const second = await leases.grant(6, { id: 2n });
    expect(transport.openings).toHaveLength(0);
    first.keepAlive();
    second.keepAlive();
    const stream = await open();
    await clock.advance(3_000);
    expect(ids(stream)).toEqual([2n, 1n]);
    expect(transport.last.options.requireLeader).toBe(true);
    first.detach();
    expect(stream.ended).toBe(false);
    second.detach();
    expect(stream.ended).toBe(true);
    first.keepAlive();
    await clock.advance(0);
    expect(transport.openings).toHaveLength(2);
  });

  it('shares the renewals between two handles of one lease', async () => {
    const { clock, leases, keptLease } = setUp();
    const { lease, stream } = await keptLease();
    const other = leases.attach(7n);
    await clock.advance(3_000);
    const once = other.keepAliveOnce();
    await clock.advance(0);
    expect(ids(stream)).toEqual([7n]);
    stream.deliver({ id: 7n, ttl: 9n });
    expect([await once, lease.ttlSeconds, other.ttlSeconds]).toEqual([9, 9, 9]);
  });

  it('of a lease that was granted long ago begins at once', async () => {
    const { clock, leases, open } = setUp();
    const lease = await leases.grant(9, { id: 7n });
    await clock.advance(4_000);
    lease.keepAlive();
    expect(ids(await open())).toEqual([7n]);
  });
});

describe('the deadline', () => {
  it('is one time to live after the last answered request was sent', async () => {
    const { clock, keptLease } = setUp({ endpoints: 1 });
    const { lease, stream } = await keptLease();
    await clock.advance(3_000);
    await clock.advance(1_500);
    stream.deliver({ id: 7n, ttl: 9n });
    const heard = listen(lease);
    await clock.advance(9_000 - 1_501);
    expect([lease.alive, lease.signal.aborted]).toEqual([true, false]);
    await clock.advance(1);
    expect([lease.alive, heard]).toEqual([false, ['abort expired', 'lost expired']]);
    expect(lossOf(lease)).toMatchObject({ code: 'LEASE_LOST', leaseId: 7n });
    expect(stream.ended).toBe(true);
  });

  it('passes while the client reconnects, and the error names the cause', async () => {
    const { transport, clock, keptLease } = setUp();
    const { lease, stream } = await keptLease();
    const trouble = unavailable();
    stream.end(trouble);
    await clock.advance(8_999);
    expect(lease.alive).toBe(true);
    await clock.advance(1);
    expect(lease.alive).toBe(false);
    expect(lossOf(lease)).toMatchObject({ reason: 'expired', cause: trouble });
    expect(transport.last.options.signal?.aborted).toBe(true);
    expect(clock.timers).toBe(0);
  });

  it('of a lease that nobody renews passes too', async () => {
    const { clock, leases } = setUp();
    const lease = await leases.grant(1);
    const heard = listen(lease);
    await clock.advance(1_000);
    expect(heard).toEqual(['abort expired', 'lost expired']);
  });

  it('is seen at once after the event loop was blocked, before an answer can bring the lease back', async () => {
    const { clock, keptLease } = setUp();
    const { lease, stream } = await keptLease();
    const heard = listen(lease);
    await clock.advance(3_000);
    clock.block(6_000);
    expect(lease.alive).toBe(false);
    // The answer that has been waiting is read before any timer runs.
    stream.deliver({ id: 7n, ttl: 9n });
    expect(heard).toEqual(['abort expired', 'lost expired']);
    await clock.advance(20_000);
    expect(heard).toHaveLength(2);
  });

  it('is checked first when a stream breaks after a block', async () => {
    const { clock, keptLease } = setUp();
    const { lease, stream } = await keptLease();
    clock.block(9_000);
    stream.end(unavailable());
    expect(lease.signal.aborted).toBe(true);
  });

  it('is checked first when a stream opens after a block', async () => {
    const { transport, clock, keptLease } = setUp();
    const { lease, stream } = await keptLease();
    stream.end(unavailable());
    await clock.advance(0);
    clock.block(9_000);
    const next = transport.last.open();
    // Promises settle, and no timer runs.
    await new Promise((resolve) => setImmediate(resolve));
    expect([lease.signal.aborted, next.written]).toEqual([true, []]);
  });

  it('is checked before the next renewal when both are overdue', async () => {
    const { clock, keptLease } = setUp();
    const { lease, stream } = await keptLease();
    clock.block(9_000);
    await clock.advance(0);
    expect([ids(stream), lossOf(lease).reason]).toEqual([[], 'expired']);
  });

  it('of an attached lease is unknown until its first answer', async () => {
    const { clock, leases, open } = setUp();
    const lease = leases.attach(7);
    expect([lease.id, lease.ttlSeconds, lease.alive]).toEqual([7n, undefined, true]);
    await clock.advance(1_000_000);
    expect(lease.alive).toBe(true);
    lease.keepAlive();
    const stream = await open();
    expect(ids(stream)).toEqual([7n]);
    stream.deliver({ id: 7n, ttl: 6n });
    expect(lease.ttlSeconds).toBe(6);
    stream.end(unavailable());
    await clock.advance(6_000);
    expect(lossOf(lease).reason).toBe('expired');
  });

  it('of an attached lease may be over when its first answer comes', async () => {
    const { clock, leases, open } = setUp({ endpoints: 1 });
    const lease = leases.attach(7n).keepAlive();
    const heard = listen(lease);
    const stream = await open();
    await clock.advance(6_000);
    stream.deliver({ id: 7n, ttl: 6n });
    expect(heard).toEqual(['abort expired', 'lost expired']);
  });

  it('may lie further away than a timer can wait', async () => {
    const { clock, leases } = setUp();
    const lease = await leases.grant(9_000_000_000);
    await clock.advance(2 ** 31);
    expect(lease.alive).toBe(true);
  });
});

describe('a server that knows no such lease', () => {
  it('means that a lease within its time was revoked', async () => {
    const { clock, keptLease } = setUp();
    const { lease, stream } = await keptLease();
    const heard = listen(lease);
    await clock.advance(3_000);
    const once = lease.keepAliveOnce();
    stream.deliver({ id: 7n, ttl: 0n });
    await expect(once).rejects.toBe(lossOf(lease));
    expect(heard).toEqual(['abort revoked', 'lost revoked']);
    expect(lossOf(lease).cause).toBeInstanceOf(LeaseNotFoundError);
    expect(lease.alive).toBe(false);
    expect(() => lease.keepAlive()).toThrow(lossOf(lease));
    await expect(lease.keepAliveOnce()).rejects.toBe(lossOf(lease));
    expect([stream.ended, clock.timers]).toEqual([true, 0]);
  });

  it('says nothing about how an attached lease ended', async () => {
    const { leases, open } = setUp();
    const lease = leases.attach(7n);
    const once = lease.keepAliveOnce();
    (await open()).deliver({ id: 7n, ttl: 0n });
    await expect(once).rejects.toThrow(LeaseNotFoundError);
    await expect(once).rejects.toMatchObject({ leaseId: 7n });
    expect(lossOf(lease).reason).toBe('unknown');
  });
});

describe('a stream that breaks', () => {
  it('comes again elsewhere, with every renewal that is due or was on its way, and no other', async () => {
    const { transport, clock, leases, keptLease, open } = setUp();
    const { lease, stream } = await keptLease();
    await leases.grant(60, { id: 8n, keepAlive: true });
    await clock.advance(3_000);
    expect(ids(stream)).toEqual([7n]);
    stream.end(unavailable());
    const next = await open('b:2');
    expect(transport.last.options.avoid).toBe('a:1');
    expect(ids(next)).toEqual([7n]);
    // What the old one still says does not count.
    stream.deliver({ id: 7n, ttl: 0n });
    next.deliver({ id: 7n, ttl: 9n });
    expect(lease.alive).toBe(true);
    await clock.advance(3_000);
    expect(ids(next)).toEqual([7n, 7n]);
  });

  it('comes again at once however often, as long as renewals were answered in between', async () => {
    const { transport, clock, leases, keptLease } = setUp();
    let { stream } = await keptLease();
    const other = leases.attach(8n);
    for (let round = 1; round <= 5; round++) {
      const once = other.keepAliveOnce();
      stream.deliver({ id: 8n, ttl: 60n });
      await once;
      stream.end(unavailable());
      await clock.advance(0);
      expect(transport.openings).toHaveLength(1 + round);
      stream = transport.last.open();
      await clock.advance(0);
    }
  });

  it('is tried again every half second at the latest while a renewal is due', async () => {
    const { transport, clock, keptLease } = setUp();
    const { stream } = await keptLease();
    await clock.advance(3_000);
    stream.end(unavailable());
    const tries: number[] = [];
    for (let seen = transport.openings.length; clock.now() < 9_500; ) {
      await clock.advance(10);
      if (transport.openings.length === seen) continue;
      seen = transport.openings.length;
      tries.push(clock.now());
      transport.last.fail(unavailable());
    }
    const pauses = tries.slice(1).map((at, index) => at - (tries[index] ?? 0));
    expect(tries.length).toBeGreaterThan(10);
    expect(Math.max(...pauses)).toBeLessThanOrEqual(520);
  });

  it('is replaced when its server sends a wrong answer', async () => {
    const { clock, keptLease, open } = setUp();
    const { lease, stream } = await keptLease();
    await clock.advance(3_000);
    stream.deliver({ id: 7n, ttl: 2n ** 62n });
    expect([stream.ended, lease.ttlSeconds, lease.alive]).toEqual([true, 9, true]);
    expect(ids(await open())).toEqual([7n]);
  });

  it('is replaced when its server says nothing for a third of the time to live', async () => {
    const { transport, clock, keptLease, open } = setUp();
    const { lease, stream } = await keptLease();
    await clock.advance(3_000);
    await clock.advance(3_000);
    expect(stream.ended).toBe(false);
    // An answer may have been waiting to be read; half a tick later it would have been.
    await clock.advance(50);
    expect(stream.ended).toBe(true);
    const next = await open('b:2');
    expect(transport.last.options.avoid).toBe('a:1');
    expect(ids(next)).toEqual([7n]);
    next.deliver({ id: 7n, ttl: 9n });
    await clock.advance(5_000);
    expect(lease.alive).toBe(true);
  });

  it('stays when the server answers others, however slowly', async () => {
    const { clock, leases, keptLease } = setUp();
    const { stream } = await keptLease();
    await leases.grant(60, { id: 8n, keepAlive: true });
    await clock.advance(3_000);
    for (let i = 0; i < 4; i++) {
      await clock.advance(1_400);
      stream.deliver({ id: 8n, ttl: 60n });
    }
    expect(stream.ended).toBe(false);
  });

  it('stays when there is no other server to go to', async () => {
    const { clock, keptLease } = setUp({ endpoints: 1 });
    const { lease, stream } = await keptLease();
    await clock.advance(8_900);
    expect(stream.ended).toBe(false);
    stream.deliver({ id: 7n, ttl: 9n });
    await clock.advance(1_000);
    expect(lease.alive).toBe(true);
  });
});

describe('renewing once', () => {
  it('opens a stream for it, and closes it afterwards', async () => {
    const { leases, open } = setUp();
    const lease = await leases.grant(9, { id: 7n });
    const once = lease.keepAliveOnce();
    const stream = await open();
    stream.deliver({ id: 7n, ttl: 9n });
    expect(await once).toBe(9);
    expect(stream.ended).toBe(true);
  });

  it('gives up at its deadline, and says why', async () => {
    const { transport, clock, leases } = setUp({ timeoutMs: 1_000 });
    const lease = await leases.grant(9);
    const once = lease.keepAliveOnce();
    const failed = expect(once).rejects.toMatchObject({ code: 'TIMEOUT' });
    await clock.advance(999);
    expect(transport.last.options.signal?.aborted).toBe(false);
    await clock.advance(1);
    await failed;
    expect(transport.last.options.signal?.aborted).toBe(true);
    expect(lease.alive).toBe(true);
  });

  it('gives up when its signal aborts, before or later', async () => {
    const { transport, clock, leases } = setUp();
    const lease = await leases.grant(9);
    const early = lease.keepAliveOnce({ signal: AbortSignal.abort('early') });
    await expect(early).rejects.toMatchObject({ name: 'AbortError', cause: 'early' });
    expect(transport.openings).toHaveLength(0);
    const controller = new AbortController();
    const late = lease.keepAliveOnce({ signal: controller.signal });
    await clock.advance(0);
    controller.abort('late');
    await expect(late).rejects.toMatchObject({ code: 'ABORTED', cause: 'late' });
    expect(transport.last.options.signal?.aborted).toBe(true);
  });

  it('fails with the lease', async () => {
    const { clock, leases } = setUp({ timeoutMs: 0 });
    const lease = await leases.grant(2);
    const once = lease.keepAliveOnce();
    const failed = expect(once).rejects.toBeInstanceOf(LeaseLostError);
    await clock.advance(2_000);
    await failed;
  });

  it.each([{ timeoutMs: -1 }, { nonsense: 1 }, { signal: 'no' }])('refuses %j', async (options) => {
    const { leases } = setUp();
    const lease = leases.attach(7n);
    await expect(lease.keepAliveOnce(options as never)).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
  });
});

describe('giving a lease up', () => {
  it('by revoking it: renewals end first, the signal aborts at once, and nothing is lost', async () => {
    const { transport, clock, keptLease } = setUp();
    const { lease, stream } = await keptLease();
    const heard = listen(lease);
    await clock.advance(3_000);
    const calls: unknown[] = [];
    transport.answer = (method, request, { idempotent }) => {
      calls.push([method, request, idempotent, stream.ended]);
      return {};
    };
    const revoked = lease.revoke();
    expect([lease.alive, lossOf(lease).reason]).toEqual([false, 'revoked']);
    await revoked;
    expect(calls).toEqual([['Lease.LeaseRevoke', { id: 7n }, true, true]]);
    stream.deliver({ id: 7n, ttl: 9n });
    await clock.advance(60_000);
    expect([heard, clock.timers]).toEqual([['abort revoked'], 0]);
    await lease.revoke();
    await lease[Symbol.asyncDispose]();
    expect(calls).toHaveLength(1);
  });

  it('by revoking it, though the server does not know it any more', async () => {
    const { transport, keptLease } = setUp();
    const { lease } = await keptLease();
    transport.answer = () => {
      throw new LeaseNotFoundError('requested lease not found', {});
    };
    await lease.revoke();
  });

  it('by revoking it, again when the first time failed', async () => {
    const { transport, keptLease } = setUp();
    const { lease } = await keptLease();
    transport.answer = () => {
      throw unavailable();
    };
    await expect(lease.revoke()).rejects.toThrow(UnavailableError);
    transport.answer = () => ({});
    await lease.revoke();
  });

  it('by revoking it after it was lost, which waits for nothing', async () => {
    const { transport, clock, keptLease } = setUp();
    const { lease } = await keptLease();
    const heard = listen(lease);
    await clock.advance(9_100);
    const sent: string[] = [];
    transport.answer = (method) => {
      sent.push(method);
      return new Promise(() => {});
    };
    await lease.revoke();
    await lease.revoke();
    expect(heard).toEqual(['abort expired', 'lost expired']);
    // A server may have it a little longer: it is ended there behind the caller's back.
    expect(sent).toEqual(['Lease.LeaseRevoke']);
  });

  it('by revoking it after a server said that it is gone, without a call', async () => {
    const { transport, clock, keptLease } = setUp();
    const { lease, stream } = await keptLease();
    await clock.advance(3_000);
    stream.deliver({ id: 7n, ttl: 0n });
    transport.answer = () => {
      throw new Error('nothing was to be sent');
    };
    await lease.revoke();
  });

  it('by revoking it again after that failed', async () => {
    const { transport, clock, keptLease } = setUp();
    const { lease } = await keptLease();
    const options: unknown[] = [];
    let fail = true;
    transport.answer = (_, __, { signal, timeoutMs }) => {
      options.push({ signal, timeoutMs });
      if (fail) throw unavailable();
      return {};
    };
    await expect(lease.revoke({ timeoutMs: 100 })).rejects.toThrow(UnavailableError);
    fail = false;
    const { signal } = new AbortController();
    await lease.revoke({ signal });
    await lease.revoke();
    expect(options).toEqual([
      { signal: undefined, timeoutMs: 100 },
      { signal, timeoutMs: undefined },
    ]);
    expect(clock.timers).toBe(0);
  });

  it('by detaching it: renewals end, the deadline stays, disposing leaves it alone', async () => {
    const { transport, clock, keptLease } = setUp();
    const { lease, stream } = await keptLease();
    const heard = listen(lease);
    await clock.advance(3_000);
    lease.detach();
    stream.deliver({ id: 7n, ttl: 9n });
    transport.answer = () => {
      throw new Error('nothing was to be sent');
    };
    await lease[Symbol.asyncDispose]();
    expect([lease.alive, stream.ended, heard]).toEqual([true, true, []]);
    await clock.advance(6_000);
    expect([lease.alive, heard]).toEqual([false, ['abort expired', 'lost expired']]);
  });

  it('by detaching it while a renewal is in flight: the late answer does not count', async () => {
    const { clock, leases, keptLease } = setUp();
    const { lease, stream } = await keptLease();
    await leases.grant(60, { keepAlive: true });
    const heard = listen(lease);
    await clock.advance(3_000);
    lease.detach();
    stream.deliver({ id: 7n, ttl: 0n });
    expect([heard, lease.alive]).toEqual([[], true]);
  });

  it('for a moment only: the renewal in flight counts again', async () => {
    const { clock, leases, keptLease } = setUp();
    const { lease, stream } = await keptLease();
    await leases.grant(60, { keepAlive: true });
    const heard = listen(lease);
    await clock.advance(3_000);
    lease.detach();
    lease.keepAlive();
    await clock.advance(1_000);
    expect(ids(stream)).toEqual([7n]);
    stream.deliver({ id: 7n, ttl: 9n });
    expect(heard).toEqual(['renewed 9']);
  });

  it('by closing the client: renewals end without a loss, the deadline stays', async () => {
    const { transport, clock, keeper, leases, keptLease } = setUp();
    const { lease, stream } = await keptLease();
    const heard = listen(lease);
    const attached = leases.attach(8n).keepAlive();
    const once = lease.keepAliveOnce();
    keeper.close();
    await expect(once).rejects.toThrow(ClientClosedError);
    expect([stream.ended, heard, lease.alive, attached.alive]).toEqual([true, [], true, true]);
    expect(() => lease.keepAlive()).toThrow(ClientClosedError);
    await expect(lease.keepAliveOnce()).rejects.toThrow(ClientClosedError);
    transport.answer = () => {
      throw new ClientClosedError('closed', {});
    };
    await attached[Symbol.asyncDispose]();
    await clock.advance(9_000);
    expect([heard, transport.openings.length]).toEqual([['abort expired', 'lost expired'], 1]);
  });

  it('can be undone: a detached lease is kept alive again', async () => {
    const { clock, keptLease, open } = setUp();
    const { lease } = await keptLease();
    lease.detach();
    await clock.advance(4_000);
    lease.keepAlive();
    const stream = await open();
    expect(ids(stream)).toEqual([7n]);
    stream.deliver({ id: 7n, ttl: 9n });
    await lease[Symbol.asyncDispose]();
    expect(lossOf(lease).reason).toBe('revoked');
  });
});

describe('a client that no server accepts any more', () => {
  it('lets its leases run out, and says why', async () => {
    const { clock, leases, keptLease } = setUp();
    const { lease, stream } = await keptLease();
    const attached = leases.attach(8n).keepAlive();
    const once = lease.keepAliveOnce();
    const refused = new AuthenticationError('wrong password', {});
    stream.end(refused);
    await expect(once).rejects.toBe(refused);
    expect(lossOf(attached)).toMatchObject({ reason: 'unknown', cause: refused });
    expect(lease.alive).toBe(true);
    await clock.advance(9_000);
    expect(lossOf(lease)).toMatchObject({ reason: 'expired', cause: refused });
  });

  it('goes on with all of them when another renewal gets through', async () => {
    const { clock, leases, keptLease, open } = setUp();
    const { lease, stream } = await keptLease();
    stream.end(new AuthenticationError('wrong password', {}));
    await clock.advance(4_000);
    leases.attach(8n).keepAlive();
    expect(ids(await open()).sort()).toEqual([7n, 8n]);
    expect(lease.alive).toBe(true);
  });
});

describe('a renewal that the server refuses', () => {
  const denied = () => new PermissionDeniedError('permission denied', { outcome: 'not-applied' });

  /** A forbidden lease and two others, all with a request on its way, in this order. */
  const threeOnTheirWay = async () => {
    const all = setUp();
    const { leases, open, clock } = all;
    const forbidden = await leases.grant(60, { id: 1n, keepAlive: true });
    clock.block(1);
    const second = await leases.grant(60, { id: 2n, keepAlive: true });
    clock.block(1);
    const third = await leases.grant(60, { id: 3n, keepAlive: true });
    const stream = await open();
    await clock.advance(20_000);
    expect(ids(stream)).toEqual([1n, 2n, 3n]);
    return { ...all, forbidden, second, third, stream };
  };

  it('delays no other lease: they go on at once, in their order', async () => {
    const { transport, clock, forbidden, second, third, stream } = await threeOnTheirWay();
    const told: EtcdError[] = [];
    forbidden.on('refused', (error) => told.push(error));
    const error = denied();
    stream.end(error);
    expect(told).toEqual([error]);
    const before = clock.now();
    await clock.advance(0);
    // Both the shared stream and the one for the refused lease are opened anew, without a pause.
    const [alone, shared] = transport.openings.slice(-2);
    const next = shared?.open();
    const solo = alone?.open();
    await clock.advance(0);
    const written = [solo, next].map((each) => each && ids(each));
    expect(written).toContainEqual([2n, 3n]);
    expect(written).toContainEqual([1n]);
    expect(clock.now()).toBe(before);
    const others = ids(next as ScriptedStream).length === 2 ? next : solo;
    others?.deliver({ id: 2n, ttl: 60n });
    others?.deliver({ id: 3n, ttl: 60n });
    expect([forbidden.alive, second.alive, third.alive]).toEqual([true, true, true]);
    await clock.advance(20_000);
    expect(ids(others as ScriptedStream)).toHaveLength(4);
  });

  it('is of the oldest request without an answer, not of the oldest lease', async () => {
    const { clock, forbidden, second, stream } = await threeOnTheirWay();
    const told: string[] = [];
    forbidden.on('refused', () => told.push('first'));
    second.on('refused', () => told.push('second'));
    stream.deliver({ id: 1n, ttl: 60n });
    stream.end(denied());
    await clock.advance(0);
    expect(told).toEqual(['second']);
  });

  it('is tried again alone with growing pauses, and a loss at the deadline names it', async () => {
    const { transport, clock, leases } = setUp();
    const lease = await leases.grant(60, { id: 1n, keepAlive: true });
    await clock.advance(0);
    const error = denied();
    const tries: number[] = [];
    let opened = 0;
    while (lease.alive) {
      await clock.advance(50);
      for (; opened < transport.openings.length; opened++) {
        const stream = transport.openings[opened]?.open();
        await clock.advance(0);
        if (stream !== undefined && ids(stream).length > 0) tries.push(clock.now());
        if (stream !== undefined && clock.now() > 20_000) stream.end(error);
      }
    }
    const pauses = tries.slice(1).map((at, index) => at - (tries[index] ?? 0));
    expect(tries.length).toBeGreaterThan(3);
    expect(tries.length).toBeLessThan(30);
    expect(Math.max(...pauses)).toBeGreaterThan(4 * Math.max(50, pauses[1] ?? 0));
    expect(lossOf(lease)).toMatchObject({ reason: 'expired', cause: error });
    expect(lossOf(lease).message).toContain('permission denied');
  });

  it('rejoins the others when it is allowed again', async () => {
    const { transport, clock, forbidden, stream } = await threeOnTheirWay();
    stream.end(denied());
    await clock.advance(0);
    const opened = transport.openings.slice(-2).map((opening) => opening.open());
    await clock.advance(0);
    const solo = opened.find((each) => ids(each).includes(1n));
    const shared = opened.find((each) => each !== solo);
    solo?.deliver({ id: 1n, ttl: 60n });
    expect(solo?.ended).toBe(true);
    expect(forbidden.alive).toBe(true);
    await clock.advance(20_000);
    expect(ids(shared as ScriptedStream)).toContain(1n);
  });

  it('rejects waiting calls at once, and is reported to the owner of an attached lease', async () => {
    const { clock, leases, open } = setUp();
    const attached = leases.attach(7n).keepAlive();
    const once = attached.keepAliveOnce();
    const error = denied();
    (await open()).end(error);
    await expect(once).rejects.toBe(error);
    expect(lossOf(attached)).toMatchObject({ reason: 'unknown', cause: error });

    const other = leases.attach(8n);
    const waiting = other.keepAliveOnce();
    (await open()).end(error);
    await expect(waiting).rejects.toBe(error);
    // Another try goes alone, and is answered as soon.
    const again = other.keepAliveOnce();
    (await open()).end(error);
    await expect(again).rejects.toBe(error);
    expect(clock.timers).toBe(0);
  });
});

describe('a client without a valid user', () => {
  it.each([
    ['USER_NAME_EMPTY', false],
    ['INVALID_AUTH_TOKEN', false],
  ] as const)('rejects waiting calls, and lets kept leases go on: %s', async (code, retryable) => {
    const { clock, leases, keptLease, open } = setUp();
    const { lease, stream } = await keptLease();
    const attached = leases.attach(8n).keepAlive();
    const once = lease.keepAliveOnce();
    const error = new AuthenticationError('no', { code, retryable });
    stream.end(error);
    await expect(once).rejects.toBe(error);
    expect(lossOf(attached)).toMatchObject({ reason: 'unknown', cause: error });
    await clock.advance(4_000);
    const next = await open();
    expect(ids(next)).toEqual([7n]);
    next.deliver({ id: 7n, ttl: 9n });
    expect(lease.alive).toBe(true);
  });

  it('waits while a new token may cure it', async () => {
    const { leases, open } = setUp();
    const once = leases.attach(8n).keepAliveOnce();
    const details = { code: 'INVALID_AUTH_TOKEN', retryable: true } as const;
    (await open()).end(new AuthenticationError('old', details));
    (await open()).deliver({ id: 8n, ttl: 9n });
    expect(await once).toBe(9);
  });

  it('rejects when its token function fails, and renewals go on when it works', async () => {
    const { transport, clock, leases, open } = setUp();
    const lease = leases.attach(8n).keepAlive();
    const once = lease.keepAliveOnce();
    const error = new AuthenticationError('no token', { code: 'TOKEN_UNAVAILABLE' });
    await clock.advance(0);
    transport.last.fail(error);
    await expect(once).rejects.toBe(error);
    expect(lease.alive).toBe(true);
    await clock.advance(4_000);
    (await open()).deliver({ id: 8n, ttl: 9n });
    expect(lease.ttlSeconds).toBe(9);
  });
});

describe('sleep', () => {
  it('counts as time: the first access after it sees the loss, before any timer has run', async () => {
    const { clock, keptLease } = setUp();
    const { lease } = await keptLease();
    const heard = listen(lease);
    const { signal } = lease;
    clock.sleep(9_000);
    expect(lease.alive).toBe(false);
    expect([signal.aborted, heard]).toEqual([true, ['abort expired', 'lost expired']]);
    expect(() => lease.keepAlive()).toThrow(LeaseLostError);
  });

  it('is noticed within a second without any access', async () => {
    const { clock, leases } = setUp();
    const { signal } = await leases.grant(60);
    clock.sleep(61_000);
    await clock.advance(1_000);
    expect(signal.aborted).toBe(true);
  });

  it('is seen before an answer that comes after it can bring a lease back', async () => {
    const { clock, keptLease } = setUp();
    const { lease, stream } = await keptLease();
    await clock.advance(3_000);
    clock.sleep(6_000);
    stream.deliver({ id: 7n, ttl: 9n });
    expect(lossOf(lease).reason).toBe('expired');
  });

  it('leaves a lease alone whose time is not over, and one when the wall clock is set back', async () => {
    const { clock, keptLease } = setUp();
    const { lease } = await keptLease();
    clock.sleep(-3_600_000);
    clock.sleep(8_000);
    expect(lease.alive).toBe(true);
    clock.sleep(8_000);
    expect(lease.alive).toBe(true);
    clock.sleep(1_000);
    expect(lease.alive).toBe(false);
  });
});
