import type { Clock } from '../internal/clock.js';
import type { KeyedQueue } from '../internal/keyed-queue.js';
import type { Transport } from '../transport/transport.js';
import type { WatchHub } from '../watch/index.js';

/** The part of the client that views share. */
export interface ViewContext {
  readonly transport: Transport;
  readonly clock: Clock;
  /** Milliseconds of a call without a deadline of its own; 0 for none. */
  readonly timeoutMs: number;
  /** Names of the endpoints of the client. */
  readonly endpoints?: (() => readonly string[]) | undefined;
  readonly watches: WatchHub;
  /** The updates that this client has under way, by the key as it is on the server. */
  readonly updates: KeyedQueue;
}
