import { invalidArgument, toBigInt, uint64 } from '../errors/index.js';

/**
 * The id of a member as it is given: a bigint, or a number that is exact.
 *
 * @throws InvalidArgumentError for an argument that is not an id; 0 is none
 */
export function memberId(id: bigint | number, name = 'memberId'): bigint {
  const integer = toBigInt(name, id, uint64);
  if (integer === 0n) throw invalidArgument(name, id, 'the id of a member, which is never 0');
  return integer;
}
