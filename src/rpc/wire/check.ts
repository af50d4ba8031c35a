import { described, invalidArgument, showWord } from '../../errors/index.js';
import { isBytes, isWellFormed } from '../../internal/bytes.js';

const LEAST_INT64 = -(2n ** 63n);
const MOST_INT64 = 2n ** 63n - 1n;
const MOST_UINT64 = 2n ** 64n - 1n;
const MOST_UINT32 = 2 ** 32 - 1;

// The checks of what a caller gave for a field. Each throws an `InvalidArgumentError` that names the
// field as `Message.field`: nothing is converted in silence, and nothing is cut to fit.

/** Bytes. */
export function checkBytes(value: unknown, name: string): asserts value is Uint8Array {
  if (!isBytes(value)) throw invalidArgument(name, value, 'allowed is a Uint8Array');
}

/** Text that UTF-8 can hold. */
export function checkString(value: unknown, name: string): asserts value is string {
  if (typeof value === 'string' && isWellFormed(value)) return;
  throw invalidArgument(name, value, 'allowed is a string without half of a surrogate pair');
}

/** A switch. */
export function checkBool(value: unknown, name: string): asserts value is boolean {
  if (typeof value !== 'boolean') throw invalidArgument(name, value, 'allowed is a boolean');
}

/** A signed integer of 64 bits. */
export function checkInt64(value: unknown, name: string): asserts value is bigint {
  if (typeof value !== 'bigint') throw invalidArgument(name, value, 'allowed is a bigint');
  if (value < LEAST_INT64 || value > MOST_INT64) {
    throw invalidArgument(name, value, 'allowed is a bigint from -2^63 to 2^63-1');
  }
}

/** An integer of 64 bits without a sign. */
export function checkUint64(value: unknown, name: string): asserts value is bigint {
  if (typeof value !== 'bigint') throw invalidArgument(name, value, 'allowed is a bigint');
  if (value < 0n || value > MOST_UINT64) {
    throw invalidArgument(name, value, 'allowed is a bigint from 0 to 2^64-1');
  }
}

/** An integer of 32 bits without a sign. */
export function checkUint32(value: unknown, name: string): asserts value is number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value > MOST_UINT32) {
    throw invalidArgument(name, value, 'allowed is a whole number from 0 to 2^32-1');
  }
}

/** The number of an enum's value on the wire. */
export function checkEnum(
  value: unknown,
  numbers: Readonly<Record<string, number>>,
  name: string,
): number {
  const number =
    typeof value === 'string' && Object.hasOwn(numbers, value) ? numbers[value] : undefined;
  if (number !== undefined) return number;
  const allowed = Object.keys(numbers).map((key) => `'${key}'`);
  throw invalidArgument(name, showWord(value), `allowed are ${allowed.join(', ')}`);
}

/** A message, which is an object. */
export function checkMessage(value: unknown, name: string): asserts value is object {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalidArgument(name, value, 'allowed is an object');
  }
}

/** The values of a repeated field. */
export function checkArray(value: unknown, name: string): asserts value is readonly unknown[] {
  if (!Array.isArray(value)) throw invalidArgument(name, value, 'allowed is an array');
}

/** Of the members of a oneof at most one is given; `count` says how many are. */
export function checkOneof(count: number, message: string, members: string): void {
  if (count > 1) {
    throw invalidArgument(
      message,
      described(`${count} of ${members}`),
      'allowed is one of them at most',
    );
  }
}
