export {
  allKeys,
  isEmptyRange,
  isSingleKey,
  isUnboundedEnd,
  type Key,
  type KeyRange,
  keyAfter,
  prefixEnd,
  prefixRange,
  type RangeScope,
  rangeContains,
  rangeFrom,
  scopeOf,
  showRange,
  singleKey,
} from './key-range.js';
export { Keyspace } from './keyspace.js';
