import type { Event, KeyValue, Unrecognized } from '../generated/types.js';
import { readKeyValue } from './key-value.js';
import type { Reader } from './reader.js';

const EVENT_TYPES = ['PUT', 'DELETE'] as const;

/** Reads `mvccpb.Event`. */
export function readEvent(reader: Reader): Event {
  let type: Event['type'] = 'PUT';
  let kv: KeyValue | undefined;
  let prevKv: KeyValue | undefined;
  for (let tag = reader.tag(); tag !== 0; tag = reader.tag()) {
    switch (tag) {
      case 0o10:
        type = eventType(reader.int64());
        break;
      case 0o22:
        kv = reader.message(readKeyValue);
        break;
      case 0o32:
        prevKv = reader.message(readKeyValue);
        break;
      default:
        reader.skip(tag);
    }
  }
  return { type, kv, prevKv };
}

/** A type of event that there is today: put or delete. */
export function isEventType(number: number | bigint): boolean {
  return EVENT_TYPES[Number(number)] !== undefined;
}

function eventType(number: number | bigint): (typeof EVENT_TYPES)[number] | Unrecognized {
  return EVENT_TYPES[Number(number)] ?? 'UNRECOGNIZED';
}
