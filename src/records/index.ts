export { type KeyValue, readKeyValue } from './key-value.js';
export type { Space } from './space.js';
