import type {
  LeaseGrantRequestInput,
  LeaseGrantResponse,
  LeaseKeepAliveRequestInput,
  LeaseKeepAliveResponse,
  LeaseRevokeRequestInput,
  LeaseRevokeResponse,
  ResponseHeader,
} from '../generated/types.js';
import { readHeader } from './header.js';
import type { Reader } from './reader.js';
import type { Writer } from './writer.js';

/** Writes `etcdserverpb.LeaseGrantRequest`. */
export function writeLeaseGrantRequest(writer: Writer, request: LeaseGrantRequestInput): void {
  writer.int64(0o10, request.ttl, 'LeaseGrantRequest.ttl');
  writer.int64(0o20, request.id, 'LeaseGrantRequest.id');
}

/** Reads `etcdserverpb.LeaseGrantResponse`. */
export function readLeaseGrantResponse(reader: Reader): LeaseGrantResponse {
  let header: ResponseHeader | undefined;
  let id: number | bigint = 0;
  let ttl: number | bigint = 0;
  let error = '';
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
      case 0o42:
        error = reader.string();
        break;
      default:
        reader.skip(tag);
    }
  }
  return { header, id: BigInt(id), ttl: BigInt(ttl), error };
}

/** Writes `etcdserverpb.LeaseRevokeRequest`. */
export function writeLeaseRevokeRequest(writer: Writer, request: LeaseRevokeRequestInput): void {
  writer.int64(0o10, request.id, 'LeaseRevokeRequest.id');
}

/** Reads `etcdserverpb.LeaseRevokeResponse`. */
export function readLeaseRevokeResponse(reader: Reader): LeaseRevokeResponse {
  let header: ResponseHeader | undefined;
  for (let tag = reader.tag(); tag !== 0; tag = reader.tag()) {
    if (tag === 0o12) header = reader.message(readHeader);
    else reader.skip(tag);
  }
  return { header };
}

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
