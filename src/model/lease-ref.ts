import { invalidArgument, toBigInt } from '../errors/index.js';

/** A lease, by its handle or its id. */
export type LeaseRef =
  | bigint
  | number
  | {
      /** The id of the lease. */
      readonly id: bigint;
    };

/**
 * The id of a lease.
 *
 * @throws InvalidArgumentError when it is none
 */
export function leaseId(lease: LeaseRef, name = 'lease'): bigint {
  const id = typeof lease === 'object' && lease !== null ? lease.id : lease;
  if (typeof id !== 'bigint' && typeof id !== 'number') {
    throw invalidArgument(name, lease, 'a lease, or the id of one as a bigint');
  }
  return toBigInt(name, id);
}
