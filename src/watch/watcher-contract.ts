import type { EtcdError } from '../errors/index.js';
import type { KeyValue } from '../records/index.js';
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
  /** Everything up to this revision was delivered. With `progressNotify`, or after `requestProgress()`. */
  progress: [revision: bigint];
  /** The watch is over, because it cannot go on without a gap, or at all. */
  error: [error: EtcdError];
};

/** What a watcher has of the machinery behind it. */
export interface WatcherSource {
  /** Everything up to this revision was received. */
  readonly received: bigint;
  /** Ends the subscription. */
  end(): void;
  /** There is room again. */
  onRoom(): void;
  /**
   * Asks the server how far it is; the answer comes as progress.
   *
   * @returns the answer where it is known already
   */
  askProgress(): Promise<bigint | undefined>;
}
