import type { Report } from '../diagnostics/report.js';
import type { Clock } from '../internal/clock.js';
import type { Keyspace } from '../model/keys/index.js';
import type { Transport } from '../transport/transport.js';
import type { LeaseKeeper } from './keeper.js';

/** The part of the client that leases share. */
export interface LeaseContext {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly keeper: LeaseKeeper;
  /** The client's namespace, in which the names of attached keys are told. */
  readonly keyspace: Keyspace;
  /** Milliseconds of a call without a deadline of its own; 0 for none. */
  readonly timeoutMs: number;
  readonly report?: Report | undefined;
}
