import type { ResponseHeader } from '../generated/types.js';
import type { Reader } from './reader.js';

/** Reads `etcdserverpb.ResponseHeader`. */
export function readHeader(reader: Reader): ResponseHeader {
  let clusterId: number | bigint = 0;
  let memberId: number | bigint = 0;
  let revision: number | bigint = 0;
  let raftTerm: number | bigint = 0;
  for (let tag = reader.tag(); tag !== 0; tag = reader.tag()) {
    switch (tag) {
      case 0o10:
        clusterId = reader.uint64();
        break;
      case 0o20:
        memberId = reader.uint64();
        break;
      case 0o30:
        revision = reader.int64();
        break;
      case 0o40:
        raftTerm = reader.uint64();
        break;
      default:
        reader.skip(tag);
    }
  }
  return {
    clusterId: BigInt(clusterId),
    memberId: BigInt(memberId),
    revision: BigInt(revision),
    raftTerm: BigInt(raftTerm),
  };
}
