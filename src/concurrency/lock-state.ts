import type { EtcdError } from '../errors/index.js';

/**
 * The state of a claim to a lock or to leadership.
 *
 * - `queued`: others of this session have the name; nothing was sent.
 * - `entering`: the transaction that puts the key is under way, or is repeated.
 * - `waiting`: the key is in the queue on the server, behind the one of revision `behind`.
 * - `held`: the key is the first of the queue. Its `revision` is the fencing token.
 * - `leaving`: given up, given back or lost, for this reason; the key is being deleted.
 * - `over`: the key is gone, or goes with the lease; the next one in the session has the turn.
 *
 * It only ever goes down this list; `queued`, `entering` and `waiting` may go to `leaving` directly.
 */
export type LockState =
  | { readonly kind: 'queued' }
  | { readonly kind: 'entering' }
  | { readonly kind: 'waiting'; readonly revision: bigint; readonly behind: bigint }
  | { readonly kind: 'held'; readonly revision: bigint }
  | { readonly kind: 'leaving'; readonly reason: EtcdError }
  | { readonly kind: 'over'; readonly reason: EtcdError };
