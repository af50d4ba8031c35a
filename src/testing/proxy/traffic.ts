import type { Piece } from './http2-messages.js';

export type Direction = 'toServer' | 'toClient';

/** A part of what came that may pass, and the way the connection ends behind it, if it does. */
export interface Admission {
  readonly bytes: Uint8Array;
  readonly end: 'finish' | 'reset' | undefined;
}

/** Decisions and counts of a proxy, for all its connections. */
export interface Traffic {
  /** Returns whether nothing may pass for now. */
  isFrozen(direction: Direction): boolean;
  latencyMs(direction: Direction): number;
  /** Bytes a second that may pass on each connection; `Infinity` for no limit. */
  bytesPerSecond(direction: Direction): number;
  /** Returns whether calls lose what goes this way. */
  isDropping(direction: Direction): boolean;
  /** Bytes or messages that have come, before anything is done to them. */
  arrived(direction: Direction, bytes: number, messages: number): void;
  /** Lets a piece pass: all of it, a part or nothing. */
  admit(direction: Direction, piece: Piece, connection: Connection): Admission;
  closed(connection: Connection): void;
}

/** One connection through a proxy, as the proxy's commands see it. */
export interface Connection {
  /** True once something was dropped, so that what would follow makes no sense. */
  readonly hasLost: boolean;
  /** Lets go on what may pass now. */
  flush(): void;
  /** Breaks it: both sides see "connection reset". */
  reset(): void;
  /** Delivers what was passed on, then closes both sides. */
  finish(): void;
}
