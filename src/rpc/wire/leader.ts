import type {
  KeyValue,
  LeaderRequestInput,
  LeaderResponse,
  ResponseHeader,
} from '../generated/types.js';
import { readHeader } from './header.js';
import { readKeyValue } from './key-value.js';
import type { Reader } from './reader.js';
import type { Writer } from './writer.js';

/** Writes `v3electionpb.LeaderRequest`. */
export function writeLeaderRequest(writer: Writer, request: LeaderRequestInput): void {
  writer.bytes(0o12, request.name, 'LeaderRequest.name');
}

/** Reads `v3electionpb.LeaderResponse`. */
export function readLeaderResponse(reader: Reader): LeaderResponse {
  let header: ResponseHeader | undefined;
  let kv: KeyValue | undefined;
  for (let tag = reader.tag(); tag !== 0; tag = reader.tag()) {
    switch (tag) {
      case 0o12:
        header = reader.message(readHeader);
        break;
      case 0o22:
        kv = reader.message(readKeyValue);
        break;
      default:
        reader.skip(tag);
    }
  }
  return { header, kv };
}
