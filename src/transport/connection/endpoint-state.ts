import type { EtcdError } from '../../errors/index.js';
import type { TimerHandle } from '../../internal/clock.js';
import type { ConnectAttempt } from './connect-attempt.js';

/**
 * State of an endpoint.
 *
 * - `idle`: nobody needed it yet.
 * - `connecting`: a first call (Status) is on its way; any answer admits the server.
 * - `ready`: calls may go there.
 * - `backing-off`: it failed; a timer brings the next attempt, over a new connection.
 * - `closed`: for good.
 */
export type EndpointState<Connection> =
  | { readonly kind: 'idle' | 'closed' }
  | {
      readonly kind: 'connecting';
      /** The reason why the attempt before this one failed. */
      readonly last: EtcdError | undefined;
      readonly attempt: ConnectAttempt;
    }
  | { readonly kind: 'ready'; readonly connection: Connection; readonly since: number }
  | { readonly kind: 'backing-off'; readonly error: EtcdError; readonly timer: TimerHandle };

/** Returns the reason why calls cannot go there, in words. */
export function reasonOf(state: EndpointState<unknown>): string {
  switch (state.kind) {
    case 'backing-off':
      return state.error.message;
    case 'connecting':
      if (state.last !== undefined) return state.last.message;
      // Only one thing comes before the channel and takes its time.
      return state.attempt.hasChannel ? 'no answer yet' : 'the tls function has not answered';
    case 'closed':
      return 'it is not an endpoint of the client any more';
    default:
      return state.kind;
  }
}

/** Returns the last failure of an endpoint that is not ready: why it backs off, or why it connects anew. */
export function errorOf(state: EndpointState<unknown>): EtcdError | undefined {
  if (state.kind === 'backing-off') return state.error;
  return state.kind === 'connecting' ? state.last : undefined;
}
