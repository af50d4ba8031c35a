import { describe, expect, it } from 'vitest';
import { LeaseLostError, LeaseNotFoundError } from '../../../src/errors/index.js';
import { LeaseKeeper, LeaseNews, Leases } from '../../../src/lease/index.js';
import { Keyspace } from '../../../src/model/keys/index.js';
import { kv, lease as leaseMethods } from '../../../src/rpc/services.js';
import { ManualClock } from '../../support/manual-clock.js';
import { ScriptedTransport } from '../../support/scripted-transport.js';

/** Two leases of a client whose server knows those in `there` alone. */
async function setUp() {
  const transport = new ScriptedTransport();
  const clock = new ManualClock();
  const keeper = new LeaseKeeper(transport, clock, () => false);
  const calls = new LeaseNews(transport, keeper.registry);
  const context = { transport: calls, clock, keeper, keyspace: Keyspace.root, timeoutMs: 5_000 };
  const leases = new Leases(context);
  const there = new Set<bigint>();
  transport.answer = (method, request) => {
    const { id = 0n, ttl } = request as { id?: bigint; ttl?: bigint };
    switch (method) {
      case 'Lease.LeaseGrant':
        there.add(id);
        return { id, ttl };
      case 'Lease.LeaseTimeToLive':
        return { id, ttl: there.has(id) ? 5n : -1n, grantedTtl: there.has(id) ? 9n : 0n, keys: [] };
      case 'Lease.LeaseRevoke':
        there.delete(id);
        return {};
      default: {
        const error = new LeaseNotFoundError('requested lease not found', { method });
        for (const each of named(request)) if (!there.has(each)) throw error;
        return {};
      }
    }
  };
  const first = await leases.grant(9, { id: 1n });
  const second = await leases.grant(9, { id: 2n });
  return { calls, clock, leases, there, first, second };
}

/** The leases of a put, or of the puts of a transaction. */
function named(request: unknown): bigint[] {
  const { lease, success = [] } = request as {
    lease?: bigint;
    success?: { requestPut?: { lease?: bigint } }[];
  };
  const ids = [lease, ...success.map(({ requestPut }) => requestPut?.lease)];
  return ids.filter((id) => id !== undefined);
}

const put = (lease: bigint) => ({ requestPut: { key: Uint8Array.of(1), lease } });

describe('a server that says that a lease is gone', () => {
  it('ends its handles before the caller of a put hears of it', async () => {
    const { calls, leases, there, first, second } = await setUp();
    const other = leases.attach(1n);
    there.clear();
    const heard: string[] = [];
    first.on('lost', ({ reason }) => heard.push(reason));
    const request = { key: Uint8Array.of(1), lease: 1n };
    await calls.unary(kv.put, request).catch(() => heard.push('rejected'));
    expect(heard).toEqual(['revoked', 'rejected']);
    expect([first.alive, first.signal.aborted, other.alive, second.alive]).toEqual([
      false,
      true,
      false,
      true,
    ]);
    expect(first.signal.reason).toBeInstanceOf(LeaseLostError);
    expect(first.signal.reason).toMatchObject({ cause: { method: 'KV.Put', leaseId: 1n } });
  });

  it('may report any lease of a transaction: each of them is checked', async () => {
    const { calls, there, first, second } = await setUp();
    there.delete(2n);
    const txn = calls.unary(kv.txn, { success: [put(1n), put(2n)] });
    await expect(txn).rejects.toThrow(LeaseNotFoundError);
    expect([first.alive, second.alive]).toEqual([true, false]);
  });

  it('may report the one lease of a transaction, also of a nested one', async () => {
    const { calls, there, first, second } = await setUp();
    there.clear();
    const nested = { requestTxn: { failure: [put(1n)] } };
    const refused = calls.unary(kv.txn, { success: [nested, put(1n)] });
    await expect(refused).rejects.toThrow(LeaseNotFoundError);
    expect([first.alive, second.alive]).toEqual([false, true]);
  });

  it('may report it by the time it has left, or by having revoked it', async () => {
    const { calls, leases, there, first, second } = await setUp();
    there.delete(1n);
    await expect(first.timeToLive()).rejects.toThrow(LeaseNotFoundError);
    expect(first.alive).toBe(false);
    const owner = leases.attach(2n);
    await owner.revoke();
    expect(second.signal.reason).toMatchObject({ reason: 'revoked' });
    const third = await leases.grant(9, { id: 3n });
    await calls.unary(leaseMethods.leaseRevoke, { id: 3n });
    expect(third.alive).toBe(false);
  });

  it('says nothing about a lease of the same id that was granted later', async () => {
    const { calls, clock, leases, there, first } = await setUp();
    there.delete(1n);
    const request = { key: Uint8Array.of(1), lease: 1n };
    const late = calls.unary(kv.put, request);
    clock.block(1);
    const again = await leases.grant(9, { id: 1n });
    await expect(late).rejects.toThrow(LeaseNotFoundError);
    expect([first.alive, again.alive]).toEqual([false, true]);
  });
});
