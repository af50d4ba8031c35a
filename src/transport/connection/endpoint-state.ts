import type { EtcdError } from '../../errors/index.js';
import type { TimerHandle } from '../../internal/clock.js';
import type { ConnectAttempt } from './connect-attempt.js';

/**
 * State of an endpoint. `Endpoint` replaces it; others read it.
 *
 * - `idle`: nobody needed it yet.
 * - `connecting`: a first call (Status) is on its way; any answer admits the server.
 * - `ready`: calls may go there.
 * - `backing-off`: it failed; a timer brings the next attempt, over a new connection.
 * - `closed`: the client does not use it any more. It stays closed.
 */
export type EndpointState<Connection> =
  | { readonly kind: 'idle' | 'closed' }
  | {
      readonly kind: 'connecting';
      /** The reason why the attempt before this one failed. */
      readonly last: EtcdError | undefined;
      readonly attempt: ConnectAttempt;
    }
  | {
      readonly kind: 'ready';
      readonly connection: Connection;
      /** Milliseconds of the client's clock when it became ready. */
      readonly since: number;
    }
  | { readonly kind: 'backing-off'; readonly error: EtcdError; readonly timer: TimerHandle };

/** Returns the reason why calls cannot go to an endpoint that is not ready, in words for an error message. */
export function reasonOf(state: EndpointState<unknown>): string {
  switch (state.kind) {
    case 'backing-off':
      return state.error.message;
    case 'connecting':
      if (state.last !== undefined) return state.last.message;
      // Before there is a channel, only the function of the option `tls` can take time.
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
