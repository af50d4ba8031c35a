import {
  checkBoolean,
  checkKnownOptions,
  checkPositiveInteger,
  invalidArgument,
  type OptionNames,
} from '../../errors/index.js';

/** Options of gathering calls into transactions. `false` in its place switches all of it off. */
export interface BatchingOptions {
  /** Gathers reads of single keys, on servers known to be safe for it. Default: `true`. */
  readonly reads?: boolean | undefined;
  /** Gathers plain puts: those of one batch share one revision. Default: `false`. */
  readonly writes?: boolean | undefined;
  /** Operations in one batch, at most. Default: 64; servers allow 128 unless told otherwise. */
  readonly maxOperations?: number | undefined;
  /** Upper limit on the batches under way to each endpoint; calls above it wait. Default: no limit. */
  readonly maxFlights?: number | undefined;
}

/** The client's batching, complete. */
export interface CheckedBatchingOptions {
  readonly reads: boolean;
  readonly writes: boolean;
  readonly maxOperations: number;
  readonly maxFlights: number;
}

const DEFAULTS: CheckedBatchingOptions = {
  reads: true,
  writes: false,
  maxOperations: 64,
  maxFlights: Infinity,
};

const NAMES: OptionNames<BatchingOptions> = {
  reads: true,
  writes: true,
  maxOperations: true,
  maxFlights: true,
};

/**
 * Checks the option and fills in what is not given; `undefined` when nothing is to be gathered.
 *
 * @throws InvalidArgumentError naming what is wrong
 */
export function checkBatchingOptions(
  options: BatchingOptions | false | undefined,
): CheckedBatchingOptions | undefined {
  if (options === false) return undefined;
  if ((options as unknown) === true) throw invalidArgument('batching', true, 'an object, or false');
  checkKnownOptions('batching', options, NAMES);
  const { reads, writes, maxOperations, maxFlights } = options ?? {};
  checkBoolean('batching.reads', reads);
  checkBoolean('batching.writes', writes);
  if (maxOperations !== undefined) checkPositiveInteger('batching.maxOperations', maxOperations);
  if (maxFlights !== undefined) checkPositiveInteger('batching.maxFlights', maxFlights);
  const checked: CheckedBatchingOptions = {
    reads: reads ?? DEFAULTS.reads,
    writes: writes ?? DEFAULTS.writes,
    maxOperations: maxOperations ?? DEFAULTS.maxOperations,
    maxFlights: maxFlights ?? DEFAULTS.maxFlights,
  };
  return checked.reads || checked.writes ? checked : undefined;
}
