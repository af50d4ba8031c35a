import { compareBytes, EMPTY_BYTES } from '../../../internal/bytes.js';
import type { KeyValue, RangeRequest, RangeResponseInput } from '../../../rpc/generated/types.js';
import type { Series } from '../series.js';
import { keyBounds } from '../store/binary-key.js';
import type { StoreView } from '../store/mvcc-store.js';

/** Answers a range request from a store, as it is or as a transaction sees it. */
export function executeRange(
  store: StoreView,
  request: RangeRequest,
  series: Series,
): RangeResponseInput {
  const all = store.range(keyBounds(request.key, request.rangeEnd), request.revision);
  const header = { revision: store.revision };
  const count = BigInt(all.length);
  if (request.countOnly) return { header, count };
  const found = isCutFirst(request) ? all.slice(0, Number(request.limit) + 1) : all;
  const sorted = sort(found.filter(filterOf(request)), request);
  const more = request.limit > 0n && BigInt(sorted.length) > request.limit;
  const kvs = more ? sorted.slice(0, Number(request.limit)) : sorted;
  return { header, kvs: request.keysOnly ? withoutValues(kvs, request, series) : kvs, more, count };
}

/** Returns whether a server takes the first records in the order of their keys, and sorts them afterwards. */
function isCutFirst(request: RangeRequest): boolean {
  return request.limit > 0n && isDefaultOrder(request) && !hasRevisionFilters(request);
}

/** Returns whether the records come in the order in which the store has them. */
export function isDefaultOrder({ sortOrder, sortTarget }: RangeRequest): boolean {
  return sortOrder === 'NONE' || (sortTarget === 'KEY' && sortOrder === 'ASCEND');
}

/** Returns whether records are left out by their revisions. */
export function hasRevisionFilters(request: RangeRequest): boolean {
  const { minModRevision, maxModRevision, minCreateRevision, maxCreateRevision } = request;
  return [minModRevision, maxModRevision, minCreateRevision, maxCreateRevision].some(
    (revision) => revision !== 0n,
  );
}

function filterOf(request: RangeRequest): (record: KeyValue) => boolean {
  const { minModRevision, maxModRevision, minCreateRevision, maxCreateRevision } = request;
  return ({ modRevision, createRevision }) =>
    (maxModRevision === 0n || modRevision <= maxModRevision) &&
    (minModRevision === 0n || modRevision >= minModRevision) &&
    (maxCreateRevision === 0n || createRevision <= maxCreateRevision) &&
    (minCreateRevision === 0n || createRevision >= minCreateRevision);
}

const COMPARE = {
  KEY: (a: KeyValue, b: KeyValue) => compareBytes(a.key, b.key),
  VERSION: (a: KeyValue, b: KeyValue) => compareIntegers(a.version, b.version),
  CREATE: (a: KeyValue, b: KeyValue) => compareIntegers(a.createRevision, b.createRevision),
  MOD: (a: KeyValue, b: KeyValue) => compareIntegers(a.modRevision, b.modRevision),
  VALUE: (a: KeyValue, b: KeyValue) => compareBytes(a.value, b.value),
} as const;

function sort(records: KeyValue[], { sortOrder, sortTarget }: RangeRequest): KeyValue[] {
  // A target without an order is ascending.
  if (sortTarget === 'UNRECOGNIZED' || (sortTarget === 'KEY' && sortOrder !== 'DESCEND')) {
    return records;
  }
  const compare = COMPARE[sortTarget];
  return records.sort(sortOrder === 'DESCEND' ? (a, b) => compare(b, a) : compare);
}

/** From 3.7 on the answer comes from the index, which knows no leases, unless the values are needed for sorting. */
function withoutValues(
  records: readonly KeyValue[],
  { sortTarget }: RangeRequest,
  series: Series,
): KeyValue[] {
  const fromIndex = series.isAtLeast('3.7') && sortTarget !== 'VALUE';
  return records.map((record) => ({
    ...record,
    value: EMPTY_BYTES,
    lease: fromIndex ? 0n : record.lease,
  }));
}

/** Negative, zero or positive, as the first stands to the second. */
export function compareIntegers(a: bigint, b: bigint): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
