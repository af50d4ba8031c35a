import { EtcdError } from '../errors/index.js';
import type { CallOptions, EtcdClient, Lease } from '../index.js';
import type { Clock } from '../internal/clock.js';
import { clockOf } from '../internal/clock-of.js';
import { Deadline } from '../internal/deadline.js';
import { ignore, quiet } from '../internal/deferred.js';
import { endpointCodec, type ServiceEndpoint } from './endpoint.js';
import { callTimedOut, IMPATIENT } from './registration-errors.js';

/** The part of a registration that never changes. */
export interface RegistrationContext {
  readonly etcd: EtcdClient;
  /** The id of the instance in its service. */
  readonly id: string;
  readonly key: string;
  readonly ttlSeconds: number;
}

/**
 * Takes a lease and stores the endpoint under it; leaves no lease behind when that fails.
 *
 * @param hurried the caller does not wait for that when its deadline or its signal ended the call
 */
export async function storeEntry(
  context: RegistrationContext,
  endpoint: ServiceEndpoint,
  { signal, timeoutMs, metadata }: CallOptions,
  hurried: boolean,
): Promise<Lease> {
  const clock = clockOf(context.etcd);
  const remaining = remainingTime(clock, timeoutMs, `registration of ${context.key}`);
  const call = (): CallOptions => ({ signal, metadata, timeoutMs: remaining() });
  const lease = await context.etcd.lease.grant(context.ttlSeconds, { ...call(), keepAlive: true });
  try {
    await putEntry(context, endpoint, lease, call());
    lease.signal.throwIfAborted();
    return lease;
  } catch (error) {
    const revocation = quiet(lease.revoke());
    const late = error instanceof EtcdError && IMPATIENT.has(error.code);
    if (!hurried || !late) await revocation.catch(ignore);
    throw error;
  }
}

/** Stores the endpoint under a lease. */
export async function putEntry(
  { etcd, key }: RegistrationContext,
  endpoint: ServiceEndpoint,
  lease: Lease,
  call: CallOptions,
): Promise<void> {
  await etcd.as(endpointCodec).put(key, endpoint, { ...call, lease });
}

/**
 * Makes the function that tells what is left for the next of several calls; `undefined` without a
 * deadline of the caller. It throws once nothing is left.
 */
export function remainingTime(
  clock: Clock,
  timeoutMs: number | undefined,
  what: string,
): () => number | undefined {
  if (timeoutMs === undefined) return () => undefined;
  const deadline = Deadline.in(clock, timeoutMs);
  return () => deadline.timeoutMs(() => callTimedOut(what, timeoutMs));
}
