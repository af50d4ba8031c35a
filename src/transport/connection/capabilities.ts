import type { StatusResponse } from '../../rpc/generated/types.js';

/** Abilities of one server, as far as its version tells. Everything is off while it is unknown. */
export interface Capabilities {
  /** `x.y.z` as the server says it, or the client's `serverVersion`; `undefined` while unknown. */
  readonly version: string | undefined;
  /** `KV.RangeStream`: etcd 3.7. */
  readonly rangeStream: boolean;
  /** Read-only transactions are safe to gather reads in: 3.4.23, 3.5.7 and everything after 3.5. */
  readonly gatheredReads: boolean;
  /** A manual progress reply never overtakes events: 3.4.25, 3.5.8 and everything after 3.5. */
  readonly trustedProgress: boolean;
  /** A watch resumed at a compacted deletion is told of it: 3.4.36, 3.5.18 and everything after 3.5. */
  readonly reportsCompactedDelete: boolean;
}

/** A version in its three numbers. */
type Version = readonly [major: number, minor: number, patch: number];

const VERSION = /^v?(\d+)\.(\d+)\.(\d+)/;

/** Reads `3.5.30`, `v3.5.30` or `3.6.0-rc.1`; anything else is `undefined`. */
export function parseVersion(text: string): Version | undefined {
  const match = VERSION.exec(text);
  return match === null ? undefined : [Number(match[1]), Number(match[2]), Number(match[3])];
}

function atLeast(version: Version, wanted: Version): boolean {
  for (let i = 0; i < wanted.length; i++) {
    const difference = (version[i] ?? 0) - (wanted[i] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return true;
}

/** True from `patch34` of the 3.4 line, from `patch35` of the 3.5 line, and in every later line. */
function fixedIn(version: Version, patch34: number, patch35: number): boolean {
  if (atLeast(version, [3, 5, 0])) return atLeast(version, [3, 5, patch35]);
  return atLeast(version, [3, 4, patch34]);
}

/** Returns the abilities of a server of this version. */
export function capabilitiesOf(version: string | undefined): Capabilities {
  const parsed = version === undefined ? undefined : parseVersion(version);
  if (parsed === undefined) {
    return {
      version,
      rangeStream: false,
      gatheredReads: false,
      trustedProgress: false,
      reportsCompactedDelete: false,
    };
  }
  return {
    version,
    rangeStream: atLeast(parsed, [3, 7, 0]),
    gatheredReads: fixedIn(parsed, 23, 7),
    trustedProgress: fixedIn(parsed, 25, 8),
    reportsCompactedDelete: fixedIn(parsed, 36, 18),
  };
}

/** Facts about a server that has answered its first call. */
export interface ServerInfo extends Capabilities {
  /** `undefined` when the server refused to tell. */
  readonly clusterId: bigint | undefined;
  readonly memberId: bigint | undefined;
  readonly isLearner: boolean;
  /** The member sees a leader; true while unknown. */
  readonly hasLeader: boolean;
}

/** Reads a server's answer to Status; `stated` is the client option `serverVersion`, which wins. */
export function serverInfo(
  status: StatusResponse | undefined,
  stated: string | undefined,
): ServerInfo {
  return {
    ...capabilitiesOf(stated ?? (status?.version || undefined)),
    clusterId: status?.header?.clusterId,
    memberId: status?.header?.memberId,
    isLearner: status?.isLearner ?? false,
    hasLeader: status === undefined || status.leader !== 0n,
  };
}
