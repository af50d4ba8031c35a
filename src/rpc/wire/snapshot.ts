import { EMPTY_BYTES } from '../../internal/bytes.js';
import type { ResponseHeader, SnapshotRequestInput, SnapshotResponse } from '../generated/types.js';
import { readHeader } from './header.js';
import type { Reader } from './reader.js';
import type { Writer } from './writer.js';

/** Writes `etcdserverpb.SnapshotRequest`, which has no fields. */
export function writeSnapshotRequest(_writer: Writer, _request: SnapshotRequestInput): void {}

/** Reads `etcdserverpb.SnapshotResponse`. */
export function readSnapshotResponse(reader: Reader): SnapshotResponse {
  let header: ResponseHeader | undefined;
  let remainingBytes: number | bigint = 0;
  let blob: Uint8Array = EMPTY_BYTES;
  let version = '';
  for (let tag = reader.tag(); tag !== 0; tag = reader.tag()) {
    switch (tag) {
      case 0o12:
        header = reader.message(readHeader);
        break;
      case 0o20:
        remainingBytes = reader.uint64();
        break;
      case 0o32:
        blob = reader.view();
        break;
      case 0o42:
        version = reader.string();
        break;
      default:
        reader.skip(tag);
    }
  }
  return { header, remainingBytes: BigInt(remainingBytes), blob, version };
}
