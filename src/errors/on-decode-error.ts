import { DecodeError } from './classes.js';
import { invalidArgument } from './invalid-argument.js';

/**
 * Behaviour for a record whose key or value cannot be decoded.
 *
 * - `'throw'`: it is given, and throws a `DecodeError` where it is read.
 * - `'skip'`: it is left out.
 * - a function: it is left out, and the function is called with the `DecodeError`, once for each record.
 */
export type OnDecodeError = 'throw' | 'skip' | ((error: DecodeError) => void);

/**
 * Checks the option.
 *
 * @throws InvalidArgumentError naming it
 */
export function checkOnDecodeError(value: unknown): void {
  if (value === undefined || value === 'throw' || value === 'skip') return;
  if (typeof value === 'function') return;
  throw invalidArgument('onDecodeError', value, "'throw', 'skip' or a function");
}

/** Tells a record that is left out to the function of the option, if it is one. */
export function tellDecodeError(option: OnDecodeError, error: DecodeError): void {
  if (typeof option !== 'function') return;
  try {
    option(error);
  } catch (thrown) {
    // The user's code must not break the watch, and its error must not be swallowed.
    queueMicrotask(() => {
      throw thrown;
    });
  }
}

/** The `DecodeError` that a function throws; `undefined` when it does not. */
export function decodeErrorOf(read: () => unknown): DecodeError | undefined {
  try {
    read();
    return undefined;
  } catch (error) {
    if (error instanceof DecodeError) return error;
    throw error;
  }
}
