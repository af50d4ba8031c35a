import { described, invalidArgument } from '../errors/index.js';
import type { KeyRange, Keyspace } from '../model/keys/index.js';
import type { RangeRequestInput, SortTarget } from '../rpc/generated/types.js';

/** The fields that records can be sorted by. */
export type SortBy = 'key' | 'version' | 'createRevision' | 'modRevision' | 'value';

/** Ascending or descending. */
export type SortOrder = 'asc' | 'desc';

/** Everything a selection was told, as a value. What is not set is `undefined`. */
export interface SelectionSpec {
  readonly range: KeyRange;
  /** The caller asked for every key by name, with `all()`. */
  readonly all?: true | undefined;
  readonly limit?: number | undefined;
  readonly sortBy?: SortBy | undefined;
  readonly order?: SortOrder | undefined;
  readonly revision?: bigint | undefined;
  readonly serializable?: boolean | undefined;
  readonly minModRevision?: bigint | undefined;
  readonly maxModRevision?: bigint | undefined;
  readonly minCreateRevision?: bigint | undefined;
  readonly maxCreateRevision?: bigint | undefined;
}

/** The sort targets on the wire. */
export const SORT_TARGETS: Readonly<Record<SortBy, SortTarget>> = {
  key: 'KEY',
  version: 'VERSION',
  createRevision: 'CREATE',
  modRevision: 'MOD',
  value: 'VALUE',
};

/** The request for what a selection names. */
export function rangeRequest(spec: SelectionSpec): RangeRequestInput {
  const { range, sortBy, order, limit, revision } = spec;
  return {
    key: range.key,
    rangeEnd: range.rangeEnd,
    limit: limit === undefined ? undefined : BigInt(limit),
    revision,
    // Keys come in ascending order by themselves, and unsorted is the server's fast path.
    sortOrder: isSorted(spec) ? (order === 'desc' ? 'DESCEND' : 'ASCEND') : undefined,
    sortTarget: isSorted(spec) && sortBy !== undefined ? SORT_TARGETS[sortBy] : undefined,
    serializable: spec.serializable,
    minModRevision: spec.minModRevision,
    maxModRevision: upperBound(spec.maxModRevision),
    minCreateRevision: spec.minCreateRevision,
    maxCreateRevision: upperBound(spec.maxCreateRevision),
  };
}

/**
 * Returns an upper bound as the protocol takes it, where 0 means none. The first write of a store has
 * revision 2, so that no record is as old as 1, nor as 0.
 */
function upperBound(revision: bigint | undefined): bigint | undefined {
  return revision === 0n ? 1n : revision;
}

/** Returns whether the server has to sort: anything but keys in ascending order. */
export function isSorted({ sortBy, order }: SelectionSpec): boolean {
  return sortBy !== undefined && (sortBy !== 'key' || order === 'desc');
}

/** Returns whether the selection leaves records out by their revisions. */
export function isFiltered(spec: SelectionSpec): boolean {
  const { minModRevision, maxModRevision, minCreateRevision, maxCreateRevision } = spec;
  const bounds = [minModRevision, maxModRevision, minCreateRevision, maxCreateRevision];
  return bounds.some((bound) => bound !== undefined);
}

/**
 * The range alone, where a call acts on every key of it.
 *
 * @throws InvalidArgumentError when the selection says more than that: it would be ignored
 */
export function bareRange(spec: SelectionSpec, verb: string): KeyRange {
  const { range, all: _, ...more } = spec;
  for (const [name, value] of Object.entries(more)) {
    if (value === undefined) continue;
    throw invalidArgument(
      'selection',
      described(name),
      `${verb} acts on every key of a range: limit, sort, revision, serializable and filters are not allowed`,
    );
  }
  return range;
}

/**
 * Returns the range alone, for a delete. Every key of a view is deleted by `all()` only: an empty prefix
 * is more often a variable that nobody has set.
 *
 * @throws InvalidArgumentError as `bareRange` does, and for every key of the view under another name
 */
export function deletableRange(spec: SelectionSpec, keyspace: Keyspace, verb: string): KeyRange {
  const range = bareRange(spec, verb);
  if (spec.all === true || !keyspace.isEverything(range)) return range;
  throw invalidArgument(
    'selection',
    described('every key'),
    `to ${verb} every key of the view, say all()`,
  );
}
