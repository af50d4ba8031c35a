import { brandError } from './brand.js';
import { describeLease } from './describe.js';
import { type ErrorDetails, EtcdError } from './etcd-error.js';

/** The reason why a lease is no longer ours: its time ran out, it was revoked, or it cannot be told which. */
export type LeaseLossReason = 'expired' | 'revoked' | 'unknown';

/** A lease that was held is lost, and with it every key attached to it. */
export class LeaseLostError extends EtcdError {
  static {
    brandError(LeaseLostError, 'LeaseLostError');
  }

  /** The id of the lease. */
  readonly leaseId: bigint;
  /** The reason of the loss. */
  readonly reason: LeaseLossReason;

  constructor(
    message: string,
    details: ErrorDetails & { readonly leaseId: bigint; readonly reason: LeaseLossReason },
  ) {
    super(message, { ...details, code: 'LEASE_LOST' });
    this.leaseId = details.leaseId;
    this.reason = details.reason;
  }
}

/** The server knows no lease of this id. */
export class LeaseNotFoundError extends EtcdError {
  static {
    brandError(LeaseNotFoundError, 'LeaseNotFoundError');
  }

  /** The lease that was asked for, where the call names it. */
  readonly leaseId: bigint | undefined;

  constructor(message: string, details: ErrorDetails & { readonly leaseId?: bigint | undefined }) {
    super(message, {
      ...details,
      outcome: details.outcome ?? 'not-applied',
      code: 'LEASE_NOT_FOUND',
    });
    this.leaseId = details.leaseId;
  }
}

/** The error for a lease that an answer calls gone. It has the words of a server's refusal. */
export function leaseNotFound(leaseId: bigint, method: string): LeaseNotFoundError {
  return new LeaseNotFoundError(
    `requested lease not found (lease ${describeLease(leaseId)}: it may have expired or been revoked)`,
    { leaseId, method },
  );
}

/** The session's lease is lost, so nothing that the session holds can be trusted any more. */
export class SessionLostError extends EtcdError {
  static {
    brandError(SessionLostError, 'SessionLostError');
  }

  constructor(message: string, details: ErrorDetails) {
    super(message, { ...details, code: 'SESSION_LOST' });
  }
}

/** The candidate does not lead the election, or leads it no longer. */
export class NotLeaderError extends EtcdError {
  static {
    brandError(NotLeaderError, 'NotLeaderError');
  }

  constructor(message: string, details: ErrorDetails) {
    super(message, { ...details, outcome: details.outcome ?? 'not-applied', code: 'NOT_LEADER' });
  }
}
