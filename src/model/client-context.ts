import type { Report } from '../diagnostics/report.js';
import type { Clock } from '../internal/clock.js';
import type { Transport } from '../transport/transport.js';

/** The part of the client that all its services need. */
export interface ClientContext {
  readonly transport: Transport;
  readonly clock: Clock;
  /** Milliseconds of a call without a deadline of its own; 0 for none. */
  readonly timeoutMs: number;
  readonly report?: Report | undefined;
}
