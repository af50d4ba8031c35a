import { printable } from '../internal/printable.js';
import type { HeldClaim } from './claim.js';
import { Holding } from './holding.js';

/**
 * A permit of a semaphore, until it is released or lost.
 *
 * @example
 * await using permit = await semaphore.acquire();
 * startWorker(`worker-${permit.slot}`);
 */
export class Permit extends Holding {
  /** A number from 0 up to the number of permits, that nobody else has as long as this is held. */
  readonly slot: number;

  /** Permits are made by a `Semaphore`. */
  constructor(held: HeldClaim, slot: number) {
    super(held);
    this.slot = slot;
  }
}

printable(Permit, 'Permit', ({ slot, key, fencingToken, state }) => ({
  slot,
  key,
  fencingToken,
  state: state.kind,
}));
