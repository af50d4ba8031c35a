import type { Event, WatchResponse } from './generated/types.js';

/** Events of one revision, one after the other in a response. */
export interface EventRun {
  /**
   * The revision of the change. It is a number where that is exact, since a bigint costs much more while it
   * waits. 0 stands for events without a record, which no server sends.
   */
  readonly revision: number | bigint;
  /** The number of events. */
  readonly count: number;
  /** Their size in bytes on the wire. */
  readonly size: number;
  /** The first event type that is neither put nor delete, of a server newer than this client. */
  readonly unknownType: number | bigint | undefined;
  /** The events themselves, made anew each time. */
  read(): readonly Event[];
}

/** A response on a watch stream, with its events as they were received. */
export interface WatchMessage extends Omit<WatchResponse, 'events'> {
  readonly runs: readonly EventRun[];
}
