import type {
  KeyValue,
  RangeRequestInput,
  RangeResponse,
  RangeStreamResponse,
  ResponseHeader,
} from '../generated/types.js';
import { readHeader } from './header.js';
import { readKeyValue } from './key-value.js';
import type { Reader } from './reader.js';
import type { Writer } from './writer.js';

const SORT_ORDER = { NONE: 0, ASCEND: 1, DESCEND: 2 } as const;
const SORT_TARGET = { KEY: 0, VERSION: 1, CREATE: 2, MOD: 3, VALUE: 4 } as const;

/** Writes `etcdserverpb.RangeRequest`. */
export function writeRangeRequest(writer: Writer, request: RangeRequestInput): void {
  writer.bytes(0o12, request.key, 'RangeRequest.key');
  writer.bytes(0o22, request.rangeEnd, 'RangeRequest.rangeEnd');
  writer.int64(0o30, request.limit, 'RangeRequest.limit');
  writer.int64(0o40, request.revision, 'RangeRequest.revision');
  writer.enum(0o50, request.sortOrder, SORT_ORDER, 'RangeRequest.sortOrder');
  writer.enum(0o60, request.sortTarget, SORT_TARGET, 'RangeRequest.sortTarget');
  writer.bool(0o70, request.serializable, 'RangeRequest.serializable');
  writer.bool(0o100, request.keysOnly, 'RangeRequest.keysOnly');
  writer.bool(0o110, request.countOnly, 'RangeRequest.countOnly');
  writer.int64(0o120, request.minModRevision, 'RangeRequest.minModRevision');
  writer.int64(0o130, request.maxModRevision, 'RangeRequest.maxModRevision');
  writer.int64(0o140, request.minCreateRevision, 'RangeRequest.minCreateRevision');
  writer.int64(0o150, request.maxCreateRevision, 'RangeRequest.maxCreateRevision');
}

/** Reads `etcdserverpb.RangeResponse`. */
export function readRangeResponse(reader: Reader): RangeResponse {
  let header: ResponseHeader | undefined;
  const kvs: KeyValue[] = [];
  let more = false;
  let count: number | bigint = 0;
  for (let tag = reader.tag(); tag !== 0; tag = reader.tag()) {
    switch (tag) {
      case 0o12:
        header = reader.message(readHeader);
        break;
      case 0o22:
        kvs.push(reader.message(readKeyValue));
        break;
      case 0o30:
        more = reader.bool();
        break;
      case 0o40:
        count = reader.int64();
        break;
      default:
        reader.skip(tag);
    }
  }
  return { header, kvs, more, count: BigInt(count) };
}

/** Reads `etcdserverpb.RangeStreamResponse`. */
export function readRangeStreamResponse(reader: Reader): RangeStreamResponse {
  let rangeResponse: RangeResponse | undefined;
  for (let tag = reader.tag(); tag !== 0; tag = reader.tag()) {
    if (tag === 0o12) rangeResponse = reader.message(readRangeResponse);
    else reader.skip(tag);
  }
  return { rangeResponse };
}
