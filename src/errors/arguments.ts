import type { Uninferred } from '../internal/uninferred.js';
import { hide, showWord } from './describe.js';
import { nearestOption } from './did-you-mean.js';
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
 * The names of the options of a call: all of them, and no other. The compiler tells when one is missing.
 *
 * @example
 * const NAMES: OptionNames<CallOptions> = { signal: true, timeoutMs: true, metadata: true };
 */
export type OptionNames<Options> = Readonly<Record<keyof Options & string, true>>;

/** Sentences for options that do not exist here, but are often looked for: name -> way out. */
export type OptionHints = Readonly<Record<string, string>>;

/**
 * Checks an options object: `undefined`, or an object with known names alone. A misspelt option that is
 * ignored in silence is a fault found in production.
 *
 * The value of an unknown option is never shown: nobody knows whether it is a secret.
 *
 * @param name of the object, for the message: `options`, `tls`
 * @throws InvalidArgumentError for an argument that is not an object, and for an unknown option
 */
export function checkKnownOptions<Options>(
  name: string,
  value: Options | undefined,
  known: OptionNames<Uninferred<Options>>,
  hints: OptionHints = {},
): void {
  if (value === undefined) return;
  if (!isRecord(value) || isHandle(value)) {
    throw invalidArgument(name, value, `an object; ${listed(Object.keys(known))}`);
  }
  for (const key of Object.keys(value)) {
    if (Object.hasOwn(known, key)) continue;
    const given: unknown = Reflect.get(value, key);
    const got = typeof given === 'boolean' ? given : hide(given);
    throw invalidArgument(`${name}.${key}`, got, unknownOption(key, Object.keys(known), hints));
  }
}

function unknownOption(key: string, known: readonly string[], hints: OptionHints): string {
  const list = listed(known);
  if (Object.hasOwn(hints, key)) return `no such option: ${hints[key]}; ${list}`;
  const meant = nearestOption(key, known);
  return meant === undefined
    ? `no such option; ${list}`
    : `no such option: did you mean ${meant}? ${list}`;
}

function listed(known: readonly string[]): string {
  return `known are ${known.join(', ')}`;
}

/** Returns whether a value can hold named options. A `Map` or `Headers` cannot: their entries are no properties. */
export function isRecord(value: unknown): value is object {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !(Symbol.iterator in value)
  );
}

/**
 * Returns whether an object is an instance that shows no property of its own: a promise, a date, a lease in the
 * place of `{ lease }`. It would be taken for options of which none is set.
 */
function isHandle(value: object): boolean {
  const parent: unknown = Object.getPrototypeOf(value);
  const isPlain = parent === null || Object.getPrototypeOf(parent) === null;
  return !isPlain && Object.keys(value).length === 0;
}

/** Checks the two options that every call takes. */
export function checkCallOptions(options: {
  readonly signal?: unknown;
  readonly timeoutMs?: unknown;
}): void {
  checkSignal('signal', options.signal);
  checkTimeoutMs('timeoutMs', options.timeoutMs);
}

/** The event that Node's own helpers listen to on every emitter. */
const NODE_ERROR = 'error';

/**
 * Makes the check of what an emitter is given, from the names of all its events: a listener for any
 * other would wait for ever. Only `error` is taken by all, since `once` and `on` of `node:events` listen to
 * it besides the event they are asked for.
 *
 * @example
 * const checkListener = listenerCheck<LeaseEvents>({ renewed: true, lost: true });
 */
export function listenerCheck<Events>(
  events: Readonly<Record<keyof Events & string, true>>,
): (event: string, listener: unknown) => void {
  const names = Object.keys(events);
  return (event, listener) => {
    if (!names.includes(event) && event !== NODE_ERROR) {
      throw invalidArgument('event', showWord(event), `allowed are ${names.join(', ')}`);
    }
    if (typeof listener !== 'function') throw invalidArgument('listener', listener, 'a function');
  };
}
