import { leaseNotFound, toSafeNumber } from '../errors/index.js';
import { ownText, printable, toText } from '../internal/printable.js';
import { decodeKey } from '../model/codec/index.js';
import type { Keyspace } from '../model/keys/index.js';
import type { LeaseTimeToLiveResponse } from '../rpc/generated/types.js';
import { lease } from '../rpc/services.js';
import type { CallOptions } from '../transport/transport.js';

/** The options of `timeToLive`. */
export interface TimeToLiveOptions extends CallOptions {
  /** Lists the keys that are attached to the lease. */
  readonly keys?: boolean | undefined;
}

/** The time to live of a lease, from the server. Copies and comparisons have all of it but the bytes. */
// A class for the compiler alone: of a copy, it then knows the fields and neither accessors nor methods.
export declare abstract class LeaseTimeToLive {
  /** Seconds left, rounded down. */
  readonly remainingSeconds: number;
  /** Seconds that a renewal gives. */
  readonly grantedSeconds: number;
  /**
   * The attached keys as they are called in the client's namespace; those outside it are left out.
   * `undefined` unless they were asked for. Throws `DecodeError` when one of them is not UTF-8.
   */
  readonly keys: readonly string[] | undefined;
  /** The keys as bytes. */
  get keysBytes(): readonly Uint8Array[] | undefined;
}

class TimeToLiveRecord implements LeaseTimeToLive {
  readonly remainingSeconds: number;
  readonly grantedSeconds: number;
  declare readonly keys: readonly string[] | undefined;
  readonly #keys: readonly Uint8Array[] | undefined;

  constructor(remainingSeconds: number, grantedSeconds: number, keys: Uint8Array[] | undefined) {
    this.remainingSeconds = remainingSeconds;
    this.grantedSeconds = grantedSeconds;
    this.#keys = keys;
    ownText(this, 'keys', () => keys?.map(decodeKey));
  }

  get keysBytes(): readonly Uint8Array[] | undefined {
    return this.#keys;
  }
}

printable(
  TimeToLiveRecord,
  'LeaseTimeToLive',
  ({ remainingSeconds, grantedSeconds, keysBytes }) => ({
    remainingSeconds,
    grantedSeconds,
    keys: keysBytes?.map(toText),
  }),
);

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
    throw leaseNotFound(id, lease.leaseTimeToLive.name);
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
