import { compareBytes, EMPTY_BYTES } from '../../../internal/bytes.js';
import type { Compare, KeyValue } from '../../../rpc/generated/types.js';
import { keyBounds } from '../store/binary-key.js';
import type { StoreView } from '../store/mvcc-store.js';
import { compareIntegers } from './range.js';

/** A key that is not there: zeros, and no value at all. */
const MISSING: KeyValue = {
  key: EMPTY_BYTES,
  createRevision: 0n,
  modRevision: 0n,
  version: 0n,
  value: EMPTY_BYTES,
  lease: 0n,
};

/** Returns whether a comparison holds for each record within its bounds. */
export function holds(store: StoreView, compare: Compare): boolean {
  const records = store.range(keyBounds(compare.key, compare.rangeEnd), 0n);
  if (records.length > 0) return records.every((record) => holdsFor(record, compare));
  // A missing key has no value, so no comparison of values holds.
  return compare.target !== 'VALUE' && holdsFor(MISSING, compare);
}

function holdsFor(record: KeyValue, compare: Compare): boolean {
  const order = orderOf(record, compare);
  switch (compare.result) {
    case 'EQUAL':
      return order === 0;
    case 'NOT_EQUAL':
      return order !== 0;
    case 'GREATER':
      return order > 0;
    case 'LESS':
      return order < 0;
    case 'UNRECOGNIZED':
      return true;
  }
}

/** The stored side against the given one; one that is not given is zero, or empty. */
function orderOf(record: KeyValue, compare: Compare): number {
  switch (compare.target) {
    case 'VALUE':
      return compareBytes(record.value, compare.value ?? EMPTY_BYTES);
    case 'CREATE':
      return compareIntegers(record.createRevision, compare.createRevision ?? 0n);
    case 'MOD':
      return compareIntegers(record.modRevision, compare.modRevision ?? 0n);
    case 'VERSION':
      return compareIntegers(record.version, compare.version ?? 0n);
    case 'LEASE':
      return compareIntegers(record.lease, compare.lease ?? 0n);
    case 'UNRECOGNIZED':
      return 0;
  }
}
