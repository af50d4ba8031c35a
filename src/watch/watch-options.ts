import {
  checkBoolean,
  checkCallOptions,
  checkKnownOptions,
  checkOnDecodeError,
  checkPositiveInteger,
  InvalidArgumentError,
  invalidArgument,
  nonNegativeInt64,
  type OnDecodeError,
  type OptionNames,
  showWord,
  toBigInt,
} from '../errors/index.js';
import type { KeyRange } from '../model/keys/index.js';
import { isEmptyRange } from '../model/keys/index.js';
import { checkMetadata } from '../transport/channel/metadata.js';
import type { CallMetadata } from '../transport/transport.js';

/** Options of a watch that do not depend on what it looks at. */
export interface WatchTravelOptions {
  /** Ends the watch, as `cancel()` does. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds after which the watch fails with a `TimeoutError`. Default: never. */
  readonly timeoutMs?: number | undefined;
  /** Extra metadata for the stream; watches share a stream where theirs is equal. */
  readonly metadata?: CallMetadata | undefined;
  /** Tells the record before each change as `event.prev`. Default: `false`. */
  readonly prevKv?: boolean | undefined;
  /**
   * Leaves a member that sees no leader. Default: `true`; without it a member that is cut off from its
   * peers keeps a silent stream.
   */
  readonly requireLeader?: boolean | undefined;
  /** Takes a stream of its own instead of sharing one. Default: `false`. */
  readonly isolated?: boolean | undefined;
  /**
   * Number of events that may wait for a slow consumer before the server is held back; each
   * 4 KiB of what waits counts as one more. Default: 4,096.
   */
  readonly highWaterMark?: number | undefined;
  /**
   * Behaviour for records whose key or value cannot be decoded: `'throw'` gives them, and they throw a
   * `DecodeError` where they are read; `'skip'` leaves them out; a function leaves them out and is
   * called with the error, whose `key` names the record. Default: `'throw'`.
   */
  readonly onDecodeError?: OnDecodeError | undefined;
}

/** Options of a watch. */
export interface WatchOptions extends WatchTravelOptions {
  /** The first revision to tell of; below the compaction the watch fails. Default: from now on. */
  readonly startRevision?: bigint | number | undefined;
  /** Tells how far the server is while nothing changes, as the event `progress`. Default: `false`. */
  readonly progressNotify?: boolean | undefined;
  /** The kind of events to keep. Default: both. */
  readonly filter?: 'put' | 'delete' | undefined;
  /**
   * Lets the server cut responses of more than 2 MiB into parts. A revision is delivered whole in any case.
   * Default: `true`.
   *
   * Cutting costs the server time that grows with the square of the number of events in a part. So `false`
   * catches up much faster on transactions of many small events. Use it for small events alone: a whole
   * response of up to a thousand revisions is then held in memory, whatever the high-water mark.
   */
  readonly fragment?: boolean | undefined;
}

/** Events that may wait, unless said otherwise. */
const DEFAULT_HIGH_WATER_MARK = 4_096;

const TRAVEL_NAMES: OptionNames<WatchTravelOptions> = {
  signal: true,
  timeoutMs: true,
  metadata: true,
  prevKv: true,
  requireLeader: true,
  isolated: true,
  highWaterMark: true,
  onDecodeError: true,
};
const WATCH_NAMES: OptionNames<WatchOptions> = {
  startRevision: true,
  progressNotify: true,
  filter: true,
  fragment: true,
  ...TRAVEL_NAMES,
};

/** Options with everything filled in. */
export interface CheckedWatchOptions extends WatchTravelOptions {
  readonly startRevision: bigint;
  readonly prevKv: boolean;
  readonly progressNotify: boolean;
  readonly filter: 'put' | 'delete' | undefined;
  readonly fragment: boolean;
  readonly requireLeader: boolean;
  readonly isolated: boolean;
  readonly highWaterMark: number;
  readonly onDecodeError: OnDecodeError;
}

/**
 * Checks the options of a watch.
 *
 * @throws InvalidArgumentError naming the option that is unknown or wrong
 */
export function checkWatchOptions(options: WatchOptions = {}): CheckedWatchOptions {
  checkKnownOptions('options', options, WATCH_NAMES);
  checkTravel(options);
  const { startRevision = 0n, progressNotify = false, filter, fragment = true } = options;
  checkBoolean('progressNotify', progressNotify);
  checkBoolean('fragment', fragment);
  if (filter !== undefined && filter !== 'put' && filter !== 'delete') {
    throw invalidArgument(
      'filter',
      showWord(filter),
      "'put' or 'delete', the kind of events to keep",
    );
  }
  const {
    prevKv = false,
    requireLeader = true,
    isolated = false,
    highWaterMark = DEFAULT_HIGH_WATER_MARK,
    onDecodeError = 'throw',
    signal,
    timeoutMs,
    metadata,
  } = options;
  return {
    startRevision: toBigInt('startRevision', startRevision, nonNegativeInt64),
    progressNotify,
    filter,
    fragment,
    prevKv,
    requireLeader,
    isolated,
    highWaterMark,
    onDecodeError,
    signal,
    timeoutMs,
    metadata,
  };
}

/**
 * Checks the options of what watches by itself.
 *
 * @throws InvalidArgumentError naming the option that is unknown or wrong
 */
export function checkTravelOptions(options: WatchTravelOptions = {}): void {
  checkKnownOptions('options', options, TRAVEL_NAMES);
  checkTravel(options);
}

function checkTravel(options: WatchTravelOptions): void {
  const { prevKv, requireLeader, isolated, highWaterMark, metadata } = options;
  checkCallOptions(options);
  checkBoolean('prevKv', prevKv);
  checkBoolean('requireLeader', requireLeader);
  checkBoolean('isolated', isolated);
  if (highWaterMark !== undefined) checkPositiveInteger('highWaterMark', highWaterMark);
  if (metadata !== undefined) checkMetadata('metadata', metadata);
  checkOnDecodeError(options.onDecodeError);
}

/**
 * Checks the keys of a watch. Servers end a watch of no keys with an error that names no cause.
 *
 * @throws InvalidArgumentError for a range that is empty
 */
export function checkWatchRange(range: KeyRange): void {
  if (!isEmptyRange(range)) return;
  throw new InvalidArgumentError(
    `the range from ${keyForMessage(range.key)} to ${keyForMessage(range.rangeEnd)} has no keys to watch: its end must come after its start`,
    { argument: 'range' },
  );
}

function keyForMessage(key: Uint8Array): string {
  return JSON.stringify(new TextDecoder().decode(key));
}

/** Settings of a gRPC stream: watches with equal ones share a stream. */
export interface WatchRoute {
  readonly requireLeader: boolean;
  readonly metadata: CallMetadata | undefined;
}
