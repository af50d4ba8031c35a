import { afterEach, expect, it, vi } from 'vitest';
import { MemoryEtcd } from '../../../../src/testing/index.js';
import { failureOf } from '../../../support/client.js';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

afterEach(() => {
  vi.useRealTimers();
});

it("the server's own lock is held by one at a time, and passes on when its lease ends", async () => {
  await using memory = new MemoryEtcd();
  const { rpc } = memory.client();
  await rpc.lease.leaseGrant({ id: 10n, ttl: 10n });
  await rpc.lease.leaseGrant({ id: 11n, ttl: 1_000n });
  const first = await rpc.lock.lock({ name: bytes('jobs'), lease: 10n });
  expect(new TextDecoder().decode(first.key)).toBe('jobs/a');
  let held = false;
  const second = rpc.lock.lock({ name: bytes('jobs'), lease: 11n }).then((answer) => {
    held = true;
    return answer;
  });
  await memory.advance(9_000);
  expect(held).toBe(false);
  await memory.advance(1_000);
  expect(new TextDecoder().decode((await second).key)).toBe('jobs/b');
});

it("the server's own election has one leader, who proclaims and resigns", async () => {
  await using memory = new MemoryEtcd();
  const { rpc } = memory.client();
  const name = bytes('leader');
  const none = await failureOf(rpc.election.leader({ name }));
  expect(none.message).toContain('election: no leader');
  await rpc.lease.leaseGrant({ id: 10n, ttl: 1_000n });
  const { leader } = await rpc.election.campaign({ name, value: bytes('a'), lease: 10n });
  await rpc.election.proclaim({ leader, value: bytes('a2') });
  const { kv } = await rpc.election.leader({ name });
  expect(new TextDecoder().decode(kv?.value)).toBe('a2');
  await rpc.election.resign({ leader });
  const late = await failureOf(rpc.election.proclaim({ leader, value: bytes('a3') }));
  expect(late.message).toContain('election: not leader');
});

it('fake timers of the test runner do not hold up a client', async () => {
  vi.useFakeTimers();
  await using memory = new MemoryEtcd();
  const etcd = memory.client();
  await Promise.all(Array.from({ length: 50 }, (_, index) => etcd.put(`k${index}`, 'v')));
  const found = await Promise.all(Array.from({ length: 50 }, (_, index) => etcd.get(`k${index}`)));
  expect(found.every((kv) => kv?.value === 'v')).toBe(true);
  const lease = await etcd.lease.grant(10);
  await memory.advance(10_000);
  expect(lease.alive).toBe(false);
});
