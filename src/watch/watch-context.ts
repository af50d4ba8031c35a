import type { Report } from '../diagnostics/report.js';
import type { Clock } from '../internal/clock.js';
import type { Transport } from '../transport/transport.js';

/** Parts of the client that all its watches use. */
export interface WatchContext {
  readonly transport: Transport;
  readonly clock: Clock;
  /** Milliseconds that `requestProgress` waits by default; 0 for no limit. A watch has no deadline by default. */
  readonly timeoutMs: number;
  readonly report?: Report | undefined;
}
