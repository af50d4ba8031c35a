/**
 * The times of a lease, as arithmetic alone: moments are milliseconds on the monotonic clock.
 *
 * On the server the time of a lease begins when the request is handled, so never before it was sent. Here it
 * is counted from the moment of sending, so it ends here first. Nobody else can then hold what this client
 * believes to hold.
 */

const MS_PER_SECOND = 1_000;

/** A lease is renewed this many times within its time to live, so that one or two may fail. */
const RENEWALS_PER_TTL = 3;

/** While a renewal is overdue the pauses between attempts to reconnect are no longer than this. */
export const LONGEST_OVERDUE_PAUSE_MS = 500;

/** Longest time for the first answer about a lease whose time to live is not known yet. */
const UNKNOWN_TTL_PATIENCE_MS = 2_000;

/** The last answer about a lease, and when its request was sent. */
export interface Answered {
  readonly sentAt: number;
  readonly ttlSeconds: number;
}

/** The time from which the lease can no longer be counted on. `Infinity` before the first answer. */
export function deadlineOf(answered: Answered | undefined): number {
  if (answered === undefined) return Infinity;
  return answered.sentAt + answered.ttlSeconds * MS_PER_SECOND;
}

/** The time at which the next renewal is to be sent. At once before the first answer. */
export function renewalOf(answered: Answered | undefined): number {
  if (answered === undefined) return Number.NEGATIVE_INFINITY;
  return answered.sentAt + (answered.ttlSeconds * MS_PER_SECOND) / RENEWALS_PER_TTL;
}

/**
 * Returns how many milliseconds to wait for the answer to a renewal before trying another server. It is one
 * renewal interval, which leaves time for another server before the deadline.
 */
export function patienceMs(answered: Answered | undefined): number {
  if (answered === undefined) return UNKNOWN_TTL_PATIENCE_MS;
  return (answered.ttlSeconds * MS_PER_SECOND) / RENEWALS_PER_TTL;
}

/** The longest pause before an attempt to reconnect that a lease allows whose next renewal is then due. */
export function longestPauseMs(now: number, renewAt: number): number {
  return Math.max(LONGEST_OVERDUE_PAUSE_MS, renewAt - now);
}
