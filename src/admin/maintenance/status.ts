import { toSafeNumber } from '../../errors/index.js';
import { withJson } from '../../internal/printable.js';
import { type Header, toHeader } from '../../model/header.js';
import type { StatusResponse } from '../../rpc/generated/types.js';

/** The status of one member. */
export interface MemberStatus {
  /** The member that answered: `header.memberId`. */
  readonly header: Header;
  /** The version of its program, such as `3.5.16`. */
  readonly version: string;
  /** Bytes of its database file, with the free space inside it. */
  readonly dbSize: number;
  /** Bytes of its database file that hold data: a defragmentation would leave about these. */
  readonly dbSizeInUse: number;
  /** Bytes at which it refuses writes. `undefined` where its quota is off, and before etcd 3.6, which does not tell. */
  readonly dbSizeQuota: number | undefined;
  /** The id of the leader as this member sees it; 0 when it sees none. */
  readonly leader: bigint;
  /** The index of the last entry in the member's log that is committed. */
  readonly raftIndex: bigint;
  /** The term of the member: a number that grows with each election. */
  readonly raftTerm: bigint;
  /** The index of the last entry that the member has applied to its store. */
  readonly raftAppliedIndex: bigint;
  /** True for a learner: it receives the log and has no vote yet. */
  readonly isLearner: boolean;
  /** Problems of the member, in words: alarms, or no leader. */
  readonly errors: readonly string[];
  /** The version of its storage. Before etcd 3.6 members do not tell: `undefined`. */
  readonly storageVersion: string | undefined;
  /** The downgrade under way, or `undefined`. */
  readonly downgradeTo: string | undefined;
}

/** Reads the status of a member. */
export function readStatus(raw: StatusResponse): MemberStatus {
  return withJson({
    header: toHeader(raw.header),
    version: raw.version,
    dbSize: toSafeNumber('dbSize', raw.dbSize),
    dbSizeInUse: toSafeNumber('dbSizeInUse', raw.dbSizeInUse),
    dbSizeQuota: raw.dbSizeQuota > 0n ? toSafeNumber('dbSizeQuota', raw.dbSizeQuota) : undefined,
    leader: raw.leader,
    raftIndex: raw.raftIndex,
    raftTerm: raw.raftTerm,
    raftAppliedIndex: raw.raftAppliedIndex,
    isLearner: raw.isLearner,
    errors: raw.errors,
    storageVersion: raw.storageVersion === '' ? undefined : raw.storageVersion,
    downgradeTo: raw.downgradeInfo?.enabled ? raw.downgradeInfo.targetVersion : undefined,
  });
}
