import type {
  DowngradeInfo,
  ResponseHeader,
  StatusRequestInput,
  StatusResponse,
} from '../generated/types.js';
import { readHeader } from './header.js';
import type { Reader } from './reader.js';
import type { Writer } from './writer.js';

// Not often read, but first: each connection begins with it, and the codecs of the other messages take
// longer to set up than the call itself takes.

/** Writes `etcdserverpb.StatusRequest`, which has no fields. */
export function writeStatusRequest(_writer: Writer, _request: StatusRequestInput): void {}

/** Reads `etcdserverpb.StatusResponse`. */
export function readStatusResponse(reader: Reader): StatusResponse {
  let header: ResponseHeader | undefined;
  let version = '';
  let dbSize: number | bigint = 0;
  let leader: number | bigint = 0;
  let raftIndex: number | bigint = 0;
  let raftTerm: number | bigint = 0;
  let raftAppliedIndex: number | bigint = 0;
  const errors: string[] = [];
  let dbSizeInUse: number | bigint = 0;
  let isLearner = false;
  let storageVersion = '';
  let dbSizeQuota: number | bigint = 0;
  let downgradeInfo: DowngradeInfo | undefined;
  for (let tag = reader.tag(); tag !== 0; tag = reader.tag()) {
    switch (tag) {
      case 0o12:
        header = reader.message(readHeader);
        break;
      case 0o22:
        version = reader.string();
        break;
      case 0o30:
        dbSize = reader.int64();
        break;
      case 0o40:
        leader = reader.uint64();
        break;
      case 0o50:
        raftIndex = reader.uint64();
        break;
      case 0o60:
        raftTerm = reader.uint64();
        break;
      case 0o70:
        raftAppliedIndex = reader.uint64();
        break;
      case 0o102:
        errors.push(reader.string());
        break;
      case 0o110:
        dbSizeInUse = reader.int64();
        break;
      case 0o120:
        isLearner = reader.bool();
        break;
      case 0o132:
        storageVersion = reader.string();
        break;
      case 0o140:
        dbSizeQuota = reader.int64();
        break;
      case 0o152:
        downgradeInfo = reader.message(readDowngradeInfo);
        break;
      default:
        reader.skip(tag);
    }
  }
  return {
    header,
    version,
    dbSize: BigInt(dbSize),
    leader: BigInt(leader),
    raftIndex: BigInt(raftIndex),
    raftTerm: BigInt(raftTerm),
    raftAppliedIndex: BigInt(raftAppliedIndex),
    errors,
    dbSizeInUse: BigInt(dbSizeInUse),
    isLearner,
    storageVersion,
    dbSizeQuota: BigInt(dbSizeQuota),
    downgradeInfo,
  };
}

function readDowngradeInfo(reader: Reader): DowngradeInfo {
  let enabled = false;
  let targetVersion = '';
  for (let tag = reader.tag(); tag !== 0; tag = reader.tag()) {
    switch (tag) {
      case 0o10:
        enabled = reader.bool();
        break;
      case 0o22:
        targetVersion = reader.string();
        break;
      default:
        reader.skip(tag);
    }
  }
  return { enabled, targetVersion };
}
