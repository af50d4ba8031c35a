import { type EtcdError, listenerCheck } from '../errors/index.js';
import type { KeyValue } from '../model/key-value.js';
import type { DeleteEvent, PutEvent } from './watch-event.js';

/** The events of a watcher, with the arguments of their listeners. */
export type WatcherEvents<Value> = {
  /** A key was put. */
  put: [kv: KeyValue<Value>, event: PutEvent<Value>];
  /** A key was deleted, or its lease ended. */
  delete: [event: DeleteEvent<Value>];
  /** The stream broke, and why if that is known. The watcher goes on by itself. */
  disconnected: [error: EtcdError | undefined];
  /** Another server has taken the watch on, from where it was. */
  resumed: [];
  /**
   * Everything up to this revision was handed over, and an iterator has come back for more. With
   * `progressNotify`, or after `requestProgress()`.
   */
  progress: [revision: bigint];
  /** The watch is over, because it cannot go on without a gap, or at all. */
  error: [error: EtcdError];
};

/** Refuses a listener for an event that there is not. */
export const checkListener = listenerCheck<WatcherEvents<unknown>>({
  put: true,
  delete: true,
  disconnected: true,
  resumed: true,
  progress: true,
  error: true,
});
