import type { EtcdClient, Lease, LeaseLostError } from '../../src/index.js';

declare const etcd: EtcdClient;
declare const signal: AbortSignal | undefined;

const granted = await etcd.lease.grant(10, {
  id: 7,
  keepAlive: true,
  signal,
  timeoutMs: undefined,
});
const id: bigint = granted.id;
const seconds: number = granted.ttlSeconds;
const renewed: number = await granted.keepAlive().keepAliveOnce({ timeoutMs: 100 });
const leases: readonly bigint[] = await etcd.lease.list();
void [id, seconds, renewed, leases];

const attached: Lease = etcd.lease.attach(id);
// @ts-expect-error unknown before the first renewal
const certain: number = attached.ttlSeconds;
// @ts-expect-error a handle is read only
attached.id = 8n;
void certain;

const { remainingSeconds, grantedSeconds, keys } = await attached.timeToLive({ keys: true });
const left: readonly [number, number, readonly string[] | undefined] = [
  remainingSeconds,
  grantedSeconds,
  keys,
];
void left;

attached
  .on('renewed', (ttl: number) => void ttl)
  .once('lost', (error: LeaseLostError) => void error.reason)
  .off('lost', () => {});
// @ts-expect-error there is no such event
attached.on('expired', () => {});

await etcd.put('k', 'v', { lease: granted });
await etcd.put('k', 'v', { lease: id });
await etcd.touch('k', { lease: attached });
await etcd.touch('k', { lease: null });
// @ts-expect-error The lease must be said.
await etcd.touch('k', {});
// @ts-expect-error
await etcd.touch('k');
await etcd
  .txn()
  .then(etcd.op.put('k', 'v', { lease: attached }))
  .commit();
// @ts-expect-error seconds are a number
await etcd.lease.grant(10n);
{
  await using own = granted;
  void own;
}
