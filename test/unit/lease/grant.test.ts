import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EtcdError, LeaseLostError, LeaseNotFoundError } from '../../../src/errors/index.js';
import { grantLease, randomLeaseId } from '../../../src/lease/grant.js';
import { LeaseKeeper, Leases } from '../../../src/lease/index.js';
import { readTimeToLive } from '../../../src/lease/time-to-live.js';
import { Keyspace } from '../../../src/model/keys/index.js';
import type { TransportCallOptions } from '../../../src/transport/transport.js';
import { ManualClock } from '../../support/manual-clock.js';
import { ScriptedTransport } from '../../support/scripted-transport.js';

interface Grant {
  readonly id: bigint;
  readonly ttl: bigint;
}

function setUp(answer: (grant: Grant, options: TransportCallOptions) => unknown) {
  const transport = new ScriptedTransport();
  const clock = new ManualClock();
  const requests: Grant[] = [];
  transport.answer = (_, request, options) => {
    requests.push(request as Grant);
    return answer(request as Grant, options);
  };
  const keeper = new LeaseKeeper(transport, clock, () => false);
  const context = { transport, clock, keeper, keyspace: Keyspace.root, timeoutMs: 5_000 };
  return { transport, clock, requests, leases: new Leases(context) };
}

const exists = () =>
  new EtcdError('lease already exists', { code: 'LEASE_EXISTS', outcome: 'not-applied' });

describe('granting', () => {
  it('chooses a positive id of 63 bits at random', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (value) => {
        const id = randomLeaseId({ random: () => value });
        expect(id > 0n && id < 2n ** 63n).toBe(true);
      }),
    );
    expect(randomLeaseId({ random: () => 0 })).toBe(1n);
    expect(randomLeaseId({ random: () => 1 - 2 ** -53 })).toBe(2n ** 63n - 1n);
  });

  it('counts the time from the sending, not from the call', async () => {
    const { transport, clock } = setUp(() => undefined);
    transport.answer = async (_, request, { onSend }) => {
      // Three seconds until a connection was ready, one until the answer.
      clock.block(3_000);
      onSend?.();
      clock.block(1_000);
      return request;
    };
    const sent = clock.now() + 3_000;
    const granted = await grantLease(transport, clock, { ttlSeconds: 5, id: 9n }, {});
    expect(granted).toEqual({ id: 9n, ttlSeconds: 5, sentAt: sent });
  });

  it('treats "already exists" as success when an earlier attempt may have been applied', async () => {
    const { transport, clock } = setUp(() => undefined);
    const first = clock.now();
    transport.answer = (_, __, { onSend, idempotent }) => {
      expect(idempotent).toBe(true);
      onSend?.();
      clock.block(400);
      onSend?.();
      throw exists();
    };
    const granted = await grantLease(transport, clock, { ttlSeconds: 5, id: undefined }, {});
    expect(granted).toMatchObject({ ttlSeconds: 5, sentAt: first });
  });

  it('rejects when the very first attempt finds the id taken', async () => {
    const { leases } = setUp((_, { onSend }) => {
      onSend?.();
      throw exists();
    });
    await expect(leases.grant(5)).rejects.toMatchObject({ code: 'LEASE_EXISTS' });
  });

  it('never treats it as success, nor repeats, with an id of the caller', async () => {
    const { leases } = setUp((_, { onSend, idempotent }) => {
      expect(idempotent).toBe(false);
      onSend?.();
      onSend?.();
      throw exists();
    });
    await expect(leases.grant(5, { id: 7n })).rejects.toMatchObject({ code: 'LEASE_EXISTS' });
  });

  it('uses the time to live that the server grants', async () => {
    const { leases, requests } = setUp(({ id }) => ({ id, ttl: 2n }));
    const lease = await leases.grant(1);
    expect([requests[0]?.ttl, lease.ttlSeconds, lease.id]).toEqual([1n, 2, requests[0]?.id]);
  });

  it('rejects when the lease expired before its answer came', async () => {
    const { clock, leases } = setUp((grant, { onSend }) => {
      onSend?.();
      clock.block(2_000);
      return grant;
    });
    await expect(leases.grant(2)).rejects.toBeInstanceOf(LeaseLostError);
    expect(clock.timers).toBe(0);
  });

  it.each([0, -1, 1.5, Number.NaN, Infinity, 2 ** 53, '10', undefined, null])(
    'refuses a time to live of %s before anything is sent',
    async (ttlSeconds) => {
      const { leases, requests } = setUp(() => ({}));
      const granted = leases.grant(ttlSeconds as number);
      await expect(granted).rejects.toMatchObject({
        code: 'INVALID_ARGUMENT',
        outcome: 'not-sent',
      });
      await expect(granted).rejects.toThrow(/ttlSeconds: got .*; a whole number, 1 or more/);
      expect(requests).toEqual([]);
    },
  );

  it.each([{ id: 0 }, { id: -5n }, { id: 2n ** 63n }, { id: 'x' }, { keepAlive: 1 }, { ttl: 5 }])(
    'refuses the options %o',
    async (options) => {
      const { leases, requests } = setUp(() => ({}));
      await expect(leases.grant(5, options as never)).rejects.toMatchObject({
        code: 'INVALID_ARGUMENT',
      });
      expect(requests).toEqual([]);
    },
  );

  it('refuses to attach to a wrong id', () => {
    const { leases } = setUp(() => ({}));
    for (const id of [0, -1n, 1.5, undefined]) {
      expect(() => leases.attach(id as bigint)).toThrow(TypeError);
    }
  });
});

describe('the answer of timeToLive', () => {
  const bytes = (text: string) => new TextEncoder().encode(text);
  const answer = { header: undefined, id: 7n, ttl: 3n, grantedTtl: 10n, keys: [] };

  it('has the keys of the namespace, as they are called there, and no others', () => {
    const keys = ['app/a', 'apq', 'app/', 'b'].map(bytes);
    const space = Keyspace.root.sub('app/');
    const read = readTimeToLive({ ...answer, keys }, space, true);
    expect([read.remainingSeconds, read.grantedSeconds]).toEqual([3, 10]);
    expect(read.keys).toEqual(['a', '']);
    expect(read.keysBytes).toEqual([bytes('a'), bytes('')]);
    expect(readTimeToLive({ ...answer, keys }, Keyspace.root, true).keys).toHaveLength(4);
  });

  it('has no keys unless they were asked for', () => {
    const { keys, keysBytes } = readTimeToLive(answer, Keyspace.root, false);
    expect([keys, keysBytes]).toEqual([undefined, undefined]);
  });

  it('says which key is no text when the keys are read, not before', () => {
    const read = readTimeToLive({ ...answer, keys: [Uint8Array.of(0xff)] }, Keyspace.root, true);
    expect(read.keysBytes).toEqual([Uint8Array.of(0xff)]);
    expect(() => read.keys).toThrow('not valid UTF-8');
  });

  it('is an error when there is no such lease', () => {
    const missing = { ...answer, ttl: -1n, grantedTtl: 0n };
    const read = () => readTimeToLive(missing, Keyspace.root, false);
    expect(read).toThrow(LeaseNotFoundError);
    expect(read).toThrow(expect.objectContaining({ leaseId: 7n, method: 'Lease.LeaseTimeToLive' }));
  });

  it('has no seconds left for a lease that the server is about to remove', () => {
    const over = readTimeToLive({ ...answer, ttl: -1n }, Keyspace.root, false);
    expect(over.remainingSeconds).toBe(0);
  });
});
