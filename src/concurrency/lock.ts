import { printable } from '../internal/printable.js';
import type { HeldClaim } from './claim.js';
import { Holding } from './holding.js';

/**
 * A lock that is held, until it is released or lost.
 *
 * @example
 * await using lock = await mutex.acquire();
 * await etcd.txn().if(lock.ownership()).then(etcd.op.put('owner', 'me')).commit();
 */
export class Lock extends Holding {
  /** Locks are made by a `Mutex`. */
  constructor(held: HeldClaim) {
    super(held);
  }
}

printable(Lock, 'Lock', ({ key, fencingToken, state }) => ({
  key,
  fencingToken,
  state: state.kind,
}));
