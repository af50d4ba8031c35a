import type { Clock } from '../../internal/clock.js';
import type { Transport } from '../../transport/transport.js';

/** The part of the client that maintenance needs. */
export interface MaintenanceContext {
  readonly transport: Transport;
  readonly clock: Clock;
  /** Milliseconds of a call without a deadline of its own; 0 for none. */
  readonly timeoutMs: number;
  /** The client's endpoints, as they are now. */
  endpoints(): readonly string[];
  /** Makes calls to servers that are none of the client's endpoints, over connections for these calls alone. */
  beside<T>(endpoints: readonly string[], use: (transport: Transport) => Promise<T>): Promise<T>;
}
