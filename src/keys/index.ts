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
  rangeContains,
  rangeFrom,
  singleKey,
} from './key-range.js';
export { Keyspace } from './keyspace.js';
