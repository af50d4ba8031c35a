import type {
  DeleteRangeRequestInput,
  DeleteRangeResponse,
  KeyValue,
  ResponseHeader,
} from '../generated/types.js';
import { readHeader } from './header.js';
import { readKeyValue } from './key-value.js';
import type { Reader } from './reader.js';
import type { Writer } from './writer.js';

/** Writes `etcdserverpb.DeleteRangeRequest`. */
export function writeDeleteRangeRequest(writer: Writer, request: DeleteRangeRequestInput): void {
  writer.bytes(0o12, request.key, 'DeleteRangeRequest.key');
  writer.bytes(0o22, request.rangeEnd, 'DeleteRangeRequest.rangeEnd');
  writer.bool(0o30, request.prevKv, 'DeleteRangeRequest.prevKv');
}

/** Reads `etcdserverpb.DeleteRangeResponse`. */
export function readDeleteRangeResponse(reader: Reader): DeleteRangeResponse {
  let header: ResponseHeader | undefined;
  let deleted: number | bigint = 0;
  const prevKvs: KeyValue[] = [];
  for (let tag = reader.tag(); tag !== 0; tag = reader.tag()) {
    switch (tag) {
      case 0o12:
        header = reader.message(readHeader);
        break;
      case 0o20:
        deleted = reader.int64();
        break;
      case 0o32:
        prevKvs.push(reader.message(readKeyValue));
        break;
      default:
        reader.skip(tag);
    }
  }
  return { header, deleted: BigInt(deleted), prevKvs };
}
