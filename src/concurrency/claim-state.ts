import type { EtcdError } from '../errors/index.js';
import type { KeyValue } from '../index.js';
import type { FirstPlaceContext } from './first-place.js';
import type { EndTurn } from './local-queue.js';
import type { LockKey } from './lock-key.js';
import type { QueuePosition } from './queue-entry.js';
import type { Removal } from './session-key.js';
import type { SessionState } from './session-state.js';

/** The part of a mutex or an election that a claim needs. */
export interface ClaimContext {
  readonly session: SessionState;
  readonly key: LockKey;
  /** Words for what is claimed. */
  readonly words: ClaimWords;
  /** Waits for the turn of a key that was put. Default: `waitForFirstPlace`, unless it has that place. */
  readonly waitForTurn?: (context: FirstPlaceContext) => Promise<bigint>;
}

/** Words and errors in which locks and elections differ. */
export interface ClaimWords {
  /** Sort of the claim in diagnostics. Default: `lock`. */
  readonly type?: string;
  /** Name of the method that waits, in diagnostics. Default: `acquire`. */
  readonly verb?: string;
  /** Says what a wait did not reach: `lock jobs: not acquired`. */
  notReached(name: string): string;
  /** Says who holds the name, by its first key. */
  describeHolder(first: KeyValue): string;
  /** Says why a session cannot have it twice. */
  readonly oncePerSession: string;
  /** Makes the error for a key that somebody else deleted. */
  gone(key: string): EtcdError;
}

/** State of a claim, with what belongs to it. `LockState` tells what each one means. */
export type ClaimState =
  | { readonly kind: 'queued' }
  | { readonly kind: 'entering'; readonly endTurn: EndTurn; readonly entry: Entry }
  | {
      readonly kind: 'waiting';
      readonly endTurn: EndTurn;
      readonly position: QueuePosition;
      readonly behind: bigint;
    }
  | {
      readonly kind: 'held';
      readonly endTurn: EndTurn;
      readonly position: QueuePosition;
      /** Stops watching the key and the session. */
      readonly stopGuarding: () => void;
    }
  | LeavingState
  | { readonly kind: 'over' };

/** State of a claim whose key is being deleted. */
export interface LeavingState {
  readonly kind: 'leaving';
  readonly endTurn: EndTurn;
  readonly entry: Entry;
  /** The deletion of the key; `undefined` after it failed. */
  removal: Promise<Removal> | undefined;
}

/** Result of an entry into the queue: what there is to clean up. */
export type Entry = Promise<QueuePosition | undefined>;
