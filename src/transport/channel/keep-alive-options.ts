/** Options of the pings by which a connection notices that its server is gone. */
export interface KeepAliveOptions {
  /** Milliseconds between pings while a call is open. At least 5,000: servers refuse faster ones. */
  readonly intervalMs?: number | undefined;
  /** Milliseconds to wait, after a ping, for anything to arrive from the server. */
  readonly timeoutMs?: number | undefined;
}
