import { DecodeError, invalidArgument } from '../errors/index.js';
import type { Space } from '../model/index.js';
import type { EventRun } from '../rpc/watch-message.js';
import {
  batchOf,
  eventOf,
  type RawEvent,
  type WatchBatch,
  type WatchEvent,
} from './watch-event.js';

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

/**
 * Reads the events of a revision and leaves out those that cannot be decoded. Of the others, a previous
 * record that cannot be decoded is left out.
 */
export function readDecodable<Value>(
  run: EventRun,
  space: Space<Value, never>,
  onError: (error: DecodeError) => void,
): WatchBatch<Value> {
  const revision = BigInt(run.revision);
  const events: WatchEvent<Value>[] = [];
  for (const raw of run.read() as readonly RawEvent[]) {
    const event = eventOf(raw, revision, space);
    const error = decodeErrorOf(() => [event.key, event.type === 'put' && event.kv.value]);
    if (error !== undefined) onError(error);
    else if (decodeErrorOf(() => event.prev?.value) === undefined) events.push(event);
    else events.push(eventOf({ ...raw, prevKv: undefined }, revision, space));
  }
  return batchOf(revision, events);
}
