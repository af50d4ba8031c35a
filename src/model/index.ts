export { type KeyValue, readKeyValue, takeKey } from './key-value.js';
export { type Space, showSpace } from './space.js';
