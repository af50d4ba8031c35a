import { EtcdError } from './etcd-error.js';

const MAX_SAFE = BigInt(Number.MAX_SAFE_INTEGER);

/**
 * A 64-bit quantity that a server sent (a count, a size, seconds) as a `number`.
 *
 * @param what the field, for the message: `count`
 * @throws EtcdError `UNSAFE_INTEGER` past 2^53-1 on either side: never a rounded value
 */
export function toSafeNumber(what: string, value: bigint): number {
  if (value > MAX_SAFE || value < -MAX_SAFE) {
    throw new EtcdError(`${what}: ${value} cannot be held by a number without rounding`, {
      code: 'UNSAFE_INTEGER',
    });
  }
  return Number(value);
}
