import type { KeyedQueue } from '../internal/keyed-queue.js';
import type { ClientContext } from '../model/client-context.js';
import type { WatchHub } from '../watch/index.js';

/** The part of the client that views share. */
export interface ViewContext extends ClientContext {
  /** Names of the endpoints of the client. */
  readonly endpoints?: (() => readonly string[]) | undefined;
  readonly watches: WatchHub;
  /** The updates that this client has under way, by the key as it is on the server. */
  readonly updates: KeyedQueue;
}
