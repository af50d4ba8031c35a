import { refusals } from '../refusals.js';
import type { BinaryKey } from '../store/binary-key.js';

/** A lease as every member knows it. Only the leader knows when it runs out. */
export interface LeaseState {
  readonly id: bigint;
  /** Seconds that were granted. */
  readonly ttlSeconds: bigint;
  readonly keys: Set<BinaryKey>;
}

/** The smallest time to live of a server with default settings, in seconds. */
const LEAST_TTL_SECONDS = 2n;
/** The largest time to live that etcd grants, in seconds. */
const LARGEST_TTL_SECONDS = 9_000_000_000n;

/** The leases of a member and the keys on them. */
export class Lessor {
  readonly #leases = new Map<bigint, LeaseState>();

  get(id: bigint): LeaseState | undefined {
    return this.#leases.get(id);
  }

  /** All leases, in the order in which they were granted. */
  all(): Iterable<LeaseState> {
    return this.#leases.values();
  }

  /** @throws the refusal of an id that is taken, or of a time that is too long */
  grant(id: bigint, ttlSeconds: bigint): LeaseState {
    if (ttlSeconds > LARGEST_TTL_SECONDS) throw refusals.leaseTtlTooLarge();
    if (this.#leases.has(id)) throw refusals.leaseExists();
    const granted = ttlSeconds < LEAST_TTL_SECONDS ? LEAST_TTL_SECONDS : ttlSeconds;
    const lease: LeaseState = { id, ttlSeconds: granted, keys: new Set() };
    this.#leases.set(id, lease);
    return lease;
  }

  /** Takes a lease away; the caller deletes its keys. */
  remove(id: bigint): LeaseState {
    const lease = this.#leases.get(id);
    if (lease === undefined) throw refusals.leaseNotFound();
    this.#leases.delete(id);
    return lease;
  }

  /** Takes over the leases of another member. */
  copyFrom(other: Lessor): void {
    this.#leases.clear();
    for (const lease of other.all()) {
      this.#leases.set(lease.id, { ...lease, keys: new Set(lease.keys) });
    }
  }

  /** A key left a lease, or hangs on another one; 0 for none. */
  moved(key: BinaryKey, before: bigint, after: bigint): void {
    if (before !== 0n) this.#leases.get(before)?.keys.delete(key);
    if (after !== 0n) this.#leases.get(after)?.keys.add(key);
  }
}
