import { printable } from '../internal/printable.js';
import type { ResponseHeader } from '../rpc/generated/types.js';

/** Facts about the cluster in every answer of etcd. */
export interface Header {
  /** The id of the cluster. */
  readonly clusterId: bigint;
  /** The member that answered. */
  readonly memberId: bigint;
  /** The store's revision when the request was carried out; a read of a missing key tells it too. */
  readonly revision: bigint;
  /** The term of the member that answered: a number that grows with each election. */
  readonly raftTerm: bigint;
  /** The header with decimal strings, so that it can be logged. */
  toJSON(): Record<string, string>;
}

/**
 * Reads a header.
 *
 * Answers inside a transaction carry only the revision; the rest comes from the transaction's own.
 */
export function toHeader(raw: ResponseHeader | undefined, outer?: Header): Header {
  return new HeaderRecord(
    outer?.clusterId ?? raw?.clusterId ?? 0n,
    outer?.memberId ?? raw?.memberId ?? 0n,
    raw?.revision ?? outer?.revision ?? 0n,
    outer?.raftTerm ?? raw?.raftTerm ?? 0n,
  );
}

class HeaderRecord implements Header {
  /** The id of the cluster. */
  readonly clusterId: bigint;
  readonly memberId: bigint;
  readonly revision: bigint;
  /** The term of the member that answered: a number that grows with each election. */
  readonly raftTerm: bigint;

  constructor(clusterId: bigint, memberId: bigint, revision: bigint, raftTerm: bigint) {
    this.clusterId = clusterId;
    this.memberId = memberId;
    this.revision = revision;
    this.raftTerm = raftTerm;
  }

  toJSON(): Record<string, string> {
    return {
      clusterId: this.clusterId.toString(),
      memberId: this.memberId.toString(),
      revision: this.revision.toString(),
      raftTerm: this.raftTerm.toString(),
    };
  }
}

printable(HeaderRecord, 'Header', ({ clusterId, memberId, revision, raftTerm }) => ({
  clusterId,
  memberId,
  revision,
  raftTerm,
}));
