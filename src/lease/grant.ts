import { EtcdError, toSafeNumber } from '../errors/index.js';
import type { Clock } from '../internal/clock.js';
import { lease } from '../rpc/services.js';
import type { Transport, TransportCallOptions } from '../transport/transport.js';
import type { Answered } from './schedule.js';

const HIGH_BITS = 31;
const LOW_BITS = 32;

/** A positive number of 63 bits at random, as an id that no other lease has. */
export function randomLeaseId(clock: Pick<Clock, 'random'>): bigint {
  const high = BigInt(Math.floor(clock.random() * 2 ** HIGH_BITS));
  const low = BigInt(Math.floor(clock.random() * 2 ** LOW_BITS));
  return (high << BigInt(LOW_BITS)) | low || 1n;
}

/** A lease to be granted. */
export interface GrantRequest {
  readonly ttlSeconds: number;
  /** The caller's own id, if there is one. */
  readonly id: bigint | undefined;
}

/** A lease that was granted, and since when its time runs at the latest. */
export interface Granted extends Answered {
  readonly id: bigint;
}

/**
 * Grants a lease.
 *
 * With an id of our own choice the request may be repeated after an unknown outcome. If a lease of that id
 * "already exists", an earlier attempt made it. A caller's id proves nothing, so there an unknown outcome
 * stays one. The time runs from the first attempt: it may be the one that counted.
 */
export async function grantLease(
  transport: Transport,
  clock: Clock,
  { ttlSeconds, id: ownId }: GrantRequest,
  options: TransportCallOptions,
): Promise<Granted> {
  const id = ownId ?? randomLeaseId(clock);
  let attempts = 0;
  let sentAt = clock.now();
  const onSend = (): void => {
    attempts += 1;
    if (attempts === 1) sentAt = clock.now();
  };
  try {
    const request = { id, ttl: BigInt(ttlSeconds) };
    const call = { ...options, idempotent: ownId === undefined, onSend };
    const { ttl } = await transport.unary(lease.leaseGrant, request, call);
    return { id, sentAt, ttlSeconds: toSafeNumber('ttl', ttl) };
  } catch (error) {
    const exists = error instanceof EtcdError && error.code === 'LEASE_EXISTS';
    if (!exists || ownId !== undefined || attempts < 2) throw error;
    return { id, sentAt, ttlSeconds };
  }
}
