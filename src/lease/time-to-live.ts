import { decodeKey } from '../codec/index.js';
import { LeaseNotFoundError, toSafeNumber } from '../errors/index.js';
import type { Keyspace } from '../keys/index.js';
import type { LeaseTimeToLiveResponse } from '../rpc/generated/types.js';
import { lease } from '../rpc/services.js';
import type { CallOptions } from '../transport/transport.js';

/** The options of `timeToLive`. */
export interface TimeToLiveOptions extends CallOptions {
  /** Lists the keys that are attached to the lease. */
  readonly keys?: boolean | undefined;
}

/** What the server says about a lease. */
export interface LeaseTimeToLive {
  /** Seconds left, rounded down. */
  readonly remainingSeconds: number;
  /** Seconds that a renewal gives. */
  readonly grantedSeconds: number;
  /**
   * The attached keys as they are called in the client's namespace; those outside it are left out.
   * `undefined` unless they were asked for. Throws `DecodeError` when one of them is not UTF-8.
   */
  readonly keys: readonly string[] | undefined;
  /** The same as bytes. */
  readonly keysBytes: readonly Uint8Array[] | undefined;
}

class TimeToLiveRecord implements LeaseTimeToLive {
  readonly remainingSeconds: number;
  readonly grantedSeconds: number;
  readonly keysBytes: readonly Uint8Array[] | undefined;

  constructor(remainingSeconds: number, grantedSeconds: number, keys: Uint8Array[] | undefined) {
    this.remainingSeconds = remainingSeconds;
    this.grantedSeconds = grantedSeconds;
    this.keysBytes = keys;
  }

  get keys(): readonly string[] | undefined {
    return this.keysBytes?.map(decodeKey);
  }
}

/**
 * Reads an answer about a lease's time.
 *
 * @throws LeaseNotFoundError when there is no such lease, which the server tells by a time of -1
 */
export function readTimeToLive(
  response: LeaseTimeToLiveResponse,
  keyspace: Keyspace,
  withKeys: boolean,
): LeaseTimeToLive {
  const { id, ttl, grantedTtl, keys } = response;
  if (isGone(response)) {
    throw new LeaseNotFoundError('requested lease not found', {
      leaseId: id,
      method: lease.leaseTimeToLive.name,
    });
  }
  const inside = keys.filter((key) => keyspace.contains(key)).map((key) => keyspace.strip(key));
  return new TimeToLiveRecord(
    Math.max(0, toSafeNumber('ttl', ttl)),
    toSafeNumber('grantedTtl', grantedTtl),
    withKeys ? inside : undefined,
  );
}

/**
 * Returns `true` if the answer says that there is no such lease. A lease whose time is over, and which
 * the server has not removed yet, has less than no time left, too.
 */
export function isGone({ ttl, grantedTtl }: LeaseTimeToLiveResponse): boolean {
  return ttl < 0n && grantedTtl === 0n;
}
