export {
  allKeys,
  isEverything,
  isSingleKey,
  isUnboundedEnd,
  type Key,
  type KeyRange,
  keyAfter,
  prefixEnd,
  prefixRange,
  rangeFrom,
  singleKey,
} from './key-range.js';
export { Keyspace } from './keyspace.js';
