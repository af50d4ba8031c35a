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
  | {
      /** Others of this session have the name first. */
      readonly kind: 'queued';
    }
  | {
      /** The key is being put. */
      readonly kind: 'entering';
    }
  | {
      /** The key stands in the queue. */
      readonly kind: 'waiting';
      /** The revision of the key. */
      readonly revision: bigint;
      /** The revision of the key that is watched: the one right before. */
      readonly behind: bigint;
    }
  | {
      /** The key is the first of the queue. */
      readonly kind: 'held';
      /** The revision of the key. */
      readonly revision: bigint;
    }
  | {
      /** The key is being deleted. */
      readonly kind: 'leaving';
      /** The reason of the end. */
      readonly reason: EtcdError;
    }
  | {
      /** Nothing of the claim is left. */
      readonly kind: 'over';
      /** The reason of the end. */
      readonly reason: EtcdError;
    };
