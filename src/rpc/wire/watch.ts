import type {
  Event,
  ResponseHeader,
  WatchCancelRequestInput,
  WatchCreateRequestInput,
  WatchRequestInput,
  WatchResponse,
} from '../generated/types.js';
import type { WatchMessage } from '../watch-message.js';
import { checkOneof } from './check.js';
import { readEvent } from './event.js';
import { EVENT, EventRuns } from './event-run.js';
import { readHeader } from './header.js';
import type { Reader } from './reader.js';
import type { Writer } from './writer.js';

const FILTER_TYPE = { NOPUT: 0, NODELETE: 1 } as const;

/** Writes `etcdserverpb.WatchRequest`. */
export function writeWatchRequest(writer: Writer, request: WatchRequestInput): void {
  const { createRequest, cancelRequest, progressRequest } = request;
  const given =
    Number(createRequest !== undefined) +
    Number(cancelRequest !== undefined) +
    Number(progressRequest !== undefined);
  checkOneof(given, 'WatchRequest', 'createRequest, cancelRequest, progressRequest');
  writer.message(0o12, createRequest, writeCreateRequest, 'WatchRequest.createRequest');
  writer.message(0o22, cancelRequest, writeCancelRequest, 'WatchRequest.cancelRequest');
  writer.message(0o32, progressRequest, writeNothing, 'WatchRequest.progressRequest');
}

function writeCreateRequest(writer: Writer, request: WatchCreateRequestInput): void {
  writer.bytes(0o12, request.key, 'WatchCreateRequest.key');
  writer.bytes(0o22, request.rangeEnd, 'WatchCreateRequest.rangeEnd');
  writer.int64(0o30, request.startRevision, 'WatchCreateRequest.startRevision');
  writer.bool(0o40, request.progressNotify, 'WatchCreateRequest.progressNotify');
  writer.enums(0o52, request.filters, FILTER_TYPE, 'WatchCreateRequest.filters');
  writer.bool(0o60, request.prevKv, 'WatchCreateRequest.prevKv');
  writer.int64(0o70, request.watchId, 'WatchCreateRequest.watchId');
  writer.bool(0o100, request.fragment, 'WatchCreateRequest.fragment');
}

function writeCancelRequest(writer: Writer, request: WatchCancelRequestInput): void {
  writer.int64(0o10, request.watchId, 'WatchCancelRequest.watchId');
}

/** For a message that has no fields. */
function writeNothing(): void {}

/** Reads `etcdserverpb.WatchResponse`. */
export function readWatchResponse(reader: Reader): WatchResponse {
  const events: Event[] = [];
  const fields = readFields(reader, (at) => events.push(at.message(readEvent)));
  return { ...fields, events };
}

/** Reads `etcdserverpb.WatchResponse` and leaves the events for later: see `EventRun`. */
export function readWatchMessage(reader: Reader): WatchMessage {
  const runs = new EventRuns();
  const fields = readFields(reader, (at) => runs.pass(at));
  return { ...fields, runs: runs.all };
}

/** All fields but the events. */
type Fields = Omit<WatchResponse, 'events'>;

/** @param onEvent called where there is an event, whose tag was read */
function readFields(reader: Reader, onEvent: (reader: Reader) => void): Fields {
  let header: ResponseHeader | undefined;
  let watchId: number | bigint = 0;
  let created = false;
  let canceled = false;
  let compactRevision: number | bigint = 0;
  let cancelReason = '';
  let fragment = false;
  for (let tag = reader.tag(); tag !== 0; tag = reader.tag()) {
    switch (tag) {
      case 0o12:
        header = reader.message(readHeader);
        break;
      case 0o20:
        watchId = reader.int64();
        break;
      case 0o30:
        created = reader.bool();
        break;
      case 0o40:
        canceled = reader.bool();
        break;
      case 0o50:
        compactRevision = reader.int64();
        break;
      case 0o62:
        cancelReason = reader.string();
        break;
      case 0o70:
        fragment = reader.bool();
        break;
      case EVENT:
        onEvent(reader);
        break;
      default:
        reader.skip(tag);
    }
  }
  return {
    header,
    watchId: BigInt(watchId),
    created,
    canceled,
    compactRevision: BigInt(compactRevision),
    cancelReason,
    fragment,
  };
}
