import { invalidArgument } from './invalid-argument.js';

/** The integers that a field of the protocol can hold, both ends included. */
export interface IntegerRange {
  readonly min: bigint;
  readonly max: bigint;
}

const INT64_MAX = 2n ** 63n - 1n;

/** A lease's id, and most other 64-bit fields. */
export const int64: IntegerRange = { min: -(2n ** 63n), max: INT64_MAX };
/** Revisions and versions. */
export const nonNegativeInt64: IntegerRange = { min: 0n, max: INT64_MAX };
/** The ids of members and clusters. */
export const uint64: IntegerRange = { min: 0n, max: 2n ** 64n - 1n };

/**
 * An integer argument as a `bigint`. A number must be whole and exact, that is no further from zero
 * than 2^53-1: past it a number may stand for its neighbour.
 *
 * @throws InvalidArgumentError naming the argument
 */
export function toBigInt(
  name: string,
  value: bigint | number,
  range: IntegerRange = int64,
): bigint {
  if (typeof value !== 'bigint' && !Number.isSafeInteger(value)) {
    throw invalidArgument(name, value, 'a bigint, or a whole number no further from 0 than 2^53-1');
  }
  const integer = BigInt(value);
  if (integer < range.min || integer > range.max) {
    throw invalidArgument(name, value, `an integer from ${range.min} to ${range.max}`);
  }
  return integer;
}

/**
 * Checks a `timeoutMs`: `undefined`, 0 for no deadline, or a number of milliseconds.
 *
 * @throws InvalidArgumentError naming the option
 */
export function checkTimeoutMs(name: string, value: unknown): asserts value is number | undefined {
  if (value === undefined) return;
  if (typeof value !== 'number' || !Number.isFinite(value) || value < 0) {
    throw invalidArgument(name, value, 'a number of milliseconds, or 0 for no deadline');
  }
}

/** Checks a number that counts something and must be at least 1. */
export function checkPositiveInteger(name: string, value: unknown): asserts value is number {
  if (!Number.isSafeInteger(value) || (value as number) < 1) {
    throw invalidArgument(name, value, 'a whole number, 1 or more');
  }
}

/** Checks a number that counts something and may be 0. */
export function checkNonNegativeInteger(name: string, value: unknown): asserts value is number {
  if (!Number.isSafeInteger(value) || (value as number) < 0) {
    throw invalidArgument(name, value, 'a whole number, 0 or more');
  }
}

/** Checks a switch that may be left out. */
export function checkBoolean(name: string, value: unknown): asserts value is boolean | undefined {
  if (value !== undefined && typeof value !== 'boolean') {
    throw invalidArgument(name, value, 'true or false');
  }
}

/** Checks a function that may be left out. */
export function checkFunction(name: string, value: unknown): void {
  if (value !== undefined && typeof value !== 'function') {
    throw invalidArgument(name, value, 'a function');
  }
}

/** Checks a signal that may be left out. It is known by its shape: test runners have several realms. */
export function checkSignal(
  name: string,
  value: unknown,
): asserts value is AbortSignal | undefined {
  if (value === undefined) return;
  const signal = value as Partial<AbortSignal> | null;
  if (
    typeof signal !== 'object' ||
    typeof signal?.aborted !== 'boolean' ||
    typeof signal.addEventListener !== 'function'
  ) {
    throw invalidArgument(name, value, 'an AbortSignal');
  }
}

/**
 * Checks an options object: `undefined` or an object whose keys are all among `allowed`. A misspelt
 * option that is silently ignored is a fault found in production.
 *
 * @param name of the object, for the message: `options`, `tls`
 */
export function checkKnownOptions(name: string, value: unknown, allowed: readonly string[]): void {
  if (value === undefined) return;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalidArgument(name, value, 'an object');
  }
  const known = new Set(allowed);
  for (const key of Object.keys(value)) {
    if (!known.has(key)) {
      const given: unknown = Reflect.get(value, key);
      throw invalidArgument(
        `${name}.${key}`,
        given,
        `no such option; known are ${allowed.join(', ')}`,
      );
    }
  }
}

/** Checks the two options that every call takes. */
export function checkCallOptions(options: {
  readonly signal?: unknown;
  readonly timeoutMs?: unknown;
}): void {
  checkSignal('signal', options.signal);
  checkTimeoutMs('timeoutMs', options.timeoutMs);
}
