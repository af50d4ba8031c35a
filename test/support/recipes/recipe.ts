import type { Session } from '../../../src/concurrency/index.js';
import type { EtcdClient } from '../../../src/index.js';
import type { Revision } from '../store-history.js';

/** What a worker tells, in the order in which it did things. */
export interface Report {
  readonly worker: string;
  readonly kind: string;
  readonly [detail: string]: unknown;
}

/** All that is known of a run afterwards. */
export interface Run {
  /** From the first revision to the last, those of the recipe alone. */
  readonly history: readonly Revision[];
  readonly reports: readonly Report[];
  /** Workers that were killed. */
  readonly kills: number;
}

/** A place at which a worker works on one recipe. */
export interface Place {
  readonly client: EtcdClient;
  readonly worker: string;
  /** The prefix of all keys of the recipe. */
  readonly prefix: string;
  /** Nothing new is to be begun: what there is comes to its end. */
  readonly isEnding: boolean;
  /** Returns a number from 0 up to, not including, this one. */
  readonly roll: (sides: number) => number;
  /** The session of this recipe; another one after its loss. */
  session(): Promise<Session>;
  tell(kind: string, details?: object): void;
}

/** One way of coordination: what its workers do, and what must be true of all that they did. */
export interface Recipe {
  /** Does one turn of the work. It may fail with an error of the client; then another turn follows. */
  turn(place: Place): Promise<void>;
  /** Returns whatever is wrong in a run. */
  check(run: Run): string[];
  /** Keys, by their prefixes, that are gone when the work has ended. */
  readonly passing: readonly string[];
  /** It goes on until those keys are gone, when everything ends. */
  readonly drains?: boolean;
}

/** Sessions are short, so that a run can stop a process for longer. */
export const TTL_SECONDS = 2;
