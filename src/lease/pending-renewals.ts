import type { Tenure } from './tenure.js';

/** A renewal that was sent and not answered yet. */
export interface PendingRenewal {
  readonly sentAt: number;
  /** Handles that its answer concerns. */
  readonly tenures: Tenure[];
  /** The server seems to be silent: the time is up for it unless an answer has been waiting to be read. */
  suspected: boolean;
}

/** Renewals without an answer, the oldest first: two handles of one lease share them. */
export class PendingRenewals {
  readonly #byLease = new Map<bigint, PendingRenewal>();

  /** Returns the renewal of a lease that is under way. */
  get(id: bigint): PendingRenewal | undefined {
    return this.#byLease.get(id);
  }

  /** Returns whether an answer that is under way concerns this handle. */
  concerns(tenure: Tenure): boolean {
    return this.get(tenure.id)?.tenures.includes(tenure) === true;
  }

  /** Adds a renewal that was sent just now. */
  sent({ id }: Tenure, renewal: PendingRenewal): void {
    this.#byLease.set(id, renewal);
  }

  /** Takes the renewal out that an answer is for. */
  take(id: bigint): PendingRenewal | undefined {
    const renewal = this.#byLease.get(id);
    this.#byLease.delete(id);
    return renewal;
  }

  /** Takes all of them out: the stream that they were sent on is over. */
  takeAll(): PendingRenewal[] {
    const renewals = [...this.#byLease.values()];
    this.#byLease.clear();
    return renewals;
  }
}
