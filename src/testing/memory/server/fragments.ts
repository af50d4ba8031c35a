import type { EventInput, WatchResponseInput } from '../../../rpc/generated/types.js';
import { writeMessage } from '../codec/message-codec.js';

/** The space beside the request's limit that a server leaves for gRPC. */
const OVERHEAD_BYTES = 512 * 1_024;

/** Cuts a message of many events into parts that are smaller than a request may be, where that can be done. */
export function* inFragments(
  message: WatchResponseInput,
  maxRequestBytes: number,
): Generator<WatchResponseInput> {
  const limit = maxRequestBytes + OVERHEAD_BYTES;
  const events = message.events ?? [];
  if (events.length < 2 || sizeOf(message) < limit) {
    yield message;
    return;
  }
  const frame = sizeOf({ ...message, events: [], fragment: true });
  let part: EventInput[] = [];
  let size = frame;
  for (const event of events) {
    const more = sizeOf({ events: [event] });
    if (part.length > 0 && size + more >= limit) {
      yield { ...message, events: part, fragment: true };
      part = [];
      size = frame;
    }
    part.push(event);
    size += more;
  }
  yield { ...message, events: part };
}

function sizeOf(message: WatchResponseInput): number {
  return writeMessage('etcdserverpb.WatchResponse', message).length;
}
