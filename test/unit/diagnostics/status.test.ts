import { describe, expect, it } from 'vitest';
import { MemoryEtcd } from '../../../src/testing/index.js';
import { memoryLog } from '../../support/memory-log.js';
import { recordMessages } from '../../support/recorded-diagnostics.js';

describe('the state of a client', () => {
  it('has every field in JSON: what is unknown is null, and a round trip of 0 ms is known', async () => {
    await using memory = new MemoryEtcd();
    await using etcd = memory.client();
    const before = JSON.parse(JSON.stringify(etcd.status()));
    const endpoint = memory.members[0]?.endpoint;
    expect(before.endpoints).toEqual([
      { endpoint, state: 'idle', version: null, roundTripMs: null, lastError: null },
    ]);
    await etcd.get('name');
    const watcher = etcd.watch('name');
    etcd.lease.attach(77n);
    const { endpoints, watches, leases } = JSON.parse(JSON.stringify(etcd.status()));
    expect(endpoints).toMatchObject([{ state: 'ready', roundTripMs: 0, lastError: null }]);
    expect(watches).toEqual([{ key: 'name', revision: null, state: 'opening', behind: 0 }]);
    expect(leases).toEqual([{ id: '77', ttlSeconds: null, remainingSeconds: null, alive: true }]);
    await watcher.cancel();
  });

  it('is idle when the client is closed', async () => {
    await using memory = new MemoryEtcd();
    const etcd = memory.client();
    await etcd.get('name');
    expect(etcd.status().endpoints).toMatchObject([{ state: 'ready' }]);
    await etcd.close();
    expect(etcd.status()).toMatchObject({
      endpoints: [{ state: 'idle' }],
      calls: { open: 0, waiting: 0 },
      watches: [],
    });
  });
});

describe('the log of a lease', () => {
  it('is an error for a lease that was to be kept alive, and info for others', async () => {
    await using memory = new MemoryEtcd();
    const { lines, logger } = memoryLog();
    await using etcd = memory.client({ logger });
    using told = recordMessages();
    const losses = () => lines.filter((line) => line.endsWith('lease lost'));

    const unkept = await etcd.lease.grant(5);
    await memory.advance(6_000);
    expect(unkept.alive).toBe(false);
    expect(losses()).toEqual(['info lease lost']);
    expect(told.messages.at(-1)).toMatchObject({ kind: 'lost', keptAlive: false });

    const detached = await etcd.lease.grant(5, { keepAlive: true });
    detached.detach();
    await memory.advance(6_000);
    expect(losses()).toEqual(['info lease lost', 'info lease lost']);

    const kept = await etcd.lease.grant(5, { keepAlive: true });
    memory.faults.freeze('both');
    await memory.advance(10_000);
    expect(kept.alive).toBe(false);
    expect(losses().at(-1)).toBe('error lease lost');
    expect(told.messages.findLast(({ kind }) => kind === 'lost')).toMatchObject({
      keptAlive: true,
    });
    memory.faults.heal();

    const left = await etcd.lease.grant(5, { keepAlive: true });
    await etcd.close();
    await memory.advance(6_000);
    expect(left.alive).toBe(false);
    expect(losses().slice(3)).toEqual(['info lease lost']);
  });
});
