import type {
  LeaseKeepAliveRequestInput,
  LeaseKeepAliveResponse,
  ResponseHeader,
} from '../generated/types.js';
import { readHeader } from './header.js';
import type { Reader } from './reader.js';
import type { Writer } from './writer.js';

/** Writes `etcdserverpb.LeaseKeepAliveRequest`. */
export function writeLeaseKeepAliveRequest(
  writer: Writer,
  request: LeaseKeepAliveRequestInput,
): void {
  writer.int64(0o10, request.id, 'LeaseKeepAliveRequest.id');
}

/** Reads `etcdserverpb.LeaseKeepAliveResponse`. */
export function readLeaseKeepAliveResponse(reader: Reader): LeaseKeepAliveResponse {
  let header: ResponseHeader | undefined;
  let id: number | bigint = 0;
  let ttl: number | bigint = 0;
  for (let tag = reader.tag(); tag !== 0; tag = reader.tag()) {
    switch (tag) {
      case 0o12:
        header = reader.message(readHeader);
        break;
      case 0o20:
        id = reader.int64();
        break;
      case 0o30:
        ttl = reader.int64();
        break;
      default:
        reader.skip(tag);
    }
  }
  return { header, id: BigInt(id), ttl: BigInt(ttl) };
}
