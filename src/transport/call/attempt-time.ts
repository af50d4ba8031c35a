import type { CallScope } from '../call-scope.js';
import type { Balancer, Endpoints } from '../connection/balancer.js';
import type { Connection } from '../connection/endpoint.js';
import type { TransportCallOptions } from '../transport.js';

/** The facts about a call that the time of its attempts depends on. */
export interface AttemptTimeContext {
  readonly balancer: Balancer;
  readonly options: TransportCallOptions;
  readonly scope: CallScope;
  /** Milliseconds for the answer, extended while bytes arrive; 0 where the scope has the deadline. */
  readonly messageTimeoutMs: number;
  /** Bytes of the request. */
  readonly requestBytes: number;
  /** The endpoints where the call failed so far. */
  readonly tried: Endpoints | undefined;
  /** The number of attempts that were sent, this one included. */
  readonly attempts: number;
}

/** The least time that a write which may be repeated waits for its answer before it is sent again. */
const LEAST_SHARE_MS = 500;

/** The time that the first attempt of such a write has for its answer where there is no deadline to share out. */
const FIRST_SHARE_MS = 2_500;

/** Bytes of a request that the slowest link takes in a millisecond: a large write is not begun anew half way. */
const SLOW_BYTES_PER_MS = 32;

/** Returns the number of servers that could take the call at once, besides this one and those tried. */
export function otherServers(call: AttemptTimeContext, connection: Connection): number {
  if (call.options.endpoint !== undefined) return 0;
  return call.balancer.others(connection, call.tried);
}

/**
 * Milliseconds that a call waits for a silent server while others could take it: its share of the time. A
 * short deadline on a slow link is not cut in parts.
 */
export function shareMs(call: AttemptTimeContext, connection: Connection): number {
  const { leastWaitMs } = connection.endpoint.pace;
  // The time of a page is its own, and no deadline of the call.
  const timeMs = call.messageTimeoutMs === 0 ? call.scope.remainingMs : call.messageTimeoutMs;
  return Math.max(timeMs / (otherServers(call, connection) + 1), leastWaitMs);
}

/**
 * Milliseconds after which a write that may be repeated is sent again though the server lives, to another
 * server if there is one. `Infinity` for every other call. A proposal that was lost with its leader is
 * answered by nobody, and a Status call does not tell. At the end of the time, where a share is too short
 * for a server that is merely slow, the last attempt waits: `Infinity` again.
 */
export function longestMs(call: AttemptTimeContext, connection: Connection): number {
  if (call.options.idempotent !== true) return Infinity;
  const { remainingMs } = call.scope;
  const { leastWaitMs } = connection.endpoint.pace;
  const uploadMs = call.requestBytes / SLOW_BYTES_PER_MS;
  const leastMs = Math.max(LEAST_SHARE_MS, leastWaitMs, uploadMs);
  if (remainingMs === Infinity) {
    // Growing, so that a server which needs longer than this gets its time in the end.
    return Math.max(FIRST_SHARE_MS * 2 ** (call.attempts - 1), leastMs);
  }
  if (leastMs > remainingMs / 2) return Infinity;
  // Where there is no time for an attempt at each there is for two.
  const share = remainingMs / (otherServers(call, connection) + 1);
  return Math.min(Math.max(share, leastMs), remainingMs / 2);
}
