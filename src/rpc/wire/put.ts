import type { KeyValue, PutRequestInput, PutResponse, ResponseHeader } from '../generated/types.js';
import { readHeader } from './header.js';
import { readKeyValue } from './key-value.js';
import type { Reader } from './reader.js';
import type { Writer } from './writer.js';

/** Writes `etcdserverpb.PutRequest`. */
export function writePutRequest(writer: Writer, request: PutRequestInput): void {
  writer.bytes(0o12, request.key, 'PutRequest.key');
  writer.bytes(0o22, request.value, 'PutRequest.value');
  writer.int64(0o30, request.lease, 'PutRequest.lease');
  writer.bool(0o40, request.prevKv, 'PutRequest.prevKv');
  writer.bool(0o50, request.ignoreValue, 'PutRequest.ignoreValue');
  writer.bool(0o60, request.ignoreLease, 'PutRequest.ignoreLease');
}

/** Reads `etcdserverpb.PutResponse`. */
export function readPutResponse(reader: Reader): PutResponse {
  let header: ResponseHeader | undefined;
  let prevKv: KeyValue | undefined;
  for (let tag = reader.tag(); tag !== 0; tag = reader.tag()) {
    switch (tag) {
      case 0o12:
        header = reader.message(readHeader);
        break;
      case 0o22:
        prevKv = reader.message(readKeyValue);
        break;
      default:
        reader.skip(tag);
    }
  }
  return { header, prevKv };
}
