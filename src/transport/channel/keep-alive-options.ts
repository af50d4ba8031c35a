import { MAX_TIMER_MS } from '../../internal/clock.js';

/** Options of the pings by which a connection notices that its server is gone. */
export interface KeepAliveOptions {
  /** Milliseconds between pings while a call is open. At least 5,000: servers refuse faster ones. */
  readonly intervalMs?: number | undefined;
  /** Milliseconds to wait, after a ping, for anything to arrive from the server. */
  readonly timeoutMs?: number | undefined;
  /**
   * Keeps connections without calls in use, too: a server from which nothing came for an interval is asked
   * for its status. For networks and balancers that forget idle connections, and to notice early that a
   * server is gone. Default: `false`. Pings would not do, since etcd closes a connection that is pinged
   * while no call is open.
   */
  readonly whileIdle?: boolean | undefined;
}

/** The client's pings by default: a hung server is noticed within the two together. */
export const DEFAULT_KEEPALIVE = { intervalMs: 10_000, timeoutMs: 3_000 } as const;

/** Completes the times. A longer timer than Node has would fire at once, and the server would end the connection. */
export function pulseTimes({ intervalMs, timeoutMs }: KeepAliveOptions = {}): {
  readonly intervalMs: number;
  readonly timeoutMs: number;
} {
  return {
    intervalMs: Math.min(intervalMs ?? DEFAULT_KEEPALIVE.intervalMs, MAX_TIMER_MS),
    timeoutMs: Math.min(timeoutMs ?? DEFAULT_KEEPALIVE.timeoutMs, MAX_TIMER_MS),
  };
}
