import type { Replica } from '../state/replica.js';

/** A change of the replicated state. It depends on the state alone. */
export type Change = (replica: Replica) => void;

/** A member as the agreement with the others sees it. */
export interface Voter {
  readonly replica: Replica;
  readonly running: boolean;
  /** True while it takes part: it runs, and the others can reach it. */
  readonly reachable: boolean;
  readonly isLearner: boolean;
  /** True while it applies nothing, though the others can reach it. */
  readonly lagging: boolean;
  /** Called when it knows of another leader, or of none. */
  leaderChanged(): void;
}
