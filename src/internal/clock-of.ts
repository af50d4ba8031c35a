import { type Clock, systemClock } from './clock.js';

/** Property by which a client and its views give their clock. Registered, so that recipes of both builds of the package find it. */
export const CLOCK: unique symbol = Symbol.for('etcd-kit.clock') as never;

/** The clock that a client, or a view of it, lives by: for the recipes that stand on it. That of the system for anything else. */
export function clockOf(view: object): Clock {
  return (view as { readonly [CLOCK]?: Clock })[CLOCK] ?? systemClock;
}
