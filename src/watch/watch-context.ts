import type { Clock } from '../internal/clock.js';
import type { Transport } from '../transport/transport.js';

/** What watches share with the client they come from. */
export interface WatchContext {
  readonly transport: Transport;
  readonly clock: Clock;
  /** Milliseconds of a call without a deadline of its own; 0 for none. */
  readonly timeoutMs: number;
}
