import { type DecodeError, decodeErrorOf } from '../errors/index.js';
import type { Space } from '../model/space.js';
import type { EventRun } from '../rpc/watch-message.js';
import {
  batchOf,
  eventOf,
  type RawEvent,
  type WatchBatch,
  type WatchEvent,
} from './watch-event.js';

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
