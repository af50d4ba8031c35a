/** How a connection notices that its server is gone. */
export interface KeepAliveOptions {
  /** Milliseconds between pings while a call is open. At least 5,000: servers refuse faster ones. */
  readonly intervalMs?: number | undefined;
  /** Milliseconds a ping may stay unanswered. */
  readonly timeoutMs?: number | undefined;
}

/** The client's pings by default: a hung server is noticed within the two together. */
export const DEFAULT_KEEPALIVE = { intervalMs: 10_000, timeoutMs: 3_000 } as const;
