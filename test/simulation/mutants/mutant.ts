import type { WorkloadName } from '../workloads/index.js';

/** A client with one mistake in it, to see whether the simulation finds it. */
export interface Mutant {
  /** The mistake, in words. */
  readonly mistake: string;
  /** The file below `src/`. */
  readonly file: string;
  /** The text that is replaced; it is there once. */
  readonly from: string;
  readonly to: string;
  /** The workload that is to find it. Default: all of them. */
  readonly workload?: WorkloadName | undefined;
}
